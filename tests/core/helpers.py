# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared parts of the core's tests: layers to try, and each operation computed from its definition."""

from __future__ import annotations

import functools
import itertools
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import reject
from hypothesis import strategies as st
from kernelwalk.core import (
    Channels,
    Conv,
    ConvTranspose,
    Layer,
    Plan,
    SpecError,
    make_plan,
    spec_from_table,
)
from kernelwalk.core.layers.axis import PADDING_MODES
from kernelwalk.core.layers.conventions import CONVENTIONS
from kernelwalk.core.layers.padding import CONV_PADDING, NAMED_PADDING
from kernelwalk.core.layers.registry import LAYERS as OPERATIONS
from kernelwalk.core.walk.order import WalkOrder

Index = tuple[int, ...]
Taps = dict[Index, list[tuple[Index, Index | None]]]
Setting = dict[str, Any]
"""A layer's parameters, written out: a number per axis, a pair of paddings per axis."""

CONVOLUTION_TYPES = {"conv": Conv, "conv_transpose": ConvTranspose}

LAYERS: dict[str, Setting] = {
    "plain": {"op": "conv", "input": 5, "kernel": 3},
    "even kernel, padded unevenly": {
        "op": "conv",
        "input": [5, 6],
        "kernel": [2, 4],
        "padding": [[1, 0], [0, 3]],
    },
    "dilated on y, padded unevenly": {
        "op": "conv",
        "input": [6, 5],
        "kernel": [3, 2],
        "dilation": [2, 1],
        "padding": [[1, 0], [0, 2]],
    },
    "strided, leaving cells unused": {"op": "conv", "input": [7, 6], "kernel": 3, "stride": 2, "padding": 1},
    "strided over cells, dilated on x": {
        "op": "conv",
        "input": [7, 8],
        "kernel": [1, 2],
        "stride": [3, 2],
        "dilation": [1, 3],
    },
    "transposed": {"op": "conv_transpose", "input": [2, 3], "kernel": 3},
    "transposed, strided": {
        "op": "conv_transpose",
        "input": [3, 2],
        "kernel": 3,
        "stride": 2,
        "padding": 1,
        "output_padding": [1, 0],
    },
    "transposed, cropped and dilated": {
        "op": "conv_transpose",
        "input": [3, 3],
        "kernel": 2,
        "stride": [2, 1],
        "dilation": [1, 2],
        "padding": [[2, 0], [0, 1]],
    },
    "transposed, gaps that no tap reaches": {
        "op": "conv_transpose",
        "input": [2, 3],
        "kernel": [1, 2],
        "stride": [3, 4],
        "output_padding": [2, 1],
    },
    "a single step": {"op": "conv", "input": [3, 2], "kernel": [3, 2]},
}
"""Layers that differ in everything that could be mixed up: axes, sides, strides, dilations, directions."""


def make_layer(op: str, setting: Setting) -> Layer:
    return CONVOLUTION_TYPES[op](**setting)


NO_LABELS: dict[str, Any] = {"title": False, "names": False, "caption": False, "sum": False, "legend": False}
"""A spec's section [labels] without labels, so that the picture has the scene alone."""


def plan_layer(layer: Setting, **sections: dict[str, Any]) -> Plan:
    """Return the plan of a layer, in few frames and without labels; sections as in a spec."""
    walk = {"frames_per_step": 4, "lead_in": 2, "lead_out": 3}
    table: dict[str, Any] = {"layer": layer, "walk": walk, "labels": NO_LABELS}
    for name, section in sections.items():
        table[name] = {**table.get(name, {}), **section}
    return make_plan(spec_from_table(table))


def all_positions(output: Sequence[int]) -> list[Index]:
    return list(itertools.product(*map(range, output)))


# Inputs of each output, from the definitions


def positions_in_order(sizes: Sequence[int], order: str) -> np.ndarray:
    """Return all positions (steps, axes) of a grid in walking order."""
    return WalkOrder(1, tuple(sizes), order).positions_at(np.arange(math.prod(sizes)))[:, 1:]


