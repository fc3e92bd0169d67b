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
from kernelwalk.core import AvgPool, Conv, ConvTranspose, Layer, MaxPool, SpecError, Upsample
from kernelwalk.core.values.forward import compute_layer

from ..helpers import connectivity_by_tap, example_count, impulses, per_axis, responses, weights

os.environ["KERAS_BACKEND"] = "jax"
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"  # compiles in half the time
WHY = "the oracle is Keras on JAX: install the extra kernelwalk[keras]"
pytest.importorskip("jax", reason=WHY)
keras = pytest.importorskip("keras", reason=WHY)

if keras.backend.backend() != "jax":
    pytest.skip("Keras was imported before, with another backend", allow_module_level=True)

FEW, FEWER = (settings(max_examples=example_count(count), database=None) for count in (75, 40))
WORDS = st.sampled_from(["same", "valid"])


def make_zeros(shape: Any, dtype: Any = None) -> np.ndarray:
    """Return weights that are replaced before they are used: JAX would compile its random numbers for each shape."""
    return np.zeros(shape, np.float32)


GIVEN: dict[str, Any] = {"use_bias": False, "kernel_initializer": make_zeros}
"""Arguments of a layer whose weight is given after it is built."""


def computed(layer: Any, size: Any, kernel: Any = None) -> np.ndarray:
    """Return a Keras layer's outputs for impulses, shape (inputs, channels, *output).

    The kernel's taps are impulses too, one per channel.
    """
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
    keras_layer = keras.layers.Conv2D(taps, kernel, stride, word, dilation_rate=dilation, **GIVEN)
    actual = computed(keras_layer, size, kernel)
    layer = Conv(size, kernel, stride, word, dilation, convention="keras")
    assert np.array_equal(connectivity_by_tap(layer), actual)
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
        extra = tuple(min(e, s - 1) for e, s in zip(extra, stride, strict=True))  # a limit of Keras
    taps = int(np.prod(kernel))
    keras_layer = keras.layers.Conv2DTranspose(
        taps, kernel, stride, word, output_padding=extra, dilation_rate=dilation, **GIVEN
    )
    actual = computed(keras_layer, size, kernel)
    try:
        layer = ConvTranspose(size, kernel, stride, word, dilation, extra, convention="keras")
    except SpecError:
        assert 0 in actual.shape
        return
    assert layer.output == actual.shape[2:]
    assert np.array_equal(connectivity_by_tap(layer), actual)


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
    actual = computed(kinds[kind](pool, stride, word), size)[:, 0]
    layer: Any = (MaxPool if kind == "max" else AvgPool)(size, pool, stride, word, convention="keras")
    reads = connectivity_by_tap(layer).sum(axis=1)
    if kind == "average":
        assert np.allclose(reads / functools.reduce(np.multiply.outer, layer.divisors), actual, atol=1e-6)
    else:
        assert np.array_equal(reads, actual == 1)


@seed(4)
@settings(max_examples=20, database=None)
@given(per_axis(1, 4), per_axis(1, 4))
def test_upsampling(size: Any, scale: Any) -> None:
    actual = computed(keras.layers.UpSampling2D(scale), size)
    assert np.array_equal(connectivity_by_tap(Upsample(size, scale)), actual)


@seed(9)
@settings(max_examples=12, database=None, deadline=None)
@given(st.sampled_from(["linear", "cubic"]), per_axis(1, 6), per_axis(1, 3))
def test_linear_and_cubic_upsampling_have_the_weights_of_keras(kind: str, size: Any, scale: Any) -> None:
    values = np.random.default_rng(size).normal(size=(1, *size, 1)).astype(np.float32)
    actual = np.array(keras.layers.UpSampling2D(scale, interpolation=f"bi{kind}")(values))[..., 0]
    layer = Upsample(size, scale, interpolation=kind, convention="keras")
    assert np.abs(compute_layer(layer, values[..., 0]) - actual).max() < 1e-5


def agree(keras_layer: Any, layer: Layer, weight: np.ndarray | None = None) -> None:
    """Assert that a Keras layer with a weight in its order computes the same as our layer with that weight."""
    values = np.moveaxis(impulses(layer), 1, -1).astype(np.float32)
    if weight is not None:
        keras_layer.build(values.shape)
        keras_layer.set_weights([weight])
    actual = np.moveaxis(np.asarray(keras_layer(values)), -1, 1)
    expected = responses(layer, None if weight is None else weights(layer))
    assert actual.shape == expected.shape
    if isinstance(layer, MaxPool):
        actual = np.maximum(actual, 0)
    assert np.allclose(actual, expected, atol=1e-6)


