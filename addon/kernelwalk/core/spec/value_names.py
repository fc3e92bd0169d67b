# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of values: the kernels that fit only some sizes, and the names that stand for files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

PLANE_KERNELS = ("sobel_x", "sobel_y", "scharr_x", "emboss")
"""Kernels of 3 × 3."""

CROSS_KERNELS = ("sharpen", "laplacian")
"""Kernels of 3 along each axis: a middle and its neighbors."""

MEMBER_SIGN = "#"
"""Stands between a file's name and the name of the array or the column in it."""


def find_misfit(name: str, kernel: Sequence[int]) -> str | None:
    """Return the size that a kernel with a name has, if it does not fit a layer's kernel, else None.

    >>> find_misfit("sobel_x", (5, 5)), find_misfit("box", (5, 5))
    ('3 × 3', None)
    """
    if name in PLANE_KERNELS and tuple(kernel) != (3, 3):
        return "3 × 3"
    if name in CROSS_KERNELS and any(size != 3 for size in kernel):
        return "3 along each axis"
    return None


def is_file_name(text: str) -> bool:
    """Return True for a text that names a file: it has a suffix, or a folder.

    >>> is_file_name("photo.png"), is_file_name("a.npz#weight"), is_file_name("ramp")
    (True, True, False)
    """
    return "/" in text or "\\" in text or bool(PurePath(text.partition(MEMBER_SIGN)[0]).suffix)
