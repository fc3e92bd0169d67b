"""Code of Paddle, read and written, against the package itself."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, seed
from kernelwalk.core import AvgPool, Layer, SpecError, spec_from_table
from kernelwalk.core.frameworks.paddle_cell_moves import shrinks_to_one

from . import layer_oracle as oracle
from .layer_oracle import Call, Deviation, Line, Oracle, lines

pytest.importorskip("paddle", reason="the oracle is Paddle: install the extra kernelwalk[paddle]")
from .packages.paddle import run


def draw_pairs(chance: random.Random, dims: int) -> Any:
    """Draw padding of each axis of the tensor."""
    return [[0, 0], [0, 0], *(list(oracle.tuples(0, 2)(chance, 2)) for _ in range(dims))]


NUMBERS = oracle.choices(oracle.PADDINGS, oracle.tuples(0, 2, count=2))
PADDINGS = oracle.choices("SAME", "VALID", "same", NUMBERS, NUMBERS, draw_pairs)
FIRST = {
    "in_channels": oracle.INPUTS,
    "out_channels": oracle.OUTPUTS,
    "kernel_size": oracle.kernels,
    "stride": oracle.STRIDES,
}
ENDS = {"dilation": oracle.DILATIONS, "groups": oracle.GROUPS}
MODES = oracle.choices("zeros", "zeros", "reflect", "replicate", "circular")
CONV = {**FIRST, "padding": PADDINGS, **ENDS, "padding_mode": MODES}
TRANSPOSED = {**FIRST, "padding": PADDINGS, "output_padding": oracle.EXTRAS}
POOL = {"kernel_size": oracle.kernels, "stride": oracle.STRIDES, "padding": PADDINGS}
UP = {"ceil_mode": oracle.flags, "exclusive": oracle.flags}
CALLS = (
    Call("paddle.nn.Conv{dims}D", CONV, 3, named=("padding_mode",)),
    Call("paddle.nn.Conv{dims}DTranspose", {**TRANSPOSED, "groups": oracle.GROUPS, "dilation": oracle.DILATIONS}, 3,
         dims=(1,)),
    Call("paddle.nn.Conv{dims}DTranspose", {**TRANSPOSED, **ENDS}, 3, dims=(2, 3)),
    Call("paddle.nn.MaxPool{dims}D", {**POOL, "return_mask": oracle.choices(False), "ceil_mode": oracle.flags}, 1),
    Call("paddle.nn.AvgPool{dims}D", {**POOL, "exclusive": oracle.flags, "ceil_mode": oracle.flags}, 1, dims=(1,)),
    Call("paddle.nn.AvgPool{dims}D", {**POOL, **UP}, 1, dims=(2, 3)),
)  # fmt: skip


def draw_sized(chance: random.Random) -> Line:
    """Draw a transposed convolution that is called with the size of its output, which is near the usual one."""
    line = oracle.draw_line(chance, CALLS[1:3])
    try:
        usual = spec_from_table({"layer": {"code": line.text, "input": list(line.size)}}).layer.output
    except SpecError:
        return draw_sized(chance)
    sizes = [max(cells + chance.choice([-1, 0, 0, 0, 0, 0, 0, 0, 1]), 1) for cells in usual]
    size = sizes[0] if chance.random() < 0.3 else sizes
    called = f"output_size={size}" if chance.random() < 0.7 else f"{size}"
    return Line(f"{line.text}(x, {called})", line.size, line.channels)


SIZED = oracle.SEEDS.map(lambda number: draw_sized(random.Random(number)))


BLOCKS = {
    "kernel_sizes": oracle.kernels,
    "dilations": oracle.DILATIONS,
    "paddings": oracle.choices(oracle.PADDINGS, oracle.tuples(0, 2), oracle.tuples(0, 2, count=2)),
    "strides": oracle.STRIDES,
}
SIZES = oracle.choices(lambda chance, dims: list(oracle.tuples(1, 9)(chance, dims)))
SCALES = oracle.choices(2, 3, 2.0, 1.5, 2.3, lambda chance, dims: [chance.choice([1, 2, 3, 0.5]) for _ in range(dims)])
CORNERS = {"align_corners": oracle.flags}
MODES_BY_AXES = {1: ("linear",), 2: ("nearest", "bilinear", "bicubic"), 3: ("trilinear", "nearest")}
MOVES = (
    Call("paddle.nn.Unfold", BLOCKS, 1, dims=(2,)),
    Call("paddle.nn.PixelUnshuffle", {"downscale_factor": oracle.choices(1, 2, 3)}, 1, dims=(2,)),
    Call("paddle.nn.ChannelShuffle", {"groups": oracle.GROUPS}, 1, dims=(2,)),
    Call("paddle.nn.UpsamplingNearest{dims}D", {"size": SIZES}, 1, dims=(2,)),
    Call("paddle.nn.UpsamplingBilinear{dims}D", {"scale_factor": SCALES}, 1, dims=(2,), named=("scale_factor",)),
    *(
        Call("paddle.nn.Upsample", {key: draw, "mode": oracle.choices(*modes), **CORNERS}, 2, dims=(dims,),
             named=(key, "mode"))
        for dims, modes in MODES_BY_AXES.items() for key, draw in (("size", SIZES), ("scale_factor", SCALES))
    ),
)  # fmt: skip

VERSION = "paddlepaddle 3.3.1"
PADDLE = Oracle(
    "paddle",
    run,
    (
        oracle.windows_on_padding(VERSION, runs=False),
        oracle.no_window_fits(VERSION),
        Deviation(
            VERSION, "counts the padding before at both ends of an average",
            lambda text, layer, told: isinstance(layer, AvgPool) and layer.count_include_pad
            and any(before != after for before, after in layer.padding),
        ),
        Deviation(
            VERSION, "takes the first cell for one of an upsampling",
            lambda text, layer, told: layer is not None and shrinks_to_one(layer),
        ),
    ),
)  # fmt: skip


@seed(1)
@oracle.tries(300)
@given(lines(CALLS))
def test_a_line_is_read_as_what_paddle_computes(line: Line) -> None:
    PADDLE.compare_reading(line)


@seed(3)
@oracle.tries(200)
@given(SIZED)
def test_the_size_of_an_output_is_read_as_what_paddle_computes(line: Line) -> None:
    PADDLE.compare_reading(line)


@seed(4)
@oracle.tries(200)
@given(lines(MOVES))
def test_a_line_that_moves_or_weighs_cells_is_read_as_what_paddle_computes(line: Line) -> None:
    PADDLE.compare_reading(line)


@seed(2)
@oracle.tries(200)
@given(oracle.layers((*oracle.WINDOWS, *oracle.OTHERS)))
def test_a_written_line_computes_the_layer_in_paddle(layer: Layer) -> None:
    PADDLE.compare_writing(layer)
