"""Code of Flax, linen and NNX, read and written, against the package itself."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, seed
from kernelwalk.core import Layer

from . import layer_oracle as oracle
from .layer_oracle import Call, Deviation, Line, Oracle, lines

pytest.importorskip("equinox", reason="the oracle is JAX and its libraries: install the extra kernelwalk[jax]")
from .packages.jax import run_linen, run_nnx

NUMBERS = (oracle.choices(0, 1, 2), oracle.tuples(0, 2), oracle.pairs(0, 2), oracle.pairs(0, 2))
"""Padding as a number, numbers or pairs."""


def draw_kernel(chance: random.Random, dims: int) -> Any:
    """Draw a kernel, which needs an entry for each axis; a number alone is one axis."""
    sizes = oracle.kernel_tuples(chance, dims)
    return sizes[0] if dims == 1 and oracle.flags(chance, dims) else sizes


CONV = {
    "strides": oracle.STRIDES,
    "padding": oracle.choices("SAME", "VALID", "SAME_LOWER", "CIRCULAR", "REFLECT", "CAUSAL", "same", *NUMBERS),
}
TRANSPOSED = {
    "strides": oracle.STRIDES,
    "padding": oracle.choices("SAME", "VALID", "SAME_LOWER", "CIRCULAR", "same", "Valid", *NUMBERS),
}
MORE = {"kernel_dilation": oracle.DILATIONS, "feature_group_count": oracle.GROUPS}
MORE_TRANSPOSED = {"kernel_dilation": oracle.DILATIONS, "transpose_kernel": oracle.flags}
LINEN = {"features": oracle.OUTPUTS, "kernel_size": draw_kernel}
NNX = {"in_features": oracle.INPUTS, "out_features": oracle.OUTPUTS, "kernel_size": draw_kernel}
POOL_WORDS = ("SAME", "VALID", "SAME_LOWER", "same")
POOL = {
    "window_shape": oracle.tuples(1, 3),
    "strides": oracle.tuples(1, 3),
    "padding": oracle.choices(*POOL_WORDS, oracle.pairs(0, 2)),
}
NAMED = ("kernel_dilation", "feature_group_count", "transpose_kernel")


def list_calls(module: str, given: dict[str, Any], names: tuple[str, ...]) -> list[Call]:
    """Return the calls of a module of Flax."""
    count = len(given)
    return [
        Call(f"{module}.Conv", {**given, **CONV, **MORE}, count, named=names),
        Call(f"{module}.ConvTranspose", {**given, **TRANSPOSED, **MORE_TRANSPOSED}, count, named=names),
        Call(f"{module}.max_pool", POOL, 1, "x"),
        Call(f"{module}.avg_pool", {**POOL, "count_include_pad": oracle.flags}, 1, "x"),
    ]


DEVIATIONS = (
    Deviation(
        "flax 0.12.12",
        "wraps what a transposed convolution adds beyond one end around, which has no picture",
        lambda text, layer, told: "CIRCULAR adds what lies beyond" in told,
    ),
    Deviation(
        "flax 0.12.12",
        "repeats copies of copies where CIRCULAR and REFLECT pad more cells than the input has",
        lambda text, layer, told: "cells cannot be padded in mode" in told,
    ),
    oracle.windows_on_padding("flax 0.12.12"),
)


@seed(1)
@oracle.tries(130)
@given(lines(list_calls("nn", LINEN, NAMED)))
def test_a_line_is_read_as_what_linen_computes(line: Line) -> None:
    Oracle("flax", run_linen, DEVIATIONS).compare_reading(line)


@seed(2)
@oracle.tries(70)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_linen(layer: Layer) -> None:
    Oracle("flax", run_linen).compare_writing(layer)


@seed(3)
@oracle.tries(130)
@given(lines(list_calls("nnx", NNX, ("padding", *NAMED))))
def test_a_line_is_read_as_what_nnx_computes(line: Line) -> None:
    Oracle("nnx", run_nnx, DEVIATIONS).compare_reading(line)


@seed(4)
@oracle.tries(70)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_nnx(layer: Layer) -> None:
    Oracle("nnx", run_nnx).compare_writing(layer)
