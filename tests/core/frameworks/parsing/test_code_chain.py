# SPDX-License-Identifier: GPL-3.0-or-later
"""Code as people have it: containers, calls, functions, padding and inputs around layers, printed modules, nodes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk.core import ChannelShuffle, Spec, SpecError, spec_from_table
from kernelwalk.core.frameworks.parsing.code_parser import parse_layer
from kernelwalk.core.frameworks.parsing.sequential import read_chain, split_parts
from kernelwalk.core.layers.receptive_field import receptive_fields
from kernelwalk.core.values.compute import compute_values


def make_spec(code: str, size: Any = None, **more: Any) -> Spec:
    return spec_from_table({"layer": code, **({} if size is None else {"input": size}), **more})


KERAS_FUNCTIONAL = """
import keras
inputs = keras.Input(shape=(28, 30, 1))
x = layers.Conv2D(32, 3, activation="relu")(inputs)  # a comment
x = layers.MaxPooling2D(2)(x)
x = layers.Flatten()(x)
outputs = layers.Dense(10)(x)
model = keras.Model(inputs=inputs, outputs=outputs)
"""

CLASS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        return self.fc1(x)
"""

PRINTED = """  (0): Conv2d(3, 64, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))
  (1): Conv2d(64, 64, kernel_size=(3, 3), stride=(1, 1), padding=same, padding_mode=reflect)
"""

CHAINS: dict[str, tuple[Any, list[tuple[int, ...]]]] = {
    "nn.Conv2d(3, 64, 7, padding=7//2)": (8, [(8, 8)]),
    "nn.Conv2d(3, 64, (2 + 1, -(-3)), padding=(2**1 - 1))": (8, [(8, 8)]),
    "kernel, pad = 5, 2\nnn.Conv2d(3, 64, kernel, padding=pad)": (8, [(8, 8)]),
    "nn.ConvTranspose2d(16, 16, 3, stride=2, padding=1)(h, output_size=(12, 12))": (6, [(12, 12)]),
    "up = nn.ConvTranspose2d(16, 16, 3, stride=2, padding=1)\nx = up(h, [1, 16, 12, 11])": (6, [(12, 11)]),
    "paddle.nn.Conv2DTranspose(1, 1, 3, 2, 'SAME')(x, output_size=[10, 9])": (5, [(10, 9)]),
    "nn.UpsamplingNearest2d(scale_factor=2.0, mode='nearest')": (12, [(24, 24)]),
    "layers.Conv3DTranspose(4, 3, 2, 'valid', None, 1)": (4, [(10, 10, 10)]),
    "nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), nn.Sequential(nn.MaxPool2d(2)))": (
        8,
        [(6, 6), (3, 3)],
    ),
    "nn.Sequential(OrderedDict([('c', nn.Conv2d(1, 8, 3)), ('p', nn.MaxPool2d(2))])).to(device)": (8, [(6, 6), (3, 3)]),
    "model = Sequential()\nmodel.add(Conv2D(8, 3, input_shape=(9, 8, 3)))\nmodel.add(Dense(2))": (None, [(7, 6)]),
    KERAS_FUNCTIONAL: (None, [(26, 28), (13, 14)]),
    CLASS: (32, [(28, 28), (14, 14), (10, 10), (5, 5)]),
    ">>> c = nn.Conv2d(1, 1, 3)\n>>> m = nn.ZeroPad2d((1, 0, 2, 0))\n>>> y = c(m(x))\n>>> y.shape\ntorch.Size([1])": (
        5,
        [(5, 4)],
    ),
    "return nn.LazyConv2d(8, 3)": (5, [(3, 3)]),
    "x = F.avg_pool2d(F.max_pool2d(x, 3, 2, 1), 2)": (8, [(4, 4), (2, 2)]),
    "x = nn.Conv2d(1, 1, 3)(F.pad(x, (3, 0, 1, 1), mode='replicate')).relu()": (5, [(5, 6)]),
    "nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(3, 64, 7), nn.InstanceNorm2d(64), nn.ReLU(True))": (32, [(32, 32)]),
    "nn.Sequential(nn.CircularPad1d((2, 1)), nn.Conv1d(1, 1, 4))": ([9], [(9,)]),
    "nn.Sequential(nn.ConstantPad2d(1, 0), nn.ZeroPad2d(1), nn.Conv2d(1, 1, 3, padding=1))": (5, [(9, 9)]),
    "keras.Sequential([layers.ZeroPadding2D(((0, 1), (2, 0))), layers.Conv2D(4, 3, 2)])": (7, [(3, 4)]),
    "nn.Sequential(nn.ReplicationPad3d(1), nn.Conv3d(1, 1, 3))": (4, [(4, 4, 4)]),
    "nn.Sequential(nn.ZeroPad2d(1), nn.AvgPool2d(3, 1))": (5, [(5, 5)]),
    "nn.AdaptiveAvgPool2d((None, 7))": ([5, 10], [(5, 7)]),
    "x = F.adaptive_max_pool1d(x, 3)": ([10], [(3,)]),
    "layers.GlobalAveragePooling2D()": ([7, 5], [(1, 1)]),
    "%y = GlobalMaxPool(%x)": ([7, 5], [(1, 1)]),
    PRINTED: (224, [(112, 112), (112, 112)]),
    "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=same)": (7, [(7, 7)]),
    "%y = Conv[kernel_shape = [11, 11], pads = [2, 2, 2, 2], strides = [4, 4]](%x, %w)": (224, [(55, 55)]),
    "y = Conv <kernel_shape: ints = [3, 3], auto_pad: string = \"SAME_UPPER\"> (x, w)": (9, [(9, 9)]),
}  # fmt: skip