@st.composite
def windows(draw: st.DrawFn, words: tuple[str, ...]) -> tuple[int, dict[str, Any]]:
    """Draw the number of axes, one or three, and a window on them."""
    dims = draw(st.sampled_from([1, 1, 3]))
    most = 4 if dims == 1 else 2
    setting: dict[str, Any] = {
        "input": draw(per_axis(1, 9 if dims == 1 else 4, dims)),
        "kernel": draw(per_axis(1, most, dims)),
        "stride": draw(per_axis(1, 3 if dims == 1 else 2, dims)),
        "padding": draw(st.sampled_from(words if dims == 1 else words[:2])),
    }
    return dims, setting


@seed(5)
@FEWER
@given(windows(("same", "valid", "causal")), st.integers(1, 2), st.integers(1, 2), st.integers(1, 2), st.integers(1, 3))
def test_convolutions_of_one_and_three_axes_with_groups(
    drawn: tuple[int, dict[str, Any]], groups: int, inputs: int, outputs: int, gap: int
) -> None:
    dims, setting = drawn
    if max(setting["stride"]) == 1:
        setting["dilation"] = (gap,) * dims
    given = {"in_channels": groups * inputs, "out_channels": groups * outputs, "groups": groups}
    try:
        layer = Conv(**setting, **given, convention="keras")
    except SpecError:
        assume(False)
    keras_layer = getattr(keras.layers, f"Conv{dims}D")(
        groups * outputs, setting["kernel"], setting["stride"], setting["padding"],
        dilation_rate=setting.get("dilation", 1), groups=groups, **GIVEN,
    )  # fmt: skip
    agree(keras_layer, layer, np.moveaxis(weights(layer), (0, 1), (-1, -2)))


@seed(6)
@FEWER
@given(windows(("same", "valid")), st.integers(1, 2), st.integers(1, 2))
def test_transposed_convolutions_of_one_and_three_axes(
    drawn: tuple[int, dict[str, Any]], inputs: int, outputs: int
) -> None:
    dims, setting = drawn
    layer = ConvTranspose(**setting, in_channels=inputs, out_channels=outputs, convention="keras")
    keras_layer = getattr(keras.layers, f"Conv{dims}DTranspose")(
        outputs, setting["kernel"], setting["stride"], setting["padding"], **GIVEN
    )
    agree(keras_layer, layer, np.moveaxis(weights(layer), (0, 1), (-1, -2)))


@seed(7)
@settings(max_examples=example_count(40), database=None)
@given(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), WORDS, st.data())
def test_depthwise_convolutions(
    dims: int, channels: int, multiplier: int, kernel: int, stride: int, word: str, data: Any
) -> None:
    size = data.draw(per_axis(kernel, 6, dims))
    layer = Conv(size, kernel, stride, word, convention="keras", in_channels=channels, depth_multiplier=multiplier)
    keras_layer = getattr(keras.layers, f"DepthwiseConv{dims}D")(
        kernel, stride, word, depth_multiplier=multiplier, use_bias=False, depthwise_initializer=make_zeros
    )
    weight = weights(layer).reshape(channels, multiplier, *layer.kernel)
    agree(keras_layer, layer, np.moveaxis(weight, (0, 1), (-2, -1)))


@seed(8)
@FEWER
@given(windows(("same", "valid")), st.sampled_from(["Max", "Average"]), st.integers(1, 2))
def test_pools_of_one_and_three_axes(drawn: tuple[int, dict[str, Any]], kind: str, channels: int) -> None:
    dims, setting = drawn
    try:
        layer: Any = (MaxPool if kind == "Max" else AvgPool)(**setting, convention="keras", channels=channels)
    except SpecError:
        assume(False)
    pool = getattr(keras.layers, f"{kind}Pooling{dims}D")(setting["kernel"], setting["stride"], setting["padding"])
    agree(pool, layer)


@seed(9)
@settings(max_examples=example_count(20), database=None)
@given(st.sampled_from([1, 3]), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2))
def test_upsampling_of_one_and_three_axes(dims: int, size: int, scale: int, channels: int) -> None:
    agree(getattr(keras.layers, f"UpSampling{dims}D")(scale), Upsample([size] * dims, scale, channels))


@pytest.mark.parametrize("kind", [(MaxPool, "MaxPooling2D"), (AvgPool, "AveragePooling2D")])
def test_a_pool_larger_than_its_input_is_refused_and_the_error_says_what_keras_gives(kind: Any) -> None:
    pool, name = kind
    assert getattr(keras.layers, name)(3)(np.zeros((1, 2, 4, 1), np.float32)).size == 0
    with pytest.raises(SpecError, match="Keras gives an output without cells"):
        pool((2, 4), 3, padding="valid", convention="keras")
