# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of one to three axes with channels against ONNX Runtime: padding of each side, auto_pad, rearranging."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st
from kernelwalk.core import AvgPool, Conv, ConvTranspose, MaxPool, PixelShuffle, PixelUnshuffle, SpecError

from ..helpers import example_count, impulses, per_axis, responses, weights
from .onnx_runtime import run

WORDS = {"same_upper": "SAME_UPPER", "same_lower": "SAME_LOWER"}


def tries(count: int) -> settings:
    return settings(max_examples=example_count(count), database=None)


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a window of one to three axes, with padding of each side or by name."""
    dims = draw(st.integers(1, 3))
    padding = draw(st.one_of(st.sampled_from(sorted(WORDS)), st.tuples(*[per_axis(0, 2)] * dims)))
    return {
        "input": draw(per_axis(1, {1: 9, 2: 6, 3: 4}[dims], dims)),
        "kernel": draw(per_axis(1, {1: 4, 2: 3, 3: 2}[dims], dims)),
        "stride": draw(per_axis(1, 3, dims)),
        "padding": padding,
    }


CHANNELS = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 2))
"""Numbers of groups, and of input and output channels of each."""


def attributes(setting: dict[str, Any]) -> dict[str, Any]:
    """Return a window as attributes of ONNX."""
    actual = {"kernel_shape": setting["kernel"], "strides": setting["stride"]}
    if "dilation" in setting:
        actual["dilations"] = setting["dilation"]
    if isinstance(setting["padding"], str):
        return {**actual, "auto_pad": WORDS[setting["padding"]]}
    befores, afters = zip(*setting["padding"], strict=True)
    return {**actual, "pads": [*befores, *afters]}


def crops(setting: dict[str, Any], limit: int) -> bool:
    """Return True if ceil(i/s) outputs need less padding than `limit`: ONNX Runtime then crops or refuses the input."""
    triples = zip(setting["input"], setting["kernel"], setting["stride"], strict=True)
    return isinstance(setting["padding"], str) and min((-(-i // s) - 1) * s + k - i for i, k, s in triples) < limit


@seed(1)
@tries(300)
@given(windows(), CHANNELS, st.data())
def test_convolutions(setting: dict[str, Any], channels: Any, data: Any) -> None:
    groups, inputs, outputs = channels
    assume(not crops(setting, -1))
    if not isinstance(setting["padding"], str):
        setting["dilation"] = data.draw(per_axis(1, 2, len(setting["input"])))
    try:
        layer = Conv(**setting, in_channels=groups * inputs, out_channels=groups * outputs, groups=groups)
    except SpecError:
        return
    weight = weights(layer).astype(np.float32)
    actual = run("Conv", impulses(layer).astype(np.float32), weight, group=groups, **attributes(setting))
    assert np.array_equal(actual, responses(layer, weight))


@seed(2)
@tries(300)
@given(windows(), CHANNELS, st.data())
def test_transposed_convolutions(setting: dict[str, Any], channels: Any, data: Any) -> None:
    groups, inputs, outputs = channels
    dims = len(setting["input"])
    setting["dilation"] = data.draw(per_axis(1, 2, dims))
    setting["output_padding"] = tuple(min(data.draw(st.integers(0, 2)), s - 1) for s in setting["stride"])
    try:
        layer = ConvTranspose(
            **setting,
            convention="onnxruntime",
            in_channels=groups * inputs,
            out_channels=groups * outputs,
            groups=groups,
        )
    except SpecError:
        return
    given = {**attributes(setting), "output_padding": setting["output_padding"], "group": groups}
    weight = weights(layer).astype(np.float32)
    actual = run("ConvTranspose", impulses(layer).astype(np.float32), weight, **given)
    assert np.array_equal(actual, responses(layer, weight))


@seed(3)
@tries(300)
@given(windows(), st.sampled_from(["MaxPool", "AveragePool"]), st.integers(1, 2), st.booleans(), st.booleans())
def test_pools(setting: dict[str, Any], op: str, channels: int, up: bool, counts: bool) -> None:
    assume(not crops(setting, 0 if op == "MaxPool" else -1))
    params = {**setting, "ceil_mode": up, "convention": "onnx", "channels": channels}
    given = {**attributes(setting), "ceil_mode": int(up)}
    if op == "AveragePool":
        params["count_include_pad"], given["count_include_pad"] = counts, int(counts)
    try:
        layer: Any = (MaxPool if op == "MaxPool" else AvgPool)(**params)
    except SpecError:
        return
    actual = run(op, impulses(layer).astype(np.float32), None, **given)
    assert actual.shape == (len(actual), channels, *layer.output)
    assert np.allclose(np.maximum(actual, 0), responses(layer), atol=1e-6)


@seed(4)
@tries(100)
@given(per_axis(1, 4), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["CRD", "DCR"]))
def test_depth_to_space_and_back(size: Any, factor: int, channels: int, mode: str) -> None:
    layer = PixelShuffle(size, factor, mode, channels * factor**2)
    actual = run("DepthToSpace", impulses(layer).astype(np.float32), None, blocksize=factor, mode=mode)
    assert np.array_equal(actual, responses(layer))
    back = PixelUnshuffle(layer.output, factor, "DCR", channels)
    actual = run("SpaceToDepth", impulses(back).astype(np.float32), None, blocksize=factor)
    assert np.array_equal(actual, responses(back))
