# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX' padding names and pools against ONNX Runtime, by its outputs for impulses, for hundreds of settings each."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st
from kernelwalk.core import AvgPool, Conv, ConvTranspose, MaxPool, SpecError

from ..helpers import connectivity_by_tap, per_axis
from .onnx_runtime import run

MANY = settings(max_examples=250, database=None)

WORDS = {"same_upper": "SAME_UPPER", "same_lower": "SAME_LOWER"}


def computed(op: str, size: Any, kernel: Any, **attributes: Any) -> Any:
    """Return ONNX Runtime's outputs for impulses, shape (inputs, channels, *output), or None if it rejects the node.

    There is a channel for each tap, or a single one without weights.
    """
    cells, taps = int(np.prod(size)), int(np.prod(kernel))
    values = np.eye(cells, dtype=np.float32).reshape(cells, 1, *size)
    weight = np.eye(taps, dtype=np.float32)
    weight = weight.reshape((1, taps, *kernel) if op == "ConvTranspose" else (taps, 1, *kernel))
    try:
        return run(op, values, weight if op.startswith("Conv") else None, kernel_shape=kernel, **attributes)
    except Exception:  # a dozen kinds, none of which is exported
        return None


def needed_padding(size: Any, kernel: Any, stride: Any) -> int:
    """Return the padding that ceil(i/s) outputs need along an axis, negative if windows leave cells out.

    TensorFlow takes no padding then, and so does Kernelwalk. ONNX Runtime crops the input from -2 on (the operations
    differ by a cell), and rejects maxima from -1 on; ONNX does not specify this.
    """
    return min((-(-i // s) - 1) * s + k - i for i, k, s in zip(size, kernel, stride, strict=True))


@seed(1)
@MANY
@given(st.sampled_from(sorted(WORDS)), per_axis(1, 7), per_axis(1, 4), per_axis(1, 4))
def test_same_upper_and_lower_of_a_convolution(word: str, size: Any, kernel: Any, stride: Any) -> None:
    assume(needed_padding(size, kernel, stride) >= -1)
    actual = computed("Conv", size, kernel, strides=stride, auto_pad=WORDS[word])
    layer = Conv(size, kernel, stride, word)
    assert np.array_equal(connectivity_by_tap(layer), actual)
    if word == "same_upper":
        assert layer.padding == Conv(size, kernel, stride, "same", convention="onnx").padding


@seed(2)
@MANY
@given(st.sampled_from(sorted(WORDS)), per_axis(1, 5), per_axis(1, 4), per_axis(1, 4), per_axis(1, 2), per_axis(0, 2))
def test_same_upper_and_lower_of_a_transposed_convolution(
    word: str, size: Any, kernel: Any, stride: Any, dilation: Any, extra: Any
) -> None:
    extra = tuple(min(e, s - 1) for e, s in zip(extra, stride, strict=True))
    layer = ConvTranspose(size, kernel, stride, word, dilation, extra, convention="onnx")
    assert layer.output == tuple(i * s for i, s in zip(size, stride, strict=True)), "as ONNX' auto_pad has it"
    attributes = {"strides": stride, "dilations": dilation, "output_padding": extra, "auto_pad": WORDS[word]}
    if any(sum(sides) < 0 for sides in layer.padding):
        # where the kernel is smaller than the stride, ONNX Runtime crops nothing and adds nothing, against ONNX'
        # specification; if the output's shape is given, it adds the missing cells at the end
        attributes["output_shape"] = layer.output
    actual = computed("ConvTranspose", size, kernel, **attributes)
    assert np.array_equal(connectivity_by_tap(layer), actual)


@seed(3)
@MANY
@given(
    st.sampled_from([None, *sorted(WORDS)]),
    per_axis(1, 4),
    per_axis(1, 4),
    per_axis(1, 3),
    per_axis(1, 2),
    per_axis(0, 2),
    st.tuples(st.integers(-5, 3), st.integers(-5, 3)),
)
def test_the_output_shape_of_a_transposed_convolution(
    word: str | None, size: Any, kernel: Any, stride: Any, dilation: Any, extra: Any, more: Any
) -> None:
    extra = tuple(min(e, s - 1) for e, s in zip(extra, stride, strict=True))
    whole = ConvTranspose(size, kernel, stride, 0, dilation, extra).output
    shape = tuple(o + m for o, m in zip(whole, more, strict=True))
    assume(min(shape) > 0)
    params = {"stride": stride, "dilation": dilation, "output_padding": extra, "output_shape": shape}
    attributes = {"strides": stride, "dilations": dilation, "output_padding": extra, "output_shape": shape}
    if word:
        params["padding"], attributes["auto_pad"] = word, WORDS[word]
    actual = computed("ConvTranspose", size, kernel, **attributes)
    try:
        layer = ConvTranspose(size, kernel, **params)
    except SpecError:
        assert actual is None
        return
    if actual is None:  # it requires growth below the stride; PyTorch also accepts growth below the dilation
        grows = [e - after for e, (_, after) in zip(extra, layer.padding, strict=True)]
        assert any(s <= more < d for more, s, d in zip(grows, stride, dilation, strict=True))
        return
    assert layer.output == shape
    assert np.array_equal(connectivity_by_tap(layer), actual)


@seed(4)
@settings(max_examples=600, database=None)
@given(
    st.sampled_from(["MaxPool", "AveragePool"]),
    per_axis(1, 7),
    per_axis(1, 4),
    per_axis(1, 4),
    st.one_of(st.sampled_from(sorted(WORDS)), st.tuples(per_axis(0, 3), per_axis(0, 3))),
    st.booleans(),
    st.booleans(),
)
def test_pools_with_pads_by_side_and_rounded_up(
    op: str, size: Any, kernel: Any, stride: Any, padding: Any, up: bool, counts: bool
) -> None:
    attributes: dict[str, Any] = {"strides": stride, "ceil_mode": int(up)}
    if isinstance(padding, str):
        assume(needed_padding(size, kernel, stride) >= (0 if op == "MaxPool" else -1))
        attributes["auto_pad"] = WORDS[padding]
    else:
        attributes["pads"] = [*(before for before, _ in padding), *(after for _, after in padding)]
    if op == "AveragePool":
        attributes["count_include_pad"] = int(counts)
    actual = computed(op, size, kernel, **attributes)
    params: dict[str, Any] = {"stride": stride, "padding": padding, "ceil_mode": up, "convention": "onnx"}
    if op == "AveragePool":
        params["count_include_pad"] = counts
    try:
        layer: Any = (MaxPool if op == "MaxPool" else AvgPool)(size, kernel, **params)
    except SpecError as error:
        # ONNX Runtime, which divides towards 0, has a window larger than the padded input; PyTorch has none
        larger = {problem.where.partition("[")[0] for problem in error.problems} == {"layer.kernel"}
        assert actual is None or 0 in actual.shape or (larger and not up)
        return
    assert actual is not None
    reads = connectivity_by_tap(layer).sum(axis=1)
    if op == "AveragePool":
        reads /= functools.reduce(np.multiply.outer, layer.divisors)
        assert np.allclose(reads, actual[:, 0], atol=1e-6)
    else:
        assert np.array_equal(reads, actual[:, 0] == 1)


def test_counting_padding_follows_the_convention() -> None:
    assert AvgPool(5, 3, padding=1).count_include_pad
    assert not AvgPool(5, 3, padding=1, convention="onnx").count_include_pad
    assert not AvgPool(5, 3, padding="same", convention="keras").count_include_pad
