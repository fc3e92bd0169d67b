# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of an operation that compute the same, told without tables where their axes are equal."""

from __future__ import annotations

from ..layers.axis import ZERO_CELL, Axis
from ..layers.registry import Layer


def are_equivalent(one: Layer, other: Layer) -> bool:
    """Return True if two layers of an operation compute the same: padding that does not count is like none."""
    if one.output != other.output or one.channels != other.channels:
        return False
    if one.axes == other.axes and one.includes_padding_taps == other.includes_padding_taps:
        return one.divisors == other.divisors  # without tables of cells, which can be large
    if one.divisors != other.divisors:
        return False
    return all(_read_same_cells(*axes) for axes in zip(one.axes, other.axes, strict=True))


def _read_same_cells(one: Axis, other: Axis) -> bool:
    """Return True if the outputs of two axes of the same output size read the same cells."""
    rows = zip(one.iterate_tap_sources(), other.iterate_tap_sources(), strict=True)
    return all(first == second or _merge_outside(first) == _merge_outside(second) for first, second in rows)


def _merge_outside(row: tuple[int, ...]) -> list[int]:
    return [max(source, ZERO_CELL) for source in row]