@pytest.mark.parametrize("code", CHAINS)
def test_code_around_layers_gives_their_sizes(code: str) -> None:
    size, outputs = CHAINS[code]
    spec = make_spec(code, size)
    assert [layer.output for layer in spec.layers] == outputs
    assert spec_from_table(spec.to_table()) == spec


def test_channels_are_calculated() -> None:
    layer = make_spec("nn.Conv2d(128*2, 64, 1)", 4).layer
    assert layer.weight_equation() == "64·256·1·1 = 16384"
    assert parse_layer("nn.Conv2d(3, 64 * 8, 1)")["out_channels"] == 512
    assert parse_layer("dim = 64; nn.Conv2d(dim, 2*dim, 3, groups=dim)")["groups"] == 64


def test_nested_dilated_convolutions_have_their_field() -> None:
    inner = "nn.Sequential(*[nn.Conv1d(1, 1, 3, dilation=1), nn.ReLU(), nn.Conv1d(1, 1, 3, dilation=2), CLOSE"
    code = inner.replace("CLOSE", "nn.Conv1d(1, 1, 3, dilation=3)])")
    code = f"nn.Sequential({code}, nn.Sequential(nn.Conv1d(1, 1, 3), nn.Conv1d(1, 1, 3, dilation=2)))"
    layers = make_spec(code, [100]).layers
    assert layers[-1].output == (82,)
    assert receptive_fields(layers)[-1][0].size == 19


def test_padding_layers_are_the_padding_of_the_next_layer() -> None:
    keys = parse_layer("nn.Sequential(nn.ReflectionPad2d((1, 2, 3, 4)), nn.Conv2d(1, 1, 5))")
    assert keys["padding"] == [[3, 4], [1, 2]] and keys["padding_mode"] == "reflect"
    keys = parse_layer("keras.Sequential([layers.ZeroPadding1D((2, 0)), layers.Conv1D(1, 3)])")
    assert keys["padding"] == [[2, 0]] and "padding_mode" not in keys


def test_layers_without_cells_are_named_as_left_out() -> None:
    assert read_chain(CLASS).left_out == ("Flatten", "Linear")
    generator = "[layers.Dense(49), layers.Reshape((7, 7, 1)), layers.Conv2DTranspose(8, 3, 2, 'same')]"
    chain = read_chain(f"keras.Sequential({generator})")
    assert chain.left_out == ("Dense", "Reshape") and chain.parts[0].keys["input"] == [7, 7]


def test_a_shuffle_of_channels_is_a_layer_wherever_it_stands() -> None:
    shuffled = "nn.Sequential(nn.Conv2d(8, 16, 3, groups=4), nn.ReLU(), nn.ChannelShuffle(4), nn.Conv2d(16, 32, 3))"
    spec = make_spec(shuffled, 8)
    assert [layer.op for layer in spec.layers] == ["conv", "channel_shuffle", "conv"]
    assert [layer.channels.outputs for layer in spec.layers] == [16, 16, 32] and not spec.shows_channels
    called = make_spec("x = nn.Conv2d(1, 4, 3)(x); x = F.channel_shuffle(x, 2); x = nn.MaxPool2d(2)(x)", 6)
    assert called.layers[1] == ChannelShuffle(4, 2, 4)
    entries = [{"code": "nn.Conv2d(4, 4, 3, groups=2)", "input": 6}, {"code": "nn.ChannelShuffle(2)"},
               {"code": "nn.Conv2d(4, 4, 3, groups=2)"}]  # fmt: skip
    assert len(spec_from_table({"layers": entries}).layers) == 3
    hidden = "nn.Sequential(nn.Conv2d(4, 4, 3, groups=2), nn.ChannelShuffle(2))"
    with pytest.raises(SpecError, match=r"layers\[0\].code: .*this is not one layer"):
        spec_from_table({"layers": [{"code": hidden, "input": 6}, entries[2]]})


def test_an_adaptive_pooling_reads_windows_of_varying_length() -> None:
    layer = make_spec("nn.AdaptiveAvgPool1d(7)", [10]).layer
    windows = [[cell[0] for _, cell in layer.taps([at]) if cell] for at in range(7)]
    assert windows == [[0, 1], [1, 2], [2, 3, 4], [4, 5], [5, 6, 7], [7, 8], [8, 9]]
    values = compute_values(make_spec("nn.AdaptiveAvgPool1d(7)", [10], values={"input": list(range(10))}))
    assert values is not None
    np.testing.assert_allclose(values.grids[-1][0], [0.5, 1.5, 3, 4.5, 6, 7.5, 8.5])


