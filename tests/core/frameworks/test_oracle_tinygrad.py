"""Code of tinygrad, read and written, against the package itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, seed
from kernelwalk.core import Layer

from . import layer_oracle as oracle
from .layer_oracle import Call, Line, Oracle, lines

pytest.importorskip("tinygrad", reason="the oracle is tinygrad: install the extra kernelwalk[tinygrad]")
from .packages.tinygrad import run

PADDINGS = oracle.choices(oracle.PADDINGS, oracle.tuples(0, 2, count=2))
"""Padding: a number, one for each axis, or two."""

ENDS = {"dilation": oracle.DILATIONS, "groups": oracle.GROUPS}
CHANNELS = {"in_channels": oracle.INPUTS, "out_channels": oracle.OUTPUTS}
POOL = {"stride": oracle.STRIDES, "dilation": oracle.sizes(1, 2), "padding": PADDINGS, "ceil_mode": oracle.flags}


def list_calls(name: str, dims: int, kernel: Any) -> list[Call]:
    """Return the calls of both convolutions."""
    first = {**CHANNELS, "kernel_size": kernel, "stride": oracle.STRIDES}
    conv = {**first, "padding": oracle.choices(PADDINGS, PADDINGS, "same"), **ENDS}
    transposed = {**first, "padding": PADDINGS, "output_padding": oracle.EXTRAS, **ENDS}
    axes = {"dims": (dims,)}
    return [
        Call(f"tinygrad.nn.Conv{name}", conv, 3, **axes),
        Call(f"tinygrad.nn.ConvTranspose{name}", transposed, 3, **axes),
    ]


CALLS = (
    *list_calls("1d", 1, oracle.kernels),
    *list_calls("2d", 2, oracle.kernels),
    *list_calls("2d", 3, oracle.kernel_tuples),
    Call("tinygrad.Tensor.max_pool2d", {"kernel_size": oracle.kernel_tuples, **POOL}, 1, before="x"),
    Call(
        "tinygrad.Tensor.avg_pool2d",
        {"kernel_size": oracle.kernel_tuples, **POOL, "count_include_pad": oracle.flags},
        1,
        "x",
    ),
)

TINYGRAD = Oracle("tinygrad", run, (oracle.windows_on_padding("tinygrad 0.14.0"),))


@seed(1)
@oracle.tries(200)
@given(lines(CALLS))
def test_a_line_is_read_as_what_tinygrad_computes(line: Line) -> None:
    TINYGRAD.compare_reading(line)


@seed(2)
@oracle.tries(200)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_tinygrad(layer: Layer) -> None:
    TINYGRAD.compare_writing(layer)