def conv_by_definition(setting: Setting) -> Taps:
    """Return the taps of each output: lay the window on the padded input wherever it fits."""
    height, width = setting["input"]
    (top, bottom), (left, right) = setting["padding"]
    padded = [
        [(y, x) if 0 <= y < height and 0 <= x < width else None for x in range(-left, width + right)]
        for y in range(-top, height + bottom)
    ]
    corners = [
        [first for first in range(0, size, step) if first + gap * (taps - 1) < size]
        for size, step, gap, taps in zip(
            (len(padded), len(padded[0])), setting["stride"], setting["dilation"], setting["kernel"], strict=True
        )
    ]
    outputs: Taps = {}
    for (row, y), (column, x) in itertools.product(*map(enumerate, corners)):
        outputs[row, column] = [
            ((b, a), padded[y + b * setting["dilation"][0]][x + a * setting["dilation"][1]])
            for b, a in all_positions(setting["kernel"])
        ]
    return outputs


def conv_transpose_by_definition(setting: Setting) -> Taps:
    """Return the taps of each output: every input adds the whole kernel to a canvas; then the padding is cropped."""
    steps, gaps = setting["stride"], setting["dilation"]
    canvas: Taps = {}
    for cell, tap in itertools.product(all_positions(setting["input"]), all_positions(setting["kernel"])):
        place = tuple(a * s + t * d for a, s, t, d in zip(cell, steps, tap, gaps, strict=True))
        canvas.setdefault(place, []).append((tap, cell))
    rows, columns = (
        range(before, 1 + last + extra - after)
        for last, extra, (before, after) in zip(
            map(max, zip(*canvas, strict=True)), setting["output_padding"], setting["padding"], strict=True
        )
    )
    return {
        (y - rows.start, x - columns.start): sorted(canvas.get((y, x), []))
        for y, x in itertools.product(rows, columns)
    }  # fmt: skip


def by_definition(op: str, setting: Setting) -> Taps:
    return conv_by_definition(setting) if op == "conv" else conv_transpose_by_definition(setting)


def connectivity(layer: Layer) -> np.ndarray:
    """Return 1 where an output reads an input by a tap, from all axes' tables; shape (*input, *kernel, *output)."""
    whole, dims = np.ones(()), layer.dims
    for table, size in zip(layer.mapping.source_tables, layer.input, strict=True):
        whole = np.multiply.outer(whole, (table[:, :, None] == np.arange(size)).astype(float))
    # the dimensions are output, kernel and input of each axis
    return whole.transpose([3 * axis + which for which in (2, 1, 0) for axis in range(dims)])


def connectivity_by_tap(layer: Layer) -> np.ndarray:
    """Return the connectivity in shape (inputs, taps, *output)."""
    return connectivity(layer).reshape(math.prod(layer.input), math.prod(layer.kernel), *layer.output)


