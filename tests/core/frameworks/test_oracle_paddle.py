"""Code of Paddle, read and written, against the package itself."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, seed
from kernelwalk.core import AvgPool, Layer

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
    ),
)  # fmt: skip


@seed(1)
@oracle.tries(300)
@given(lines(CALLS))
def test_a_line_is_read_as_what_paddle_computes(line: Line) -> None:
    PADDLE.compare_reading(line)


@seed(2)
@oracle.tries(200)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_paddle(layer: Layer) -> None:
    PADDLE.compare_writing(layer)
