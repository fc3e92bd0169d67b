"""Code of OpenVINO, read and written, against the package itself."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, seed
from kernelwalk.core import AvgPool, ConvTranspose, Layer, MaxPool
from kernelwalk.core.frameworks.openvino import mistakes_rows

from . import layer_oracle as oracle
from .layer_oracle import Deviation, Line, Oracle

pytest.importorskip("openvino", reason="the oracle is OpenVINO: install the extra kernelwalk[frameworks]")
from .packages.openvino import run


def draw_line(chance: random.Random) -> Line:
    """Draw a call of a convolution, a transposed one or a pooling."""
    dims, groups = chance.randint(1, 3), chance.randint(1, 2)
    inputs, outputs = chance.randint(1, 2), chance.randint(1, 2)

    def sizes(least: int, most: int) -> list[int]:
        return list(oracle.tuples(least, most)(chance, dims))

    kernel, size = sizes(1, oracle.LARGEST[dims][1]), tuple(sizes(1, oracle.LARGEST[dims][0]))
    strides, pads, dilations = sizes(1, 3), (sizes(0, 2), sizes(0, 2)), sizes(1, 3)
    word = chance.choice(["EXPLICIT", "VALID", "SAME_UPPER", "SAME_LOWER", "same_upper"])
    words = f", auto_pad={word!r}" if chance.random() < 0.6 else ""
    kind = chance.choice(["convolution", "backprop", "backprop", "max_pool", "avg_pool"])
    if kind.endswith("pool"):
        rounding = chance.choice(["", ", rounding_type='ceil'", ", rounding_type='floor'"])
        if kind == "max_pool":
            call = f"max_pool(x, {strides}, {dilations}, {pads[0]}, {pads[1]}, {kernel}{rounding}{words})"
        else:
            flag = chance.random() < 0.5
            call = f"avg_pool(x, {strides}, {pads[0]}, {pads[1]}, {kernel}, {flag}{rounding}{words})"
        return Line(f"opset15.{call}", size, inputs)
    grouped = "group_" if groups > 1 else ""
    pair = (outputs, inputs) if kind == "convolution" else (inputs, outputs)
    shape = (*((groups,) if grouped else ()), *pair, *kernel)
    if kind == "convolution":
        call = f"{grouped}convolution(x, w, {strides}, {pads[0]}, {pads[1]}, {dilations}{words})"
    else:
        named = {"pads_begin": pads[0], "pads_end": pads[1], "dilations": dilations, "output_padding": sizes(0, 2)}
        if chance.random() < 0.4:
            named = {"output_shape": sizes(1, 14), **named}
        given = "".join(f", {name}={value}" for name, value in named.items() if chance.random() < 0.6)
        call = f"{grouped}convolution_backprop_data(x, w, {strides}{given}{words})"
    return Line(f"w = np.zeros({shape}, np.float32); opset15.{call}", size, groups * inputs)


LINES = oracle.SEEDS.map(lambda number: draw_line(random.Random(number)))
OVERHANG = Line("opset15.avg_pool(x, [2], [1], [1], [3], False, rounding_type='ceil')", (6,), 1)
"""An average that counts a cell past its padding, which is rarely drawn."""

VERSION = "openvino 2026.4.1"


def is_wider_than_its_input(text: str, layer: Layer | None, told: str) -> bool:
    """Return True for a pooling that rounds up, with a window that is larger than the padded input."""
    if not isinstance(layer, (AvgPool, MaxPool)) or not layer.ceil_mode:
        return False
    axes = zip(layer.input, layer.padding, layer.kernel, layer.dilation, strict=True)
    return any(d * (k - 1) + 1 > i + sum(pair) for i, pair, k, d in axes)


def shifts_by_one_cell(text: str, layer: Layer | None, told: str) -> bool:
    """Return True for a transposed kernel of one cell that shifts its input."""
    return isinstance(layer, ConvTranspose) and {*layer.kernel, *layer.stride} == {1} and layer.output == layer.input


def leaves_begins_out(text: str, layer: Layer | None, told: str) -> bool:
    """Return True for padding at the beginning beside an output_shape and groups."""
    is_sized = isinstance(layer, ConvTranspose) and layer.output_shape is not None and layer.channels.groups > 1
    return is_sized and "pads_begin" in text and "auto_pad='SAME" not in text


OPENVINO = Oracle(
    "openvino",
    run,
    (
        oracle.windows_on_padding(VERSION, runs=False),
        oracle.no_window_fits(VERSION),
        Deviation(
            VERSION,
            "refuses a window larger than its input, which fits where sizes are rounded up",
            is_wider_than_its_input,
        ),
        Deviation(VERSION, "ignores padding and output_padding of a transposed kernel of 1", shifts_by_one_cell),
        Deviation(
            VERSION,
            "has wrong numbers for one channel along three axes with stride 1 and dilated rows",
            lambda text, layer, told: layer is not None and mistakes_rows(layer),
        ),
        Deviation(VERSION, "ignores pads_begin beside an output_shape where there are groups", leaves_begins_out),
    ),
)


@seed(1)
@oracle.tries(200)
@given(LINES)
@example(OVERHANG)
def test_a_line_is_read_as_what_openvino_computes(line: Line) -> None:
    OPENVINO.compare_reading(line)


@seed(2)
@oracle.tries(200)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_openvino(layer: Layer) -> None:
    OPENVINO.compare_writing(layer)
