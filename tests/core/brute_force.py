# SPDX-License-Identifier: GPL-3.0-or-later
"""The active cells of every grid at each step, by brute force from the layers' taps; and specs of all kinds to try."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import note, reject
from hypothesis import strategies as st
from kernelwalk.core import Layer, Spec, SpecError, spec_from_table

from .helpers import NO_LABELS

Cell = tuple[int, int, int, int]
"""x, y, z and channel of a tile."""

Index = tuple[int, ...]

SHORT_WALK = {"frames_per_step": 1, "lead_in": 0, "lead_out": 0}


@dataclass(frozen=True)
class ActiveCells:
    """The tiles of a grid under the windows of one step, and those that are read, directly or through a copy."""

    window: frozenset[Cell]
    read: frozenset[Cell]


def walking_order(sizes: Sequence[int], order: str) -> list[Index]:
    """Return positions in walking order: a serpentine turns after every line, plane and block."""
    if order == "columns":
        return [place[::-1] for place in itertools.product(*map(range, reversed(sizes)))]
    if order == "rows" or len(sizes) == 1:
        return list(itertools.product(*map(range, sizes)))
    within = walking_order(sizes[1:], order)
    positions: list[Index] = []
    for number in range(sizes[0]):
        # each line begins where the last one ended
        positions += [(number, *place) for place in (within if number % 2 == 0 else within[::-1])]
    return positions


def steps(spec: Spec) -> list[tuple[int, Index]]:
    """Return the filter and the position of each step, in walking order."""
    sizes = spec.layer.input if spec.is_scatter else spec.layer.output
    channels = spec.drawn_channels[-1]
    filters = (channels.inputs if spec.is_scatter else channels.outputs) if spec.walk.filters == "each" else 1
    return [(number, place) for number in range(filters) for place in walking_order(sizes, spec.walk.order)]


def make_cell(channel: int, place: Sequence[int]) -> Cell:
    """Return a cell from its place along the layer's axes."""
    x, y, z = (*reversed(place), 0, 0, 0)[:3]
    return x, y, z, channel


