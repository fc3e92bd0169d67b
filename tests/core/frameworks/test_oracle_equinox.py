"""Code of Equinox, read and written, against the package itself."""

from __future__ import annotations

import pytest
from hypothesis import given, seed
from kernelwalk.core import Layer
from kernelwalk.core.frameworks.equinox import FRAMEWORK

from . import layer_oracle as oracle
from .layer_oracle import Call, Deviation, Line, Oracle, lines

pytest.importorskip("equinox", reason="the oracle is JAX and its libraries: install the extra kernelwalk[jax]")
from .packages.jax import run_equinox

NUMBERS = (oracle.PADDINGS, oracle.pairs(0, 2))
"""Padding as a number, numbers or pairs."""

PADDING = oracle.choices("SAME", "VALID", "SAME_LOWER", "same", *NUMBERS, *NUMBERS)
SIZES = {
    "in_channels": oracle.INPUTS,
    "out_channels": oracle.OUTPUTS,
    "kernel_size": oracle.kernels,
    "stride": oracle.STRIDES,
}
ENDS = {"dilation": oracle.DILATIONS, "groups": oracle.GROUPS}
MODES = oracle.choices("ZEROS", "REFLECT", "REPLICATE", "CIRCULAR", "zeros")
POOL = {
    "kernel_size": oracle.kernels,
    "stride": oracle.STRIDES,
    "padding": oracle.choices(*NUMBERS),
    "use_ceil": oracle.flags,
}
CALLS = (
    Call("eqx.nn.Conv{dims}d", {**SIZES, "padding": PADDING, **ENDS, "padding_mode": MODES}, 3,
         named=("padding_mode",)),
    Call("eqx.nn.ConvTranspose{dims}d",
         {**SIZES, "output_padding": oracle.EXTRAS, "padding": PADDING, **ENDS}, 3),
    Call("eqx.nn.MaxPool{dims}d", POOL, 1),
    Call("eqx.nn.AvgPool{dims}d", POOL, 1),
)  # fmt: skip

EQUINOX = Oracle(
    "equinox",
    run_equinox,
    [
        Deviation(
            "equinox 0.13.8",
            "refuses to round up where padding and stride together are larger than the kernel, as a remark says",
            lambda text, layer, told: layer is not None and any(each.applies(layer) for each in FRAMEWORK.remarks),
        ),
        Deviation(
            "equinox 0.13.8",
            "repeats copies of copies where REFLECT and CIRCULAR pad more cells than the input has",
            lambda text, layer, told: "cells cannot be padded in mode" in told,
        ),
        oracle.windows_on_padding("equinox 0.13.8"),
    ],
)


@seed(1)
@oracle.tries(130)
@given(lines(CALLS))
def test_a_line_is_read_as_what_equinox_computes(line: Line) -> None:
    EQUINOX.compare_reading(line)


@seed(2)
@oracle.tries(70)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_equinox(layer: Layer) -> None:
    EQUINOX.compare_writing(layer)