def weight_shape(layer: Layer) -> tuple[int, ...]:
    """Return the shape of a convolution's weight in PyTorch and ONNX."""
    channels = layer.channels
    if isinstance(layer, ConvTranspose):
        return (channels.inputs, channels.outputs // channels.groups, *layer.kernel)
    return (channels.outputs, channels.inputs // channels.groups, *layer.kernel)


def responses(layer: Layer, weight: np.ndarray | None = None) -> np.ndarray:
    """Return the layer's outputs for impulses, by its taps and channels; for a maximum, 1 where it is reached.

    Shape (channels * cells of the input, channels of the output, *output).
    """
    channels, cells = layer.channels, math.prod(layer.input)
    outputs = np.zeros((channels.inputs, cells, channels.outputs, *layer.output))
    if layer.is_rearrangement:
        places = np.array(list(np.ndindex(channels.outputs, *layer.output)))
        source, cell = layer.source_of(places[:, 0], places[:, 1:])
        inside = (cell >= 0).all(axis=1)
        flat = np.ravel_multi_index(tuple(cell[inside].T), layer.input)
        outputs[source[inside], flat, *places[inside].T] = 1
        return outputs.reshape(-1, channels.outputs, *layer.output)
    reached = connectivity_by_tap(layer)
    if layer.has_tap_channels:
        for channel, tap in np.ndindex(channels.outputs, math.prod(layer.kernel)):
            outputs[channel * math.prod(layer.kernel) + tap, :, channel] = reached[:, tap]
        return outputs.reshape(-1, channels.outputs, *layer.output)
    for output, source in connected_pairs(channels):
        if weight is None:
            outputs[source, :, output] = reached.sum(axis=1)
        else:
            pair = (source, output - channels.outputs_of(source)[0])
            pair = pair if isinstance(layer, ConvTranspose) else (output, source - channels.inputs_of(output)[0])
            outputs[source, :, output] = np.tensordot(weight[pair].ravel(), reached, axes=(0, 1))
    if layer.divisors:
        outputs /= functools.reduce(np.multiply.outer, layer.divisors)
    return outputs.reshape(-1, channels.outputs, *layer.output)


def connected_pairs(channels: Channels) -> list[Index]:
    """Return every output channel with every input channel that it reads, both ascending."""
    return [(output, source) for output in range(channels.outputs) for source in channels.inputs_of(output)]


def impulses(layer: Layer) -> np.ndarray:
    """Return each input cell of each channel as an impulse, one per batch entry."""
    count = layer.channels.inputs * math.prod(layer.input)
    return np.eye(count).reshape(count, layer.channels.inputs, *layer.input)


def weights(layer: Layer) -> np.ndarray:
    """Return weights of a convolution that are all different, so that the output identifies the tap."""
    shape = weight_shape(layer)
    return np.arange(1, math.prod(shape) + 1, dtype=float).reshape(shape)


def taps_match_connectivity(layer: Layer, reached: np.ndarray, position: Index) -> bool:
    """Return True if `taps` lists the same pairs for an output as the tables."""
    taps = [(kernel, cell) for kernel, cell in layer.taps(position) if cell is not None]
    expected = np.argwhere(reached[..., *position])
    return sorted((*cell, *kernel) for kernel, cell in taps) == sorted(map(tuple, expected.tolist()))


def cells_under_window(layer: Layer, position: Index) -> set[Index]:
    """Return the cells (x, y) under the window at an output position, numbered as `TileGrid.cells`.

    Cell 0 is the first input. A transposed convolution's window moves by one cell over the inputs, which stand a
    stride apart, from where its last tap lies on the first cell that is not cropped (arXiv:1603.07285, section 4).
    """
    sides = []
    for axis, place in enumerate(position):
        before, gap = layer.padding[axis][0], layer.dilation[axis]
        taps = range(layer.kernel[axis])
        if layer.op == "conv":
            sides.append([place * layer.stride[axis] - before + tap * gap for tap in taps])
        else:
            sides.append([place + before - tap * gap for tap in taps])
    return {(x, y) for y, x in itertools.product(*sides)}


# Settings to explore


def _per_parameter(drawn: list[dict[str, Any]]) -> Setting:
    return {name: tuple(axis[name] for axis in drawn) for name in drawn[0]}


@st.composite
def _conv_axis(draw: st.DrawFn) -> dict[str, Any]:
    kernel, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    before, after = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    smallest = max(1, dilation * (kernel - 1) + 1 - before - after)
    return {
        "input": draw(st.integers(smallest, smallest + 5)),
        "kernel": kernel,
        "stride": draw(st.integers(1, 4)),
        "padding": (before, after),
        "dilation": dilation,
    }


@st.composite
def _transposed_axis(draw: st.DrawFn) -> dict[str, Any]:
    cells, kernel = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    extra = draw(st.integers(0, max(stride, dilation) - 1))
    croppable = (cells - 1) * stride + dilation * (kernel - 1) + extra
    before = draw(st.integers(0, min(4, croppable)))
    return {
        "input": cells,
        "kernel": kernel,
        "stride": stride,
        "padding": (before, draw(st.integers(0, min(4, croppable - before)))),
        "dilation": dilation,
        "output_padding": extra,
    }


CONVS = st.tuples(_conv_axis(), _conv_axis()).map(_per_parameter)
TRANSPOSES = st.tuples(_transposed_axis(), _transposed_axis()).map(_per_parameter)


def per_axis(minimum: int, maximum: int, dims: int = 2) -> st.SearchStrategy[tuple[int, ...]]:
    """Draw a number for each axis."""
    return st.tuples(*[st.integers(minimum, maximum)] * dims)


POOLS = st.fixed_dictionaries(
    {
        "input": per_axis(1, 7),
        "kernel": per_axis(1, 4),
        "padding": per_axis(0, 2),
        "ceil_mode": st.booleans(),
    },
    optional={"stride": per_axis(1, 4)},
)
"""Settings of pooling, some of which PyTorch rejects."""

CONVOLUTIONS = st.one_of(
    st.tuples(st.just("conv"), CONVS),
    st.tuples(st.just("conv_transpose"), TRANSPOSES),
)
"""An operation and a possible setting."""


def build_layer(drawn: tuple[str, Setting]) -> Layer:
    """Build the layer of an operation and a setting; Hypothesis draws another if it is impossible."""
    op, setting = drawn
    try:
        return OPERATIONS[op](**setting)
    except SpecError:
        reject()


def _windows(**more: Any) -> st.SearchStrategy[Setting]:
    return st.fixed_dictionaries(
        {
            "input": per_axis(1, 6),
            "kernel": per_axis(1, 4),
            "stride": per_axis(1, 3),
            "dilation": per_axis(1, 2),
            **more,
        }
    )


_SIDES = st.tuples(per_axis(0, 4), per_axis(0, 4))
_CONVENTIONS = st.sampled_from(list(CONVENTIONS))
_PADDING_NAMES = st.sampled_from(NAMED_PADDING)
FAMILY = st.one_of(
    st.tuples(st.just("conv"), _windows(padding=_SIDES, padding_mode=st.sampled_from(PADDING_MODES))),
    st.tuples(
        st.just("conv"),
        _windows(padding=_PADDING_NAMES, convention=_CONVENTIONS, padding_mode=st.sampled_from(PADDING_MODES)),
    ),
    st.tuples(st.just("conv_transpose"), _windows(padding=_PADDING_NAMES, convention=_CONVENTIONS)),
    st.tuples(
        st.just("conv_transpose"),
        _windows(padding=_PADDING_NAMES, convention=_CONVENTIONS, output_padding=per_axis(0, 2)),
    ),
    st.tuples(st.just("conv_transpose"), _windows(output_shape=per_axis(1, 12))),
    st.tuples(st.just("max_pool"), st.builds(dict.__or__, POOLS, st.fixed_dictionaries({"dilation": per_axis(1, 2)}))),
    st.tuples(
        st.just("avg_pool"), st.builds(dict.__or__, POOLS, st.fixed_dictionaries({"count_include_pad": st.booleans()}))
    ),
    st.tuples(
        st.sampled_from(["max_pool", "avg_pool"]),
        st.builds(dict.__or__, POOLS, st.fixed_dictionaries({"padding": _PADDING_NAMES, "convention": _CONVENTIONS})),
    ),
    st.tuples(st.just("upsample"), st.fixed_dictionaries({"input": per_axis(1, 4), "scale": per_axis(1, 4)})),
)
"""An operation and a setting of any kind, some of them impossible."""

LAYERS_OF_THE_FAMILY = FAMILY.map(build_layer)
"""Layers of every operation, with every kind of padding."""


@st.composite
def settings_of_any_dimension(
    draw: st.DrawFn, ops: Sequence[str] = tuple(OPERATIONS), axes: int | None = None
) -> tuple[str, Setting]:
    """Draw an operation and a setting of one to three axes, with several channels; some are impossible."""
    op, dims = draw(st.sampled_from(sorted(ops))), axes or draw(st.integers(1, 3))
    largest = {1: 9, 2: 5, 3: 3}[dims]

    def sizes(minimum: int, maximum: int) -> tuple[int, ...]:
        return draw(per_axis(minimum, maximum, dims))

    setting: Setting = {"input": sizes(1, largest)}
    groups, inputs, outputs = draw(st.tuples(*[st.integers(1, 2)] * 3))
    if op.startswith("adaptive"):
        return op, setting | {"output_shape": sizes(1, largest), "channels": inputs}
    if op == "channel_shuffle":
        return op, setting | {"groups": groups, "channels": groups * outputs}
    if op in ("upsample", "pixel_shuffle", "pixel_unshuffle"):
        setting |= {"scale" if op == "upsample" else "factor": sizes(1, 3)}
        setting["channels"] = inputs
        if op == "upsample":
            kinds = ["nearest", "nearest_exact", "linear", *(["cubic"] if dims == 2 else [])]
            setting["interpolation"] = draw(st.sampled_from(kinds))
            if draw(st.booleans()):
                # far from scales whose products are whole, where a product in float32 may round down
                setting["scale"] = tuple(draw(st.sampled_from([0.7, 1.3, 1.5, 2.25, 1.0625])) for _ in range(dims))
            setting["align_corners"] = draw(st.booleans())
            setting["convention"] = draw(st.sampled_from(["pytorch", "keras"]))
        else:
            setting["channel_order"] = draw(st.sampled_from(["CRD", "DCR"]))
        if op == "pixel_shuffle":
            setting["channels"] *= math.prod(setting["factor"])
        if op == "pixel_unshuffle":
            setting["input"] = tuple(r * draw(st.integers(1, 2)) for r in setting["factor"])
        return op, setting
    setting |= {"kernel": sizes(1, {1: 4, 2: 3, 3: 2}[dims]), "stride": sizes(1, 3)}
    if op != "avg_pool":
        setting["dilation"] = sizes(1, 2)
    setting["padding"] = draw(st.one_of(per_axis(0, 2, dims), st.tuples(*[per_axis(0, 2)] * dims)))
    if op.startswith("conv"):
        setting |= {"in_channels": groups * inputs, "out_channels": groups * outputs, "groups": groups}
    else:
        setting["channels"] = inputs
    match op:
        case "fold":
            setting["channels"] *= math.prod(setting["kernel"])
        case "conv":
            setting["padding_mode"] = draw(st.sampled_from(PADDING_MODES))
        case "conv_transpose":
            setting["output_padding"] = sizes(0, 2)
        case "max_pool" | "avg_pool":
            setting["ceil_mode"] = draw(st.booleans())
    if op == "avg_pool":
        setting["count_include_pad"] = draw(st.booleans())
    if op in ("conv", "conv_transpose", "max_pool", "avg_pool") and draw(st.booleans()):
        names = CONV_PADDING if op == "conv" and dims == 1 else NAMED_PADDING
        setting |= {"padding": draw(st.sampled_from(names)), "convention": draw(_CONVENTIONS)}
    return op, setting


LAYERS_OF_ANY_DIMENSION = settings_of_any_dimension().map(build_layer)
"""Layers of every operation, of one to three axes, with several channels."""


@contextmanager
def calls_below(limit: int) -> Iterator[list[int]]:
    """Assert that fewer than `limit` functions are called, of Python or in C: work that is the same on any machine.

    Yields a list that has the number of calls at the end.
    """
    calls = [0]

    def count(_frame: Any, event: str, _arg: Any) -> None:
        calls[0] += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)
    assert calls[0] < limit


def one_of_four(names: Sequence[str]) -> list[Any]:
    """Return the names as cases of a test: every fourth always, the others with --thorough."""
    return [pytest.param(name, marks=pytest.mark.thorough if row % 4 else ()) for row, name in enumerate(names)]


def example_count(count: int) -> int:
    """Return the number of settings to try: `count` times the number in KERNELWALK_EXAMPLES."""
    return round(count * float(os.environ.get("KERNELWALK_EXAMPLES", "1")))
