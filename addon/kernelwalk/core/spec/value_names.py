# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of values: the kernels that fit only some sizes, and the names that stand for files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

PLANE_KERNELS = ("sobel_x", "sobel_y", "scharr_x", "emboss")
"""Kernels of 3 × 3."""

CROSS_KERNELS = ("sharpen", "laplacian")
"""Kernels of 3 along each axis: a middle and its neighbors."""

MEMBER_SIGN = "#"
"""Stands between a file's name and the name of the array or the column in it."""


FILE_KEYS = ("input", "kernel", "bias", "mean", "variance", "weight")
"""Keys that may name a file."""


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
    names = (text, text.rpartition(MEMBER_SIGN)[0])
    return "/" in text or "\\" in text or any(PurePath(name).suffix for name in names)


def list_file_names(values: Any) -> Iterator[tuple[str, dict[str, Any], str]]:
    """List the names of files in an unchecked section [values]: the key as a user writes it, its table and its name."""
    if not isinstance(values, dict):
        return
    entries = values.get("layers")
    tables = [("values", values)]
    if isinstance(entries, list):
        tables += [(f"values.layers[{at}]", entry) for at, entry in enumerate(entries) if isinstance(entry, dict)]
    tables += [(f"{where}.norm", table["norm"]) for where, table in tables if isinstance(table.get("norm"), dict)]
    for where, table in tables:
        for key, value in table.items():
            if key in FILE_KEYS and isinstance(value, str) and is_file_name(value):
                yield f"{where}.{key}", table, key


def resolve_file_names(values: Any, folder: Path) -> None:
    """Let the names of files in an unchecked section [values] start at a folder. Relative names stay relative."""
    for _, table, key in list_file_names(values):
        with contextlib.suppress(RuntimeError, ValueError):  # no such home, or a NUL: reading the file reports it
            if "://" not in table[key]:
                name = str(folder / Path(table[key]).expanduser())
                table[key] = name if is_file_name(name) else f"./{name}"
