# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of LiteRT: their layouts of weights, what is folded, and what is listed only; bad files in one line.

test_real_models.py compares files that packages ship with LiteRT itself.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.models.layer_part import read_parts
from kernelwalk_pipeline.models.model_file import load_model
from kernelwalk_pipeline.models.model_layers import list_layers

from .tflite_models import FLOAT, HALF, INT8, INT32, SAME, VALID, write

RELU = 1


def random_numbers(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).integers(-3, 4, shape).astype(np.float32)


IMAGE = random_numbers(1, 6, 5, 2)
KERNEL, BIAS = random_numbers(3, 2, 3, 2), random_numbers(3)
DEPTHWISE, UP = random_numbers(1, 3, 3, 6), random_numbers(4, 2, 2, 6)

FILE = write(
    [
        ("image", (1, 6, 5, 2), FLOAT, None),
        ("kernel16", (3, 2, 3, 2), HALF, KERNEL.astype(np.float16)),
        ("kernel", (3, 2, 3, 2), FLOAT, None),
        ("bias", (3,), FLOAT, BIAS),
        ("conv", (1, 5, 3, 3), FLOAT, None),
        ("pads", (4, 2), INT32, np.array([[0, 0], [1, 1], [2, 0], [0, 0]], np.int32)),
        ("padded", (1, 7, 5, 3), FLOAT, None),
        ("deep", (1, 3, 3, 6), FLOAT, DEPTHWISE),
        ("depthwise", (1, 4, 3, 6), FLOAT, None),
        ("size", (4,), INT32, np.array([1, 8, 6, 4], np.int32)),
        ("kernel of up", (4, 2, 2, 6), FLOAT, UP),
        ("up", (1, 8, 6, 4), FLOAT, None),
        ("pool", (1, 4, 3, 4), FLOAT, None),
        ("strange", (1, 4, 3, 4), FLOAT, None),
        ("behind", (1, 4, 3, 4), FLOAT, None),
    ],
    [
        ("DEQUANTIZE", [1], [2], "", {}),
        ("CONV_2D", [0, 2, 3], [4], "Conv2DOptions",
         {"Padding": VALID, "StrideH": 1, "StrideW": 1, "FusedActivationFunction": RELU}),
        ("PAD", [4, 5], [6], "", {}),
        ("DEPTHWISE_CONV_2D", [6, 7], [8], "DepthwiseConv2DOptions",
         {"Padding": SAME, "StrideH": 2, "StrideW": 2, "DepthMultiplier": 2}),
        ("TRANSPOSE_CONV", [9, 10, 8], [11], "TransposeConvOptions", {"Padding": SAME, "StrideH": 2, "StrideW": 2}),
        ("MAX_POOL_2D", [11], [12], "Pool2DOptions",
         {"Padding": SAME, "StrideH": 2, "StrideW": 2, "FilterHeight": 2, "FilterWidth": 2}),
        ("CUMSUM", [12], [13], "", {}),
        ("MAX_POOL_2D", [13], [14], "Pool2DOptions",
         {"Padding": SAME, "StrideH": 1, "StrideW": 1, "FilterHeight": 2, "FilterWidth": 2}),
    ],
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "a.tflite").write_bytes(FILE)
    return tmp_path / "a.tflite"


def test_layers_are_listed_with_their_sizes_and_what_follows(path):
    layers = list_layers(load_model(path))
    assert [(layer.name, layer.node.op_type) for layer in layers] == [
        *[("conv", "Conv"), ("depthwise", "Conv"), ("up", "ConvTranspose"), ("pool", "MaxPool"), ("behind", "MaxPool")],
    ]
    assert [layer.reads and layer.reads[1:] for layer in layers][:4] == [(2, 6, 5), (3, 7, 5), (6, 4, 3), (4, 8, 6)]
    assert layers[0].followers.names == ("Relu",)


def test_weights_lie_in_the_order_that_a_spec_has(path):
    model = load_model(path)
    parts = [part for part in read_parts(path, model, list_layers(model)[:4], {"image": IMAGE}) if part is not None]
    conv, depthwise, up, pool = parts
    expected = np.einsum("abhwc,ohwc->oab", np.lib.stride_tricks.sliding_window_view(
        IMAGE[0], (2, 3), (0, 1)).transpose(0, 1, 3, 4, 2), KERNEL) + BIAS.reshape(3, 1, 1)  # fmt: skip
    assert np.allclose(conv.own[0], expected, atol=1e-4)
    assert np.allclose(conv.after[0], np.maximum(expected, 0), atol=1e-4)
    assert depthwise.kernel is not None and up.kernel is not None
    assert np.array_equal(depthwise.kernel[:, 0], np.moveaxis(DEPTHWISE[0], -1, 0))
    assert np.array_equal(up.kernel, np.moveaxis(UP, -1, 1))
    assert (depthwise.layer.channels.groups, up.layer.output, pool.layer.output) == (3, (8, 6), (4, 3))


def test_what_stands_behind_an_unread_operator_is_told(path):
    model = load_model(path)
    with pytest.raises(UsageError, match="before the layer stands strange, of the kind CUMSUM, which is not computed"):
        read_parts(path, model, list_layers(model)[4:], {"image": IMAGE})


def test_a_layer_of_eight_bits_is_listed_with_the_reason(tmp_path):
    data = write(
        [("image", (1, 4, 4, 1), INT8, None), ("kernel", (1, 2, 2, 1), INT8, np.ones((1, 2, 2, 1), np.int8)),
         ("conv", (1, 3, 3, 1), INT8, None)],
        [("CONV_2D", [0, 1], [2], "Conv2DOptions", {"Padding": VALID, "StrideH": 1, "StrideW": 1})],
    )  # fmt: skip
    (tmp_path / "a.tflite").write_bytes(data)
    (layer,) = list_layers(load_model(tmp_path / "a.tflite"))
    assert layer.reason.startswith("it computes in 8 bits")


def test_damaged_files_are_told_in_one_line(tmp_path, call):
    source, outcomes = random.Random(2), set()
    path = tmp_path / "bad.tflite"
    for _ in range(150):
        damaged = bytearray(FILE)
        for _ in range(source.randint(1, 5)):
            at = source.randrange(len(damaged) - 4)
            damaged[at : at + 4] = source.choice([source.randbytes(4), b"\xff" * 4, b"\xff\xff\xff\x7f", bytes(4)])
        path.write_bytes(damaged[: source.choice([None, source.randrange(len(damaged))])])
        try:
            list_layers(load_model(path))
            outcomes.add("read")
        except UsageError as error:
            assert "\n" not in str(error) and len(str(error)) < 600
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
    path.write_bytes(b"no model")
    result = call("layers", path)
    assert result.code == 2 and len(result.err.splitlines()) == 1
