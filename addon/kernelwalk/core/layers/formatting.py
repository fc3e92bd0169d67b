# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes and paddings as text, for reports and for labels."""

from __future__ import annotations

from collections.abc import Sequence

from .parameters import PaddingPairs, axis_names


def format_size(sizes: Sequence[int]) -> str:
    """Return sizes as a report shows them.

    >>> format_size((3, 4))
    '3 × 4'
    """
    return " × ".join(map(str, sizes))


def format_compact_size(sizes: Sequence[int | str]) -> str:
    """Return sizes as labels show them.

    >>> format_compact_size((3, 4))
    '3×4'
    """
    return "×".join(map(str, sizes))


def format_uniform_size(sizes: Sequence[int | str]) -> str:
    """Return one number if all sizes are the same, else all of them as labels show them.

    >>> format_uniform_size((2, 2)), format_uniform_size((2, 1))
    ('2', '2×1')
    """
    return str(sizes[0]) if len(set(sizes)) == 1 else format_compact_size(sizes)


def format_padding(padding: PaddingPairs) -> str:
    """Return one number if all sides agree, else the sides of each axis.

    >>> format_padding(((1, 1), (0, 2)))
    'y 1 and 1, x 0 and 2'
    """
    sides = {side for pair in padding for side in pair}
    if len(sides) == 1:
        return str(sides.pop())
    named = zip(axis_names(len(padding)), padding, strict=True)
    return ", ".join(f"{name} {before} and {after}" for name, (before, after) in named)


def format_compact_padding(padding: PaddingPairs) -> str:
    """Return padding as labels show it: one number if all sides agree, else one per axis or one per end if possible.

    >>> format_compact_padding(((1, 0), (1, 0)))
    '1 before'
    """
    if all(before == after for before, after in padding):
        return format_uniform_size([before for before, _ in padding])
    if len(set(padding)) == 1:
        ends = zip(padding[0], ("before", "after"), strict=True)
        return ", ".join(f"{cells} {end}" for cells, end in ends if cells)
    return format_padding(padding)
