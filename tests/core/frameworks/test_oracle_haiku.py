"""Code of Haiku, read and written, against the package itself."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, seed
from kernelwalk.core import Layer

from . import layer_oracle as oracle
from .layer_oracle import Call, Deviation, Line, Oracle, lines

pytest.importorskip("equinox", reason="the oracle is JAX and its libraries: install the extra kernelwalk[jax]")
from .packages.jax import run_haiku


class Name(str):
    """A name, which code has without quotes."""

    def __repr__(self) -> str:
        return str(self)


FUNCTIONS = [Name(f"hk.pad.{name}") for name in ("same", "valid", "full", "causal", "reverse_causal")]


PAIR = oracle.tuples(0, 2, 2)


def draw_functions(chance: random.Random, dims: int) -> Any:
    """Draw a function of padding for each axis."""
    return [chance.choice(FUNCTIONS) for _ in range(dims)]


def draw_pair(chance: random.Random, dims: int) -> Any:
    """Draw one pair for all axes."""
    return PAIR(chance, 1)


def draw_sizes(chance: random.Random, dims: int) -> Any:
    """Draw a window or strides: with an entry for the channels."""
    return (*oracle.tuples(1, 3)(chance, dims), 1)


WORDS = ("SAME", "VALID", "SAME_LOWER", "same")
CONV = {
    "kernel_shape": oracle.kernels,
    "stride": oracle.STRIDES,
    "rate": oracle.DILATIONS,
    "padding": oracle.choices(*WORDS, *FUNCTIONS, draw_functions, draw_pair, oracle.pairs(0, 2), oracle.pairs(0, 2)),
}
TRANSPOSED = oracle.choices(*WORDS, draw_pair, oracle.pairs(0, 2), oracle.pairs(0, 2))
POOL = {
    "window_shape": draw_sizes,
    "strides": draw_sizes,
    "padding": oracle.choices(*WORDS),
}
CALLS = (
    Call("hk.Conv{dims}D", {"output_channels": oracle.OUTPUTS, **CONV, "feature_group_count": oracle.GROUPS}, 2,
         named=("feature_group_count",)),
    Call("hk.DepthwiseConv{dims}D", {"channel_multiplier": oracle.choices(1, 2), **CONV}, 2),
    Call("hk.Conv{dims}DTranspose", {"output_channels": oracle.OUTPUTS, "kernel_shape": oracle.kernels,
         "stride": oracle.STRIDES, "output_shape": oracle.sizes(1, 12), "padding": TRANSPOSED}, 2),
    Call("hk.ConvND", {"num_spatial_dims": oracle.count_axes, "output_channels": oracle.OUTPUTS, **CONV}, 3),
    Call("hk.ConvNDTranspose", {"num_spatial_dims": oracle.count_axes, "output_channels": oracle.OUTPUTS,
         "kernel_shape": oracle.kernels, "stride": oracle.STRIDES, "output_shape": oracle.sizes(1, 12),
         "padding": TRANSPOSED}, 3),
    Call("hk.MaxPool", POOL, 3),
    Call("hk.AvgPool", POOL, 3),
    Call("hk.max_pool", POOL, 3, "x"),
)  # fmt: skip

HAIKU = Oracle(
    "haiku",
    run_haiku,
    [
        Deviation(
            "dm-haiku 0.0.17",
            "counts axes from the input, so that a window (1, 2, 2, 1) may have a batch or three axes",
            lambda text, layer, told: "ool(" in text and "entries, layer.input has" in told,
        ),
    ],
)


@seed(1)
@oracle.tries(160)
@given(lines(CALLS))
def test_a_line_is_read_as_what_haiku_computes(line: Line) -> None:
    HAIKU.compare_reading(line)


@seed(2)
@oracle.tries(70)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_haiku(layer: Layer) -> None:
    HAIKU.compare_writing(layer)
