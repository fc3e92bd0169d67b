# SPDX-License-Identifier: GPL-3.0-or-later
"""Keras' "same" and "valid" against Keras itself, on JAX: its other backends cannot do every transposed convolution.

Layers are computed from impulses, for a hundred settings each: JAX compiles every one.
"""

from __future__ import annotations

import functools
import os
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st
from kernelwalk.core import AvgPool, Conv, ConvTranspose, MaxPool, SpecError, Upsample

from .helpers import by_tap, per_axis

os.environ["KERAS_BACKEND"] = "jax"
WHY = "the oracle is Keras on JAX: install the extra kernelwalk[keras]"
pytest.importorskip("jax", reason=WHY)
keras = pytest.importorskip("keras", reason=WHY)

if keras.backend.backend() != "jax":
    pytest.skip("Keras was imported before, with another backend", allow_module_level=True)

FEW = settings(max_examples=75, database=None)
WORDS = st.sampled_from(["same", "valid"])


def computed(layer: Any, size: Any, kernel: Any = None) -> np.ndarray:
    """What a Keras layer computes from impulses, shape (inputs, channels, *output); its kernel's taps are impulses too,
    one per channel."""
    cells = int(np.prod(size))
    values = np.eye(cells, dtype=np.float32).reshape(cells, *size, 1)
    if kernel is not None:
        layer.build(values.shape)
        taps = int(np.prod(kernel))
        weight = np.eye(taps, dtype=np.float32).reshape(*kernel, taps)
        transposed = isinstance(layer, keras.layers.Conv2DTranspose)
        layer.set_weights([weight[:, :, :, None] if transposed else weight[:, :, None, :]])
    return np.moveaxis(np.asarray(layer(values)), -1, 1)


@seed(1)
@FEW
@given(WORDS, per_axis(1, 7), per_axis(1, 4), per_axis(1, 3), per_axis(1, 3))
def test_convolutions(word: str, size: Any, kernel: Any, stride: Any, dilation: Any) -> None:
    if max(dilation) > 1:
        stride = (1, 1)  # Keras has no strides together with dilation
    assume(word == "same" or all(d * (k - 1) < i for i, k, d in zip(size, kernel, dilation, strict=True)))
    taps = int(np.prod(kernel))
    keras_layer = keras.layers.Conv2D(taps, kernel, stride, word, dilation_rate=dilation, use_bias=False)
    found = computed(keras_layer, size, kernel)
    layer = Conv(size, kernel, stride, word, dilation, convention="keras")
    assert np.array_equal(by_tap(layer), found)
    if word == "same":
        assert layer.padding == Conv(size, kernel, stride, "same_upper", dilation).padding


@seed(2)
@settings(max_examples=150, database=None)
@given(
    WORDS,
    per_axis(1, 5),
    per_axis(1, 5),
    per_axis(1, 4),
    per_axis(1, 2),
    st.one_of(st.none(), per_axis(0, 3)),
)
def test_transposed_convolutions(word: str, size: Any, kernel: Any, stride: Any, dilation: Any, extra: Any) -> None:
    if max(dilation) > 1:
        stride = (1, 1)
    if extra is not None:
        extra = tuple(min(e, s - 1) for e, s in zip(extra, stride, strict=True))  # Keras wants it so
    taps = int(np.prod(kernel))
    keras_layer = keras.layers.Conv2DTranspose(
        taps, kernel, stride, word, output_padding=extra, dilation_rate=dilation, use_bias=False
    )
    found = computed(keras_layer, size, kernel)
    try:
        layer = ConvTranspose(size, kernel, stride, word, dilation, extra, convention="keras")
    except SpecError:
        assert 0 in found.shape
        return
    assert layer.output == found.shape[2:]
    assert np.array_equal(by_tap(layer), found)


@seed(3)
@FEW
@given(
    st.sampled_from(["max", "average"]),
    WORDS,
    per_axis(1, 7),
    per_axis(1, 4),
    st.one_of(st.none(), per_axis(1, 4)),
)
def test_pools(kind: str, word: str, size: Any, pool: Any, stride: Any) -> None:
    assume(word == "same" or all(k <= i for i, k in zip(size, pool, strict=True)))
    kinds = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    found = computed(kinds[kind](pool, stride, word), size)[:, 0]
    layer: Any = (MaxPool if kind == "max" else AvgPool)(size, pool, stride, word, convention="keras")
    reads = by_tap(layer).sum(axis=1)
    if kind == "average":
        assert np.allclose(reads / functools.reduce(np.multiply.outer, layer.divisors), found, atol=1e-6)
    else:
        assert np.array_equal(reads, found == 1)


@seed(4)
@settings(max_examples=20, database=None)
@given(per_axis(1, 4), per_axis(1, 4))
def test_upsampling(size: Any, scale: Any) -> None:
    found = computed(keras.layers.UpSampling2D(scale), size)
    assert np.array_equal(by_tap(Upsample(size, scale)), found)
