# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers that people port from one framework to another: the verdicts of `compare`, against the numbers of both layers.

Each layer's numbers are held against its package too, where that is installed.
"""

from __future__ import annotations

import importlib
import os
from typing import NamedTuple

import numpy as np
import pytest
from kernelwalk.core import Layer, spec_from_table
from kernelwalk.core.comparison.layer_comparison import compare_layers
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.frameworks.known_frameworks import find_layer
from kernelwalk.core.values.forward import compute_layer

from ..frameworks.layer_oracle import number_cells, order_axes
from ..helpers import weights


class Pair(NamedTuple):
    """Two layers on an input of this size and number of channels, and whether they compute the same."""

    first: str
    second: str
    size: tuple[int, ...]
    is_same: bool
    channels: int = 1


PAIRS = (
    Pair("nn.Conv2d(1, 1, 3, stride=2, padding=1)", 'layers.Conv2D(1, 3, strides=2, padding="same")', (6, 6), False),
    Pair("nn.Conv2d(1, 1, 3, stride=2, padding=1)", 'layers.Conv2D(1, 3, strides=2, padding="same")', (5, 5), True),
    Pair("nn.Conv2d(1, 1, 4, padding='same')", 'layers.Conv2D(1, 4, padding="same")', (6, 6), True),
    Pair("nn.Conv2d(1, 1, 3, dilation=2, padding='same')", 'layers.Conv2D(1, 3, dilation_rate=2, padding="same")',
         (7, 7), True),
    Pair("nn.Conv1d(1, 1, 3, padding=1)", 'layers.Conv1D(1, 3, padding="causal")', (6,), False),
    Pair("nn.Conv2d(4, 8, 3, groups=2)", "layers.Conv2D(8, 3, groups=2)", (5, 5), True, 4),
    Pair("nn.Conv2d(4, 4, 3, groups=4)", "layers.DepthwiseConv2D(3)", (5, 5), True, 4),
    Pair("nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, output_padding=1)",
         'layers.Conv2DTranspose(1, 3, strides=2, padding="same")', (5, 5), False),
    Pair("nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1)", 'layers.Conv2DTranspose(1, 4, strides=2, padding="same")',
         (5, 5), True),
    Pair("nn.ConvTranspose2d(1, 1, 3, stride=2)", "layers.Conv2DTranspose(1, 3, strides=2)", (5, 5), True),
    Pair("nn.ConvTranspose2d(1, 1, 2, stride=3)", "layers.Conv2DTranspose(1, 2, strides=3)", (4, 4), False),
    Pair("nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1)",
         'layers.Conv2DTranspose(1, 3, strides=2, padding="same", output_padding=0)', (5, 5), True),
    Pair("nn.ConvTranspose1d(1, 1, 3, stride=2)", 'linen.ConvTranspose(1, (3,), strides=(2,), padding="VALID")', (5,),
         False),
    Pair("nn.ConvTranspose1d(1, 1, 3, stride=2)",
         'linen.ConvTranspose(1, (3,), strides=(2,), padding="VALID", transpose_kernel=True)', (5,), True),
    Pair("nn.ConvTranspose1d(1, 1, 3, stride=2)", 'linen.ConvTranspose(1, (3,), strides=(2,))', (5,), False),
    Pair("nn.ConvTranspose1d(1, 1, 4, stride=2, padding=1)",
         "linen.ConvTranspose(1, (4,), strides=(2,), padding=1, transpose_kernel=True)", (5,), False),
    Pair("nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1)",
         "linen.ConvTranspose(1, (3,), strides=(2,), padding=1, transpose_kernel=True)", (5,), True),
    Pair("nn.Conv2d(1, 1, 3)", "linen.Conv(1, (3, 3))", (6, 6), False),
    Pair("nn.Conv2d(1, 1, 3, padding=1)", "linen.Conv(1, (3, 3), padding=1)", (6, 6), True),
    Pair("layers.Conv2D(1, 3)", "hk.Conv2D(1, 3)", (6, 6), False),
    Pair("nn.Conv2d(1, 1, 3, padding=(1, 2))", "hk.Conv2D(1, 3, padding=(1, 2))", (6, 6), False),
    Pair("nn.ConvTranspose2d(1, 1, 3, stride=2)", "eqx.nn.ConvTranspose2d(1, 1, 3, 2)", (5, 5), False),
    Pair('layers.Conv2D(1, 2, padding="same")', 'eqx.nn.Conv2d(1, 1, 2, padding="SAME_LOWER")', (6, 6), False),
    Pair("nn.AvgPool2d(2)", "eqx.nn.AvgPool2d(2)", (6, 6), False),
    Pair("nn.AvgPool2d(3, 2, 1, ceil_mode=True)", "eqx.nn.AvgPool2d(3, 2, 1, use_ceil=True)", (6, 6), False),
    Pair("nn.MaxPool2d(3, 2, 1)", 'layers.MaxPooling2D(3, 2, padding="same")', (6, 6), False),
    Pair("nn.MaxPool2d(2)", "layers.MaxPooling2D(2)", (7, 7), True),
    Pair("nn.MaxPool2d(2, ceil_mode=True)", 'layers.MaxPooling2D(2, padding="same")', (7, 7), True),
    Pair("nn.AvgPool2d(3, 2, 1)", 'layers.AveragePooling2D(3, 2, padding="same")', (5, 5), False),
    Pair("nn.AvgPool2d(3, 2, 1, count_include_pad=False)", 'layers.AveragePooling2D(3, 2, padding="same")', (5, 5),
         True),
    Pair('nn.Upsample(scale_factor=2, mode="bilinear")', 'layers.UpSampling2D(2, interpolation="bilinear")', (4, 4),
         True),
    Pair('nn.Upsample(scale_factor=2, mode="bicubic")', 'layers.UpSampling2D(2, interpolation="bicubic")', (6, 6),
         False),
    Pair("nn.Conv2d(1, 1, 3, 2, 1)", "mlx.nn.Conv2d(1, 1, 3, 2, 1)", (6, 6), True),
    Pair("nn.Conv2d(1, 1, 3, padding=1)", "tinygrad.nn.Conv2d(1, 1, 3, padding=(1, 1, 1, 1))", (6, 6), True),
    Pair("nn.Conv2d(1, 1, 3, dilation=(1, 2), padding='same')",
         "tinygrad.nn.Conv2d(1, 1, 3, dilation=(1, 2), padding='same')", (6, 7), False),
)  # fmt: skip

LAYERS = list(dict.fromkeys((code, pair.size, pair.channels) for pair in PAIRS for code in (pair.first, pair.second)))

RUNS = {
    "pytorch": "pytorch.run",
    "keras": "keras.run",
    "flax": "jax.run_linen",
    "haiku": "jax.run_haiku",
    "equinox": "jax.run_equinox",
    "mlx": "mlx.run",
    "tinygrad": "tinygrad.run",
}
"""Modules of packages/ and their functions, by framework."""


def read(code: str, size: tuple[int, ...], channels: int) -> Layer:
    table = {"code": code, "input": list(size)}
    layer = spec_from_table({"layer": table}).layer
    key = "in_channels" if layer.has_parameter("in_channels") else "channels"
    return spec_from_table({"layer": {**table, key: channels}}).layer


def compute(layer: Layer, kernel: np.ndarray | None = None) -> np.ndarray:
    """Return the outputs of numbers that all differ, with these weights, or those that all layers of a shape have."""
    values = number_cells((layer.channels.inputs, *layer.input)).astype(float)
    own = kernel if kernel is not None else weights(layer) if layer.has_weights else None
    return compute_layer(layer, values, own)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.first} | {pair.second}")
def test_the_verdict_on_a_ported_layer_is_that_of_the_numbers(pair: Pair) -> None:
    first, second = (read(code, pair.size, pair.channels) for code in (pair.first, pair.second))
    comparison = compare_layers(first, second)
    assert comparison.computes_same == pair.is_same
    outputs = compute(first), compute(second)
    equal = outputs[0].shape == outputs[1].shape and np.allclose(*outputs)
    assert equal == pair.is_same
    if comparison.differs_in_direction:
        reversed_weights = np.flip(weights(second), range(2, 2 + second.dims))
        assert np.allclose(outputs[0], compute(second, reversed_weights))
    found = find_layer(pair.second.partition("(")[0])
    assert found is not None
    (line,) = emit_code(first, (found.known.key,))
    if line.is_supported:  # what compare proposes
        written = read(line.text, pair.size, pair.channels)
        assert np.allclose(compute(written), outputs[0])


@pytest.mark.parametrize(("code", "size", "channels"), LAYERS, ids=lambda value: str(value))
def test_a_ported_layer_has_the_numbers_of_its_package(code: str, size: tuple[int, ...], channels: int) -> None:
    found = find_layer(code.partition("(")[0])
    assert found is not None
    module, _, name = RUNS[found.known.key].partition(".")
    os.environ |= {"KERAS_BACKEND": "jax", "DEV": "PYTHON"}  # tinygrad's own, which needs no compiler
    package = {"jax": "equinox", "pytorch": "torch", "mlx": "mlx.core"}.get(module, module)
    pytest.importorskip(package, reason=f"the oracle is {package}: install its extra")
    run = getattr(importlib.import_module(f"..frameworks.packages.{module}", __package__), name)
    layer = read(code, size, channels)
    values = number_cells((1, channels, *size))
    weight = order_axes(found.known.key, layer) if layer.has_weights else None
    actual = run(code.replace("linen.", "nn."), values, weight)
    expected = compute(layer)
    assert actual.shape[1:] == expected.shape and np.allclose(actual[0], expected, rtol=1e-4)
