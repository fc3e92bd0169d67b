# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of PyTorch, Keras and ONNX: their keys, the places of their errors, and that they are never executed."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import SpecError, parse_spec, spec_from_table
from kernelwalk.core.frameworks.known_frameworks import FRAMEWORKS
from kernelwalk.core.frameworks.parsing.code_parser import parse_layer
from kernelwalk.core.frameworks.parsing.code_text import MAX_CHARACTERS
from kernelwalk.core.layers.registry import LAYERS

LINES: dict[str, dict[str, Any]] = {
    "nn.Conv2d(8, 4, 3)": {"op": "conv", "in_channels": 8, "out_channels": 4, "kernel": [3, 3]},
    "torch.nn.Conv2d(1, 1, (3, 5), 2, 1, 2, bias=False),": {
        "op": "conv", "in_channels": 1, "out_channels": 1, "kernel": [3, 5], "stride": 2, "padding": 1, "dilation": 2,
    },
    "self.conv = nn.Conv2d(4, 2 * 4, kernel_size=3, padding='same', padding_mode='reflect', groups=4)": {
        "op": "conv", "kernel": [3, 3], "padding": "same", "padding_mode": "reflect",
        "in_channels": 4, "out_channels": 8, "groups": 4,
    },
    "nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1)": {
        "op": "conv_transpose", "in_channels": 8, "out_channels": 4,
        "kernel": [3, 3], "stride": 2, "padding": 1, "output_padding": 1,
    },
    "nn.ConvTranspose2d(8, 4, 3, 2, 1, 1, 1, True, 2)": {
        "op": "conv_transpose", "in_channels": 8, "out_channels": 4, "groups": 1,
        "kernel": [3, 3], "stride": 2, "padding": 1, "output_padding": 1, "dilation": 2,
    },
    "w = torch.randn(8, 2, 3, 5); F.conv2d(x, w, None, 2, 1, groups=2)": {
        "op": "conv", "in_channels": 4, "out_channels": 8, "groups": 2, "kernel": [3, 5], "stride": 2, "padding": 1,
    },
    "torchvision.ops.Conv2dNormActivation(3, 8, (3, 5), dilation=2, activation_layer=nn.SiLU)": {
        "op": "conv", "in_channels": 3, "out_channels": 8, "kernel": [3, 5], "padding": [2, 4], "dilation": 2,
    },
    "tf.nn.conv2d(x, tf.zeros([3, 3, 1, 8]), [1, 2, 2, 1], [[0, 0], [1, 2], [0, 1], [0, 0]])": {
        "op": "conv", "in_channels": 1, "out_channels": 8, "kernel": [3, 3], "stride": [2, 2],
        "padding": [[1, 2], [0, 1]],
    },
    'helper.make_node(op_type="Conv", inputs=["x", "w"], outputs=["y"], kernel_shape=[3])': {
        "op": "conv", "kernel": [3],
    },
    "nn.MaxPool2d(2)": {"op": "max_pool", "kernel": [2, 2]},
    "nn.MaxPool2d(3, 2, 1, 1, False, True)": {
        "op": "max_pool", "kernel": [3, 3], "stride": 2, "padding": 1, "dilation": 1, "ceil_mode": True,
    },
    "nn.AvgPool2d(3, stride=None, padding=1, count_include_pad=False)": {
        "op": "avg_pool", "kernel": [3, 3], "padding": 1, "count_include_pad": False,
    },
    "nn.Upsample(scale_factor=2.0, mode='nearest')": {"op": "upsample", "scale": 2},
    "nn.Upsample(None, (2, 3))": {"op": "upsample", "scale": [2, 3]},
    "nn.Upsample(scale_factor=2, mode='trilinear')": {
        "op": "upsample", "scale": [2, 2, 2], "interpolation": "linear"
    },
    "F.interpolate(x, (7, 9), mode='bicubic', align_corners=True)": {
        "op": "upsample", "output_shape": [7, 9], "interpolation": "cubic", "align_corners": True
    },
    "nn.UpsamplingBilinear2d(scale_factor=2)": {
        "op": "upsample", "scale": [2, 2], "interpolation": "linear", "align_corners": True
    },
    "layers.UpSampling2D(interpolation='bicubic')": {
        "op": "upsample", "scale": [2, 2], "interpolation": "cubic"
    },
    "nn.UpsamplingNearest2d(scale_factor=3)": {"op": "upsample", "scale": [3, 3]},
    "layers.Conv2D(32, 3, activation=tf.nn.relu, padding='SAME')(x)": {
        "op": "conv", "out_channels": 32, "kernel": [3, 3], "padding": "same",
    },
    "x = tf.keras.layers.Conv2D(32, (3, 3), 2, dilation_rate=1)(x)": {
        "op": "conv", "out_channels": 32, "kernel": [3, 3], "stride": 2, "padding": "valid", "dilation": 1,
    },
    "keras.layers.Conv2DTranspose(8, 3, strides=2, padding='same')": {
        "op": "conv_transpose", "out_channels": 8, "kernel": [3, 3], "stride": 2, "padding": "same",
    },
    "layers.MaxPooling2D()": {"op": "max_pool", "kernel": [2, 2], "padding": "valid"},
    "MaxPool2D(pool_size=(3, 3), strides=2)": {
        "op": "max_pool", "kernel": [3, 3], "stride": 2, "padding": "valid",
    },
    "layers.AveragePooling2D(3, padding='same')": {"op": "avg_pool", "kernel": [3, 3], "padding": "same"},
    "layers.UpSampling2D((2, 3))": {"op": "upsample", "scale": [2, 3]},
    "Conv(kernel_shape=[3,3], strides=[2,2], pads=[1,2,3,4])": {
        "op": "conv", "kernel": [3, 3], "stride": [2, 2], "padding": [[1, 3], [2, 4]],
    },
    "Conv(kernel_shape=[3, 3], auto_pad='SAME_UPPER', dilations=[2, 2], group=1)": {
        "op": "conv", "groups": 1, "kernel": [3, 3], "padding": "same_upper", "dilation": [2, 2],
    },
    'onnx.helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3])': {"op": "conv", "kernel": [3, 3]},
    'helper.make_node("ConvTranspose", inputs=i, outputs=o, kernel_shape=[3, 3], output_shape=[6, 6])': {
        "op": "conv_transpose", "kernel": [3, 3], "output_shape": [6, 6],
    },
    "ConvTranspose(kernel_shape=[3, 3], auto_pad='SAME_LOWER', output_padding=[1, 0], strides=[2, 1])": {
        "op": "conv_transpose", "kernel": [3, 3], "padding": "same_lower", "output_padding": [1, 0], "stride": [2, 1],
    },
    "MaxPool(kernel_shape=[2, 2], ceil_mode=1)": {
        "op": "max_pool", "kernel": [2, 2], "stride": 1, "ceil_mode": True,
    },
    "AveragePool(kernel_shape=[2, 2], strides=[2, 2], count_include_pad=1, auto_pad='VALID')": {
        "op": "avg_pool", "kernel": [2, 2], "stride": [2, 2], "count_include_pad": True, "padding": "valid",
    },
    "nn.Conv2d(\n    8,  # channels\n    4,\n    kernel_size=3,\n)": {
        "op": "conv", "in_channels": 8, "out_channels": 4, "kernel": [3, 3],
    },
    "nn.PixelShuffle(2)": {"op": "pixel_shuffle", "factor": [2, 2]},
    "nn.PixelUnshuffle(downscale_factor=3)": {"op": "pixel_unshuffle", "factor": [3, 3]},
    "nn.Unfold(3, 1, 0, 2)": {"op": "unfold", "kernel": [3, 3], "dilation": 1, "padding": 0, "stride": 2},
    "DepthToSpace(blocksize=2, mode='CRD')": {"op": "pixel_shuffle", "factor": [2, 2], "channel_order": "CRD"},
    "helper.make_node('DepthToSpace', ['x'], ['y'], blocksize=2)": {
        "op": "pixel_shuffle", "factor": [2, 2], "channel_order": "DCR",
    },
    "SpaceToDepth(blocksize=2)": {"op": "pixel_unshuffle", "factor": [2, 2], "channel_order": "DCR"},
    "tf.nn.depth_to_space(x, 2)": {"op": "pixel_shuffle", "factor": [2, 2], "channel_order": "DCR"},
    "y = tf.nn.space_to_depth(layer.output, block_size=3)": {
        "op": "pixel_unshuffle", "factor": [3, 3], "channel_order": "DCR",
    },
    "layers.Conv1D(8, 3, dilation_rate=2, padding='causal')": {
        "op": "conv", "kernel": [3], "dilation": 2, "padding": "causal", "out_channels": 8,
    },
    "nn.Conv1d(4, 8, 3, groups=2)": {
        "op": "conv", "kernel": [3], "in_channels": 4, "out_channels": 8, "groups": 2,
    },
    "nn.ConvTranspose3d(4, 2, (3, 3, 1), 2)": {
        "op": "conv_transpose", "kernel": [3, 3, 1], "stride": 2, "in_channels": 4, "out_channels": 2,
    },
    "nn.MaxPool1d(3, padding=(1,))": {"op": "max_pool", "kernel": [3], "padding": [1]},
    "nn.AvgPool3d(2)": {"op": "avg_pool", "kernel": [2, 2, 2]},
    "layers.Conv3D(4, 3, groups=2)": {
        "op": "conv", "kernel": [3, 3, 3], "out_channels": 4, "groups": 2, "padding": "valid",
    },
    "layers.Conv1DTranspose(4, 3)": {
        "op": "conv_transpose", "kernel": [3], "out_channels": 4, "padding": "valid",
    },
    "layers.DepthwiseConv2D(3, 2, 'same', depth_multiplier=2)": {
        "op": "conv", "kernel": [3, 3], "stride": 2, "padding": "same", "depth_multiplier": 2,
    },
    "layers.DepthwiseConv1D(3)": {"op": "conv", "kernel": [3], "padding": "valid", "depth_multiplier": 1},
    "layers.MaxPool3D()": {"op": "max_pool", "kernel": [2, 2, 2], "padding": "valid"},
    "layers.AvgPool1D(3)": {"op": "avg_pool", "kernel": [3], "padding": "valid"},
    "layers.UpSampling1D()": {"op": "upsample", "scale": [2]},
    "layers.UpSampling3D(2)": {"op": "upsample", "scale": [2, 2, 2]},
    "Conv(kernel_shape=[3], pads=[1, 0], group=4)": {
        "op": "conv", "kernel": [3], "padding": [[1, 0]], "groups": 4,
    },
    "MaxPool(kernel_shape=[2, 2, 2], pads=[1, 0, 0, 0, 1, 0])": {
        "op": "max_pool", "kernel": [2, 2, 2], "padding": [[1, 0], [0, 1], [0, 0]], "stride": 1,
    },
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_line_becomes_the_keys_of_a_spec(line: str) -> None:
    actual = parse_layer(line)
    convention = actual.pop("convention", "pytorch")
    assert actual == LINES[line]
    assert convention in ("pytorch", "keras", "onnx")
    beside = {"convention": convention} if "convention" in LAYERS[actual["op"]].PARAMETERS else {}
    spec = spec_from_table({"layer": {"code": line, "input": 12}})
    assert spec.layer == spec_from_table({"layer": {**beside, "input": 12, **actual}}).layer


ERRORS = {
    "F.conv2d(x, torch.zeros(8, 3, 3))": ("column 13", "^torch.zeros", "Write a shape such as (8, 3, 3, 3)"),
    "F.conv2d(x, w)": ("column 13", "^w)", "Write w = zeros((...)) on a line before"),
    "tf.nn.max_pool2d(x, 2, [1, 2, 2, 2], 'SAME')": ("column 24", "^[1, 2, 2, 2]", "Write 1 for batch and channels"),
    "nn.Conv2d(1, 1, kernal_size=3)": ("column 17", "nn.Conv2d(1, 1, ^kernal_size=3)", "kernel_size"),
    "nn.Conv2d(1, 1, k)": ("column 17", "^k)", "number"),
    "nn.Conv2d(1, 1, 3, padding='half')": ("column 28", "padding=^'half')", "valid"),
    "nn.ConvTranspose2d(1, 1, 3, padding='same')": ("column 37", "^'same'", "number"),
    "nn.ConvTranspose2d(1, 1, 3, padding_mode='reflect')": ("column 42", "^'reflect'", "no other"),
    "nn.Conv2d(1, 1": ("column 10: this bracket is not closed", "^(1, 1", "layer"),
    "nn.Conv2d 1, 1": ("column 11: this is not a line of Python", "^1, 1", "layer"),
    "nn.Conv2d(1, 1)": ("column 1", "^nn.Conv2d(1, 1)", "kernel_size="),
    "nn.Conv2d(1, 1, 3, kernel_size=3)": ("column 20", "^kernel_size=3", "Leave one out"),
    "nn.Conv2d(*sizes)": ("column 11", "^*sizes", "name it"),
    "nn.Conv2d(1, 1, 3, **more)": ("column 20", "^**more", "Known are"),
    "nn.Linear(3, 4)": ("column 1", "^nn.Linear", "Conv2d"),
    "layers.Conv2d(3, 4)": ("column 1", "^layers.Conv2d", "Write layers.Conv2D or nn.Conv2d"),
    "nn.maxpool2d(2)": ("column 1", "maxpool2d does not belong", "Write nn.MaxPool2d"),
    "keras.ops.conv(x, k)": ("column 1", "^keras.ops.conv", "Known are AdaptiveAveragePooling2D"),
    "tf.compat.v1.nn.conv2d(x, w)": ("column 1", "^tf.compat", "Write tf.nn.conv2d"),
    "nn.MaxUnpool2d(2)": ("column 1", "^nn.MaxUnpool2d", "nn.MaxPool2d with [values]"),
    "layers.UpSampling2D(1.5)": ("column 21", "(^1.5", "whole"),
    "nn.Upsample(scale_factor=1.5, recompute_scale_factor=True)": ("column 1", "^nn.Upsample", "size="),
    "nn.Upsample(scale_factor=2, mode='area')": ("column 34", "^'area'", "bicubic"),
    "nn.AvgPool2d(3, divisor_override=2)": ("column 34", "^2)", "Leave it out"),
    "layers.Conv2D(1, 3, padding='causal')": ("column 29", "^'causal'", '"valid" or "same"'),
    "Conv(kernel_shape=[3, 3], pads=[1, 1])": ("column 32", "^[1, 1]", "one per axis"),
    "Conv(kernel_shape=[3, 3], pads=[1, 1, 1])": ("column 32", "^[1, 1, 1]", "two numbers per axis"),
    "nn.Conv1d(1, 1, 3, padding=(1, 1))": ("column 28", "^(1, 1)", "one per axis"),
    "nn.MaxPool3d((2, 2))": ("column 14", "^(2, 2)", "one per axis"),
    "Conv(kernel_shape=[3, 3], auto_pad=[1])": ("column 36", "^[1]", "SAME_UPPER"),
    "MaxPool(kernel_shape=[2, 2], ceil_mode=2)": ("column 40", "^2)", "0 or 1"),
    "helper.make_node('Gemm', ['x'], ['y'])": ("column 18", "^'Gemm'", "MaxPool"),
    "helper.make_node()": ("column 1", "^helper", "Conv"),
    "nn.Fold(9, None)": ("column 12: kernel_size is missing", "^None", "Write Fold(..., kernel_size=...)"),
    "nn.Conv2d(1, 1, 'a')": ('column 17: "a" is not a valid kernel_size', "^'a'", "one per axis"),
    "nn.Conv2d(1, 1, zeros((3, 3)))": ("column 17: kernel_size cannot be an array", "^zeros", "one per axis"),
    "nn.Upsample(mode=(3, 3))": ("column 18: [3, 3] is not a valid mode", "^(3, 3)", "bilinear"),
    "hk.Conv2D(1, 3, padding=('a', 'b'))": ("column 25", "^('a', 'b')", "a function of hk.pad"),
    "tinygrad.nn.Conv1d(1, 1, (3,))": ("column 26: the kernel of one axis is one number", "^(3,)", "without brackets"),
    "opset15.convolution(x, zeros((3,)), 1, 0, 0, 1)": ("column 24", "^zeros", "a shape such as (8, 3, 3, 3)"),
    "import os": ("column 1", "^import os", "layer"),
    "nn.MaxPool2d(2); nn.MaxPool2d(3)": ("column 18", "^nn.MaxPool2d(3)", "one layer"),
    "lambda: 1": ("column 1", "^lambda", "call"),
    "(lambda: nn.Conv2d)()": ("column 2", "^lambda", "nn.Conv2d"),
    "layers.SeparableConv2D(16, k, padding='same')": (
        "column 1",
        "^layers.SeparableConv2D",
        'layers.DepthwiseConv2D(kernel_size, padding="same") and then layers.Conv2D(16, 1)',
    ),
    "layers.SeparableConv1D(16, 3)": ("column 1", "^layers", "layers.DepthwiseConv1D(3) and then layers.Conv1D(16, 1)"),
    "é = nn.Conv2d(1, 1, ü)": ("column 21", "^ü)", "number"),
    "nn.Conv2d(1, 1,\n  kernel=3)": ("line 2, column 3", "^kernel=3", "kernel_size"),
    "": ("column 1", "^", "layer"),
}


@pytest.mark.parametrize("line", ERRORS)
def test_an_error_has_its_column_and_an_excerpt(line: str) -> None:
    column, excerpt, remedy = ERRORS[line]
    with pytest.raises(SpecError) as caught:
        parse_layer(line)
    (problem,) = caught.value.problems
    assert problem.where == "layer.code"
    assert problem.what.startswith(column + ":") and excerpt in problem.what
    assert remedy in problem.remedy


HOSTILE: list[Any] = [
    "x" * (MAX_CHARACTERS + 1),
    "(" * 100 + ")" * 100,
    "[" * 100,
    "-" * 1900 + "1",
    "not " * 450 + "1",
    "lambda:" * 250 + "1",
    "a" + ".a" * 900 + "()",
    "f()" + "()" * 900,
    "x" + "=x" * 900,
    "nn.Conv2d(" + "1+" * 900 + "1)",
    "nn.Conv2d(1, 1, " + "9" * 1900 + ")",
    "nn.MaxPool2d(0x" + "f" * 1500 + ")",
    "nn.Conv2d(1, 1, '\\ud800')",
    "\0",
    "await x",
    "yield",
    3,
    None,
    ["nn"],
]


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_lines_are_problems_of_one_line_each(line: Any) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_table({"layer": {"code": line, "input": 5}})
    for problem in caught.value.problems:
        assert problem.what and problem.remedy
        assert str(problem).isprintable() and len(str(problem)) < 600


def test_nothing_is_executed(capsys: pytest.CaptureFixture[str]) -> None:
    before = set(sys.modules)
    for line in (
        "nn.Conv2d(print('here'), 1, 3)",
        "nn.Conv2d(1, 1, 3, bias=__import__('antigravity'))",
        "(print('here') or nn).Conv2d(1, 1, 3)",
        "nn.Conv2d(1, 1, kernel_size=exec('print(1)'))",
    ):
        try:
            parse_layer(line)
        except SpecError:
            continue
    assert capsys.readouterr().out == ""
    assert "antigravity" not in set(sys.modules) - before


NAMES = [name for known in FRAMEWORKS for name in known.framework.signatures]
TOKENS = st.sampled_from(
    [*NAMES, "nn.", "torch.nn.", "layers.", "helper.make_node(", "(", ")", "[", "]", "=", ",", " ", "'same'",
     "\n", "#", "kernel_size", "stride", "pads", "auto_pad", "'SAME_UPPER'", "3", "1.5", "-", "None", "True", "x",
     ".", "*", ":"]
)  # fmt: skip
PIECES = st.one_of(TOKENS, st.text(max_size=2))


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Draw a line in which some pieces are replaced, removed or added."""
    line = draw(st.sampled_from(list(LINES)))
    for at, removed, new in draw(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5), PIECES), max_size=3)):
        line = line[:at] + new + line[at + removed :]
    return line


@settings(max_examples=300)
@given(st.one_of(mutated(), st.lists(PIECES, max_size=12).map("".join), st.text(max_size=40)))
def test_any_text_is_a_layer_or_a_spec_error(text: str) -> None:
    try:
        spec = spec_from_table({"layer": {"code": text, "input": 9}})
    except SpecError as error:
        for problem in error.problems:
            assert problem.what and problem.remedy
            assert str(problem).isprintable() and len(str(problem)) < 600, "a message is one short line"
        return
    assert spec_from_table(spec.to_table()) == spec


def test_a_spec_takes_code_in_two_forms_and_other_keys_override_it() -> None:
    line = "nn.Conv2d(1, 1, 3, stride=2)"
    short = parse_spec(f'layer = "{line}"\ninput = [7, 9]\ntitle = "Mine"\n')
    long = parse_spec(f'title = "Mine"\n[layer]\ncode = "{line}"\ninput = [7, 9]\n')
    assert short == long and short.layer.output == (3, 4)
    over = parse_spec(f'[layer]\ncode = "{line}"\ninput = 7\nstride = 1\npadding = "same"\n')
    assert over.layer.output == (7, 7)
    assert "code" not in over.to_table()["layer"]
    wider = parse_spec('[layer]\ncode = "nn.Conv1d(1, 1, 3)"\ninput = 7\nkernel = 5\n')
    assert wider.layer.output == (3,), "a number beside the code holds for as many axes as the code has"
    other = parse_spec('[layer]\ncode = "nn.AvgPool2d(2, count_include_pad=False)"\nop = "max_pool"\ninput = 6\n')
    assert other.layer.op == "max_pool" and other.layer.output == (3, 3)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('layer = "nn.Conv2d(1, 1, 3)"\n', ["layer.input"]),
        ('layer = "nn.Conv2d(1, 1, 9)"\ninput = 5\n', ["layer.code"]),
        ('layer = "nn.Conv2d(1, 1)"\ninput = 5\n', ["layer.code"]),
        ('layer = 3\ninput = 5\n', ["input", "layer"]),
        ('input = 5\n[layer]\nop = "conv"\ninput = 5\nkernel = 3\n', ["input"]),
        ('[layer]\ncode = "nn.Conv2d(1, 1, 3)"\ninput = 5\nkernel = 9\n', ["layer.kernel"]),
        ('[layer]\ncode = "nn.Conv2d(1, 1, 3)"\ninput = 5\nscale = 9\n', ["layer.scale"]),
        ('[layer]\ncode = 5\ninput = 5\n', ["layer.code"]),
    ],
)  # fmt: skip
def test_a_problem_names_the_key_where_it_was_written(text: str, where: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(text)
    assert [problem.where for problem in caught.value.problems] == where


def test_an_input_with_channels_before_its_sizes_gives_those_of_a_lazy_layer() -> None:
    lazy = spec_from_table({"layer": "nn.LazyConv2d(8, 3)", "input": [3, 9, 9]}).layer
    assert (lazy.input, lazy.channels.inputs, lazy.channels.outputs) == ((9, 9), 3, 8)
    assert spec_from_table({"layer": "nn.MaxPool2d(2)", "input": [3, 8, 8]}).layer.channels.inputs == 3
    with pytest.raises(SpecError, match="has 2 entries"):
        spec_from_table({"layer": "nn.Conv2d(4, 8, 3)", "input": [3, 9, 9]})
