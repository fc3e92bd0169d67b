# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers as code: emitted lines compute the same, when parsed and in the frameworks; otherwise a reason is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from kernelwalk.core import (
    AvgPool,
    Conv,
    ConvTranspose,
    Fold,
    Layer,
    MaxPool,
    PixelShuffle,
    PixelUnshuffle,
    Unfold,
    Upsample,
    spec_from_table,
)
from kernelwalk.core.comparison.layer_comparison import compare_layers
from kernelwalk.core.frameworks.code_emitter import emit_code

from ..helpers import LAYERS_OF_ANY_DIMENSION, LAYERS_OF_THE_FAMILY, impulses, responses, weights

MANY = settings(
    max_examples=120, database=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


@pytest.mark.parametrize(
    ("layer", "torch", "keras", "onnx"),
    [
        (Conv(5, 3, 2, 1), 'nn.Conv2d(1, 1, 3, stride=2, padding=1)', 'layers.Conv2D(1, 3, strides=2, padding="same")',
         'pads=[1, 1, 1, 1]'),
        (Conv(5, 3, padding=[[1, 0], [0, 2]], padding_mode="reflect"), "put nn.ReflectionPad2d((0, 2, 1, 0))",
         "zeros only", 'Pad node with mode="reflect"'),
        (Conv(7, 3, 2, dilation=2), "dilation=2", "no strides together with dilation", "dilations=[2, 2]"),
        (ConvTranspose(3, 3, 2, 1, output_padding=1), "output_padding=1)", "crop differently", "output_padding=[1, 1]"),
        (ConvTranspose(3, 3, 2, "same", convention="keras"), "crops both sides equally", 'padding="same")',
         "pads=[0, 0, 1, 1]"),
        (ConvTranspose(3, 1, 3, "same_upper"), "output_padding=2)", 'strides=3, padding="same")',
         "output_shape=[9, 9]"),
        (MaxPool(5, 2, ceil_mode=True), "nn.MaxPool2d(2, ceil_mode=True)", 'MaxPooling2D(2, padding="same")',
         "ceil_mode=1"),
        (AvgPool(5, 3, 2, 1, ceil_mode=True), "padding=1, ceil_mode=True)", "does not count", "ceil_mode=1"),
        (Conv(5, 3, padding="same"), 'nn.Conv2d(1, 1, 3, padding="same")', 'padding="same")', "pads=[1, 1, 1, 1])"),
        (AvgPool(6, 3, 2, 1), "nn.AvgPool2d(3, stride=2, padding=1)", "does not count", "count_include_pad=1"),
        (AvgPool(6, 3, 2, "same", convention="keras"), "ceil_mode=True, count_include_pad=False", 'padding="same")',
         "pads=[0, 0, 1, 1])"),
        (Upsample(3, (2, 3)), "nn.Upsample(scale_factor=(2, 3))", "layers.UpSampling2D(size=(2, 3))",
         "scales = [1, 1, 2, 3]"),
        (Conv([9], 3, padding="causal", dilation=2), "put nn.ZeroPad1d((4, 0)) before nn.Conv1d",
         'layers.Conv1D(1, 3, padding="causal", dilation_rate=2)', "pads=[4, 0]"),
        (Conv([5, 5, 5], 3, in_channels=8, out_channels=4, groups=2), "nn.Conv3d(8, 4, 3, groups=2)",
         "layers.Conv3D(4, 3, groups=2)", "group=2"),
        (Conv(5, 3, in_channels=4, depth_multiplier=2), "nn.Conv2d(4, 8, 3, groups=4)",
         "layers.DepthwiseConv2D(3, depth_multiplier=2)", "group=4"),
        (ConvTranspose([5], 3, 2, in_channels=4, out_channels=2, groups=2),
         "nn.ConvTranspose1d(4, 2, 3, stride=2, groups=2)", "has no groups", "group=2"),
        (MaxPool([6, 6, 6], 2, channels=3), "nn.MaxPool3d(2)", "layers.MaxPooling3D(2)", "kernel_shape=[2, 2, 2]"),
        (PixelShuffle(3, 2, channels=8), "nn.PixelShuffle(2)",
         "orders channels differently: tf.nn.depth_to_space is DCR", 'mode="CRD"'),
        (PixelShuffle(3, 2, "DCR", 8), "orders channels differently: nn.PixelShuffle is CRD",
         "tf.nn.depth_to_space(x, 2)", 'mode="DCR"'),
        (PixelUnshuffle(4, 2), "nn.PixelUnshuffle(2)", "tf.nn.space_to_depth(x, 2)", '"SpaceToDepth"'),
        (PixelUnshuffle([4, 4, 4], 2), "two axes only: nn.PixelUnshuffle", "two axes only: tf.nn.space",
         "two axes only: SpaceToDepth"),
        (Unfold(5, 3, padding=1), "nn.Unfold(3, padding=1)", "the tap before the channel", "no node unfolds"),
    ],
)  # fmt: skip
def test_a_layer_is_emitted_as_the_frameworks_write_it(layer: Layer, torch: str, keras: str, onnx: str) -> None:
    for line, expected in zip(emit_code(layer), (torch, keras, onnx), strict=True):
        assert expected in line.text


def test_a_fold_whose_line_would_read_an_input_of_another_size_has_a_reason() -> None:
    layer = Fold([6, 6], 2, dilation=2, padding=[[0, 1], [0, 0]])
    assert emit_code(layer, ("pytorch",))[0].text == "crops both sides equally"


def test_layers_that_compute_the_same_keep_their_own_words() -> None:
    layers = Conv(5, 3, padding=1), Conv(5, 3, padding="same")
    assert layers[0] == layers[1]
    lines = [emit_code(layer)[0].text for layer in layers]
    assert lines == ["nn.Conv2d(1, 1, 3, padding=1)", 'nn.Conv2d(1, 1, 3, padding="same")']


@seed(1)
@MANY
@given(st.one_of(LAYERS_OF_THE_FAMILY, LAYERS_OF_ANY_DIMENSION))
def test_an_emitted_line_is_parsed_as_a_layer_that_computes_the_same(layer: Layer) -> None:
    for line in emit_code(layer):
        if not line.is_supported:
            assert line.text[0].islower() and " " in line.text, "a reason, not a line"
        elif not isinstance(layer, Upsample) or line.framework != "ONNX":
            beside = layer.channel_counts()
            if "Depthwise" in line.text:
                beside = {"in_channels": beside["in_channels"]}
            table = {"code": line.text, "input": layer.input, **beside}
            assert compare_layers(spec_from_table({"layer": table}).layer, layer).computes_same


@seed(2)
@MANY
@given(st.one_of(LAYERS_OF_THE_FAMILY, LAYERS_OF_ANY_DIMENSION))
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_pytorch_accepts_the_line_and_computes_the_same(layer: Layer) -> None:
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch: install the extra kernelwalk[torch]")
    line = emit_code(layer)[0]
    if not line.is_supported:
        return
    module: Any = eval(line.text, {"nn": torch.nn}).double()  # our own code
    for name, values in module.named_parameters():
        values.data = torch.tensor(weights(layer)) if name == "weight" else torch.zeros(values.numel()).double()
    actual = module(torch.tensor(impulses(layer))).detach().numpy()
    expected = responses(layer, weights(layer) if isinstance(layer, (Conv, ConvTranspose)) else None)
    if not isinstance(layer, Unfold):
        assert actual.shape == expected.shape
    actual = np.maximum(actual, 0) if layer.takes_maximum else actual.reshape(expected.shape)
    assert np.allclose(actual, expected)


@seed(3)
@MANY
@given(st.one_of(LAYERS_OF_THE_FAMILY, LAYERS_OF_ANY_DIMENSION))
def test_onnx_runtime_accepts_the_line_and_computes_the_same(layer: Layer) -> None:
    onnx = pytest.importorskip("onnx", reason="the oracle is ONNX Runtime: install the extra kernelwalk[test]")
    runtime = pytest.importorskip(
        "onnxruntime", reason="the oracle is ONNX Runtime: install the extra kernelwalk[test]"
    )
    line = emit_code(layer)[2]
    if not line.is_supported or any("onnxruntime" in str(remark) for remark in line.remarks):
        return
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    node = eval(line.text, {"helper": helper})  # our own code
    values = impulses(layer).astype(np.float32)
    constants = {"scales": np.array([1, 1, *getattr(layer, "scale", (1,))], np.float32)}
    if isinstance(layer, (Conv, ConvTranspose)):
        constants["w"] = weights(layer).astype(np.float32)
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info("x", floats, values.shape)],
        [helper.make_tensor_value_info("y", floats, None)],
        [onnx.numpy_helper.from_array(constants[name], name) for name in node.input if name in constants],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    quiet = runtime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 4, 1
    session = runtime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])
    actual = session.run(None, {"x": values})[0]
    expected = responses(layer, constants.get("w"))
    assert actual.shape == expected.shape
    assert np.allclose(np.maximum(actual, 0) if layer.takes_maximum else actual, expected, atol=1e-5)