def cells_under_window(layer: Layer, place: Index) -> Iterator[Index]:
    """Iterate over the cells under a layer's window: 0 is the first input, padding before it is negative.

    A transposed convolution's window moves by one cell over inputs a stride apart, with the kernel flipped
    (arXiv:1603.07285, section 4).
    """
    sides = []
    for axis, at in enumerate(place):
        gap, taps = layer.dilation[axis], range(layer.kernel[axis])
        if layer.op == "upsample":
            sides.append([at // layer.scale[axis]])
        elif layer.op == "conv_transpose":
            sides.append([at + layer.padding[axis][0] - tap * gap for tap in taps])
        else:
            sides.append([at * layer.stride[axis] - layer.padding[axis][0] + tap * gap for tap in taps])
    return itertools.product(*sides)


def input_cell(layer: Layer, index: Index) -> Index:
    """Return the cell of an input: a transposed convolution's inputs are a stride apart."""
    if layer.op != "conv_transpose":
        return index
    return tuple(at * apart for at, apart in zip(index, layer.stride, strict=True))


def active_in_gather(spec: Spec) -> Iterator[list[ActiveCells]]:
    """Iterate over the steps of a walk over the output: the active cells of each grid, lowest first."""
    for number, place in steps(spec):
        channels = [number] if spec.walk.filters == "each" else range(spec.drawn_channels[-1].outputs)
        needed = {(channel, place) for channel in channels}
        top = frozenset(make_cell(*cell) for cell in needed)
        grids = [ActiveCells(top, top)]
        for layer, groups in zip(reversed(spec.layers), reversed(spec.drawn_channels), strict=True):
            under, read = set(), set()
            for channel, at in needed:
                taps = {index for _, index in layer.taps(at) if index is not None}
                for source in groups.inputs_of(channel):
                    under |= {make_cell(source, cell) for cell in cells_under_window(layer, at)}
                    read |= {(source, index) for index in taps}
            grids.append(
                ActiveCells(frozenset(under), frozenset(make_cell(c, input_cell(layer, index)) for c, index in read))
            )
            needed = read
        yield grids[::-1]


def active_in_scatter(spec: Spec) -> Iterator[list[ActiveCells]]:
    """Iterate over the steps of a transposed convolution's walk over its input.

    The first grid is the output, with its cropped cells; the input is above it.
    """
    layer, groups = spec.layer, spec.drawn_channels[-1]
    for number, place in steps(spec):
        channels = [number] if spec.walk.filters == "each" else range(groups.inputs)
        above = frozenset(make_cell(channel, place) for channel in channels)
        on = {
            tuple(
                at * layer.stride[axis] + tap * layer.dilation[axis] - layer.padding[axis][0]
                for axis, (at, tap) in enumerate(zip(place, taps, strict=True))
            )
            for taps in itertools.product(*map(range, layer.kernel))
        }
        below = frozenset(make_cell(c, at) for channel in channels for c in groups.outputs_of(channel) for at in on)
        kept = frozenset(
            cell
            for cell in below
            if all(0 <= at < size for at, size in zip(cell[: len(layer.output)], layer.output[::-1], strict=True))
        )
        yield [ActiveCells(below, kept), ActiveCells(above, above)]


# Specs to try


def _axes(draw: st.DrawFn, dims: int, minimum: int, maximum: int) -> list[int]:
    return [draw(st.integers(minimum, maximum)) for _ in range(dims)]


@st.composite
def layers(draw: st.DrawFn, dims: int, input: bool = True, ops: Sequence[str] = ()) -> dict[str, Any]:
    """Draw a layer's table, some of them impossible. Without `input` it follows another layer."""
    kinds = ops or ("conv", "conv", "conv_transpose", "max_pool", "avg_pool", "upsample")
    op = draw(st.sampled_from(kinds))
    small = 3 if dims < 3 else 2
    table: dict[str, Any] = {"op": op}
    if input:
        table["input"] = _axes(draw, dims, 1, {1: 9, 2: 5, 3: 3}[dims])
    if op == "upsample":
        return {**table, "scale": _axes(draw, dims, 1, small)}
    table["kernel"] = _axes(draw, dims, 1, small)
    if op != "avg_pool":
        table["dilation"] = _axes(draw, dims, 1, small)
    table["stride"] = _axes(draw, dims, 1, small)
    if op in ("conv", "conv_transpose"):
        table["padding"] = [_axes(draw, 2, 0, 2) for _ in range(dims)]
    if op == "conv":
        table["padding_mode"] = draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"]))
    elif op == "conv_transpose":
        table["output_padding"] = _axes(draw, dims, 0, 1)
    else:
        table["padding"] = _axes(draw, dims, 0, 1)
        table["ceil_mode"] = draw(st.booleans())
    return table


def _with_channels(draw: st.DrawFn, table: dict[str, Any], following: bool) -> None:
    """Give a convolution channels in groups, and other layers separate channels."""
    groups = draw(st.integers(1, 2))
    if table["op"] in ("conv", "conv_transpose"):
        table["groups"] = groups
        table["out_channels"] = groups * draw(st.integers(1, 2))
        if not following:
            table["in_channels"] = groups * draw(st.integers(1, 2))
    elif not following:
        table["channels"] = draw(st.integers(1, 3))


def parse_or_reject(table: dict[str, Any]) -> Spec:
    """Return the spec of a table; Hypothesis draws another if it is impossible, or too large for brute force."""
    try:
        spec = spec_from_table(table)
    except SpecError:
        reject()
    if spec.step_count * sum(layer.cell_count for layer in spec.layers) > 8_000:
        reject()
    return spec


@st.composite
def specs(draw: st.DrawFn, max_layers: int = 1, channels: bool = False, ops: Sequence[str] = ()) -> Spec:
    """Draw specs of one to three axes, of one layer or a chain, without labels."""
    dims = draw(st.sampled_from([1, 2, 2, 3]))
    count = draw(st.integers(1, max_layers))
    tables = [draw(layers(dims, input=number == 0, ops=ops)) for number in range(count)]
    if channels:
        for number, table in enumerate(tables):
            _with_channels(draw, table, number > 0)
    walk = {**SHORT_WALK, "order": draw(st.sampled_from(["rows", "columns", "serpentine"]))}
    walk["filters"] = draw(st.sampled_from(["together", "each"]))
    show = {"all_channels": "on"}
    if ops == ("conv_transpose",):
        show |= {"transposed": "scatter", "cropped": draw(st.sampled_from(["auto", "off"]))}
    table = {"layers": tables, "walk": walk, "show": show, "labels": NO_LABELS}
    note(str(table))  # shorter than the spec's own
    return parse_or_reject(table)
