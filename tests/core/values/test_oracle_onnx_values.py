# SPDX-License-Identifier: GPL-3.0-or-later
"""The forward pass against ONNX Runtime: convolutions and pools of one to three axes, with channels and groups."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st
from kernelwalk.core import Layer
from kernelwalk.core.values.forward import compute_layer

from ..helpers import build_layer, example_count, settings_of_any_dimension
from ..layers.onnx_runtime import run

OPERATORS = {
    "conv": "Conv",
    "conv_transpose": "ConvTranspose",
    "max_pool": "MaxPool",
    "avg_pool": "AveragePool",
}
"""ONNX' operator of each operation."""

LARGEST_ERROR = 1e-6
"""Largest difference, as a share of the largest sum of a tensor with its terms taken as positive."""


def list_attributes(layer: Layer) -> dict[str, Any]:
    """Return the attributes of a layer's node; skip what ONNX does not have."""
    before, after = zip(*layer.padding, strict=True)
    assume(min(before + after) >= 0)
    attributes: dict[str, Any] = {"kernel_shape": layer.kernel, "strides": layer.stride, "pads": before + after}
    if layer.has_weights:
        attributes |= {"dilations": layer.dilation, "group": layer.channels.groups}
    if layer.op == "conv":
        assume(layer.padding_mode == "zeros")
    if layer.output_borders is not None:
        attributes["output_padding"] = [border.output_padding for border in layer.output_borders]
        assume(all(extra < s for extra, s in zip(attributes["output_padding"], layer.stride, strict=True)))
    if layer.op.endswith("pool"):
        assume(all(max(sides) < k for sides, k in zip(layer.padding, layer.kernel, strict=True)))
        attributes["ceil_mode"] = int(layer.ceil_mode)
        assume(not layer.ceil_mode)  # runtimes round up in different ways: tests/core/frameworks/test_oracle_onnx.py
    if layer.op == "max_pool":
        attributes["dilations"] = layer.dilation
    if layer.op == "avg_pool":
        attributes["count_include_pad"] = int(layer.count_include_pad)
    return attributes


@seed(3)
@settings(max_examples=example_count(300), database=None, deadline=None)
@given(settings_of_any_dimension(sorted(OPERATORS)).map(build_layer), st.integers(0, 2**31))
def test_values_are_those_of_onnx_runtime(layer: Layer, random: int) -> None:
    generator, channels = np.random.default_rng(random), layer.channels
    attributes = list_attributes(layer)
    values = generator.normal(size=(channels.inputs, *layer.input)).astype(np.float32)
    kernel = weight = None
    if layer.has_weights:
        kernel = generator.normal(size=(channels.outputs, channels.inputs // channels.groups, *layer.kernel))
        kernel = weight = kernel.astype(np.float32)
        if layer.op == "conv_transpose":  # ONNX has [in][out] of each group
            weight = np.concatenate([part.swapaxes(0, 1) for part in np.split(kernel, channels.groups)])
    expected = run(OPERATORS[layer.op], values[None], weight, **attributes)[0]
    actual = compute_layer(layer, values, kernel)
    assume(np.isfinite(actual).all())  # of a window that reads no input the runtime returns float32's lowest number
    size = compute_layer(layer, np.abs(values), None if kernel is None else np.abs(kernel)).max()
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= LARGEST_ERROR * size