def test_element_wise_functions_are_computed_with_values() -> None:
    code = "x = F.relu(nn.Conv1d(1, 1, 2)(x))"
    values = compute_values(make_spec(code, [3], values={"input": [1, 2, 4], "kernel": [1, -1]}))
    assert values is not None and values.grids[-1].tolist() == [[0, 0]]
    assert split_parts(code)[0].after == ("nn.ReLU()",)


ERRORS = {
    "nn.Conv2d(8, 8, 3, groups=dim)": ("column 27", "dim stands for is unknown", "dim = 64"),
    "nn.Conv2d(self.width, 8, 3)": ("column 11", "self.width", "number"),
    "nn.Conv2d(8, 2**99, 3)": ("column 14", "exponent", "number"),
    "nn.Conv2d(8, 8, 3 // 0)": ("column 17", "no number", "number"),
    "nn.ConvTranspose2d(1, 1, 3)(x, output_size=(3,))": ("column 44", "one entry per axis", "per axis"),
    "paddle.nn.Conv1DTranspose(1, 1, 3, 2, 0, 1)(x, 11)": ("column 48", "takes no output_size", "Leave one"),
    "x = torch.cat([a, b], 1)": ("column 15", "branches", "one of them"),
    "a = nn.Conv2d(1, 1, 3)(x)\ny = nn.Conv2d(1, 1, 3)(x) + a": ("line 2, column 5", "branches", "one of them"),
    "for i in range(3):\n    layers.append(nn.Conv2d(1, 1, 3))": ("line 1, column 1", "followed", "one after another"),
    "nn.Sequential(nn.ZeroPad2d(1), nn.MaxPool2d(2))": ("column 15", "does not read the padding", "for itself"),
    "nn.Sequential(nn.ZeroPad2d(1), nn.ConvTranspose2d(1, 1, 2))": ("column 15", "crops", "for itself"),
    "nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(1, 1, 3, padding=1))": ("column 15", "copies", "for itself"),
    "nn.Sequential(nn.ConstantPad2d(1, 3.5), nn.Conv2d(1, 1, 3))": ("column 15", "3.5", "0"),
    "nn.Sequential(nn.ZeroPad2d(-1), nn.Conv2d(1, 1, 3))": ("column 15", "crops", "for itself"),
    "nn.Sequential(nn.ZeroPad2d(1), nn.BatchNorm2d(1), nn.Conv2d(1, 1, 3))": ("column 32", "between", "for itself"),
    "nn.Sequential(nn.Conv2d(1, 1, 3), nn.ZeroPad2d(1))": ("column 35", "no layer follows", "reads it"),
    "nn.Linear(3, 4)": ("column 1", "nothing slides", "Conv2d"),
    "(0): Conv2d(3, 8, kernel_size=(3, 3))\n(1): Conv2d(9, 8, kernel_size=(3, 3))": (
        "line 2",
        "1 does not read",
        "one",
    ),
}


@pytest.mark.parametrize("code", ERRORS)
def test_code_that_is_no_chain_is_told_at_its_place(code: str) -> None:
    place, problem, remedy = ERRORS[code]
    with pytest.raises(SpecError) as caught:
        split_parts(code)
    (found,) = caught.value.problems
    assert found.what.startswith(f"{place}: ") and problem in found.what and remedy in found.remedy


def test_an_output_size_that_pytorch_refuses_is_refused() -> None:
    with pytest.raises(SpecError, match="11 to 12"):
        make_spec("nn.ConvTranspose2d(1, 1, 3, 2, 1)(x, output_size=[12, 13])", 6)


HOSTILE = [
    "f" + "()" * 5000, "f" + "(a,)" * 5000, "1" + "+(a,)" * 5000, "if a:\n pass\n" + "elif a:\n pass\n" * 5000,
    "x=" * 400 + "1", "\n".join(["x = x"] * 9000), "nn.Conv2d(1, 1, 3)\n" * 4000, "(0): " * 3000,
    "(0): A(\n" * 3000, "(0-9): 999 x A(\n" * 60, "%y = Conv[" + "[" * 500, "lambda a,:" * 900,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_a_problem_of_one_line(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        make_spec(text, 5)
    assert all(str(problem).isprintable() and len(str(problem)) < 600 for problem in caught.value.problems)


ARITHMETIC = st.recursive(
    st.integers(0, 9).map(str),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%", "**"]), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("-{}".format),
    ),
    max_leaves=6,
)


@given(ARITHMETIC)
def test_arithmetic_gives_what_python_gives(text: str) -> None:
    try:
        right: Any = eval(text, {"__builtins__": {}})  # made of digits and operators alone
    except (ArithmeticError, ValueError):
        right = None
    try:
        actual = parse_layer(f"nn.Conv2d(1, 1, 3, padding=({text}))")["padding"]
    except SpecError:
        assert type(right) is not int or abs(right) > 10**9 or "**" in text
    else:
        assert actual == right
