# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison in words, as rows of a report: names and texts. The layers are called A and B."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..comparison.axis_comparison import AxisComparison
from ..comparison.layer_comparison import LayerComparison
from ..layers.channels import CHANNEL_PARAMETERS
from ..layers.formatting import format_size
from ..layers.registry import Layer
from .sentences import describe_step

Row = tuple[str, str]

TOLD_PARAMETERS = ("op", "kernel", "padding", "convention", "output_padding", "output_shape", *CHANNEL_PARAMETERS)
"""Parameters whose difference shows in the sizes, the channels or the windows."""


def list_differences(comparison: LayerComparison) -> list[Row]:
    """Return what differs, most important first; nothing if both layers compute the same.

    >>> from kernelwalk.core import Conv
    >>> from kernelwalk.core.comparison.layer_comparison import compare_layers
    >>> for name, text in list_differences(compare_layers(Conv(5, 3, padding=1), Conv(5, 3))):
    ...     print(f"{name}: {text}")
    size: 5 × 5 in A, 3 × 3 in B
    outputs: 9 of 9 that both have are computed otherwise, 9 of them from other cells
    first: A: output (0, 0) ← input rows 0–1, columns 0–1 and padding; B: output (0, 0) ← input rows 0–2, columns 0–2
    window y, x: B's begins 1 cell later, so its results come 1 output earlier: padding 0 and 0, in A 1 and 1
    """
    return [] if comparison.computes_same else list(_iterate_differences(comparison))


def _iterate_differences(comparison: LayerComparison) -> Iterator[Row]:
    first, second = comparison.first, comparison.second
    if not comparison.has_same_kind:
        yield "operation", f"A is {_name(first)}, B {_name(second)}"
    if not comparison.has_same_channels:
        yield "channels", f"{_format_channels(first)} in A, {_format_channels(second)} in B"
    if not comparison.has_same_sizes:
        yield "size", f"{format_size(first.output)} in A, {format_size(second.output)} in B"
    yield from _describe_outputs(comparison)
    if first.kernel != second.kernel and first.has_kernel and second.has_kernel:
        yield "kernel", f"{format_size(first.kernel)} in A, {format_size(second.kernel)} in B"
    yield from _merge_axes([_describe_window(axis) for axis in comparison.axes], comparison.axes)
    yield from _list_parameters(comparison)


def _describe_outputs(comparison: LayerComparison) -> Iterator[Row]:
    same, total = int(comparison.is_same.sum()), comparison.is_same.size
    if same == total:
        yield "outputs", f"the {total} that both have are computed alike"
        return
    others = total - int(comparison.has_same_cells.sum())
    cells = f", {others} of them from other cells" if others else ", from the same cells"
    yield "outputs", f"{total - same} of {total} that both have are computed otherwise{cells}"
    place = comparison.first_difference
    assert place is not None
    if comparison.first.channels == comparison.second.channels:
        sentences = [describe_step(layer, place) for layer in (comparison.first, comparison.second)]
        if sentences[0] != sentences[1]:
            yield "first", f"A: {sentences[0]}; B: {sentences[1]}"


def _describe_window(axis: AxisComparison) -> Row | None:
    """Return how the second layer's windows lie to the first's, along one axis; None if there is nothing to say."""
    shift = axis.shift
    if shift is None or axis.is_same.all():
        return None
    facts = []
    if shift.is_flipped:
        facts.append("B reads its kernel in reverse")
    if shift.cells:
        inside = "of the spread-out input " if axis.axes[0].input_dilation > 1 else ""
        facts.append(
            f"B's begins {_count(abs(shift.cells), 'cell')} {inside}{'later' if shift.cells > 0 else 'earlier'}"
        )
        if shift.outputs:
            when = "later" if shift.outputs > 0 else "earlier"
            facts[-1] += f", so its results come {_count(abs(shift.outputs), 'output')} {when}"
        pads = [f"{before} and {after}" for before, after in axis.padding]
        facts[-1] += f": padding {pads[1]}, in A {pads[0]}"
    if shift.is_mirrored:
        facts.append("the odd cell is at the other end")
    return ("window", "; ".join(facts)) if facts else None


def _merge_axes(rows: Sequence[Row | None], axes: Sequence[AxisComparison]) -> Iterator[Row]:
    """Yield each row once, with the names of the axes for which it holds."""
    for row in dict.fromkeys(row for row in rows if row is not None):
        names = [axis.name for axis, other in zip(axes, rows, strict=True) if other == row]
        yield f"{row[0]} {', '.join(names)}", row[1]


def _list_parameters(comparison: LayerComparison) -> Iterator[Row]:
    """Yield the parameters that differ, but for those that rows above tell."""
    for key, values in comparison.parameters.items():
        if key not in TOLD_PARAMETERS and None not in values:
            first, second = (_format_value(value) for value in values)
            yield key.replace("_", " "), f"{first} in A, {second} in B"


def _format_value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format_size(value) if isinstance(value, list) else str(value)


def _format_channels(layer: Layer) -> str:
    channels = layer.channels
    groups = f" in {channels.groups} groups" if channels.groups > 1 else ""
    return f"{channels.inputs} → {channels.outputs}{groups}"


def _name(layer: Layer) -> str:
    return f"{'an' if layer.display_name[0] in 'AEIOU' else 'a'} {layer.display_name.lower()}"


def _count(number: int, noun: str) -> str:
    return f"{abs(number)} {noun}{'' if abs(number) == 1 else 's'}"
