# SPDX-License-Identifier: GPL-3.0-or-later
"""Remarks: what a framework makes of the words of another one's layer. test_oracle_*.py compare with the packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.frameworks.known_frameworks import BY_KEY
from kernelwalk.core.frameworks.remarks import list_remarks

STRIDED = 'layers.Conv2D(1, 3, strides=2, padding="same")'
SMALL = 'helper.make_node("ConvTranspose", ["x", "w"], ["y"], kernel_shape=[2], strides=[3], auto_pad="SAME_UPPER")'
GROWING = "layers.Conv1DTranspose(1, 2, strides=3)"
EXTRA = 'layers.Conv1DTranspose(1, 3, strides=2, padding="same", output_padding=1)'
CEIL = 'helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[3], strides=[2], auto_pad="VALID", ceil_mode=1)'
WIDE = 'helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[3], strides=[2], pads=[2, 2])'
SIDES = "paddle.nn.Conv2D(1, 1, 3, padding=[0, 1, 2, 0])"
EVEN_SIDES = "paddle.nn.Conv2D(1, 1, 3, padding=[1, 2])"
DILATED = 'helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3], dilations=[2], auto_pad="SAME_UPPER")'
POOL = 'helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[4], strides=[2], dilations=[2], auto_pad="SAME_UPPER")'
UNEVEN = 'layers.Conv2D(1, 3, padding="same", dilation_rate=(1, 2))'
EVEN = 'layers.Conv2D(1, 3, padding="same", dilation_rate=2)'
UNEVEN_IN_NUMBERS = "paddle.nn.Conv2D(1, 1, 3, padding=1, dilation=(1, 2))"
UNEVEN_TRANSPOSED = 'layers.Conv2DTranspose(1, 3, padding="same", dilation_rate=(1, 2))'
AVERAGE = 'layers.AveragePooling1D(3, strides=2, padding="same")'
SPREAD = "w = zeros((3, 1, 1)); lax.conv_transpose(x, w, (2,), [(0, 0)])"

REMARKS: dict[tuple[str, int, str], list[str]] = {
    (STRIDED, 6, "pytorch"): ['torch 2.13.0 refuses SAME: "same" needs stride 1, here it is [2, 2]'],
    (STRIDED, 6, "keras"): [],
    (STRIDED, 6, "onnx"): [],
    (SMALL, 4, "keras"): ["keras 3.15.1 computes otherwise with SAME: outputs read other cells"],
    (AVERAGE, 4, "keras"): [
        "keras 3.15.1 computes otherwise averages on PyTorch, where SAME pads unevenly: "
        "copies of the cells at the ends count"
    ],
    (AVERAGE, 5, "keras"): [],  # whose padding is even
    (SMALL, 4, "onnx"): ["onnxruntime 1.32.0 computes otherwise with SAME: 11 outputs, not 12"],
    (SMALL, 4, "pytorch"): [],  # its transposed convolution has no words
    (GROWING, 4, "onnx"): [
        "onnx 1.23.2 computes otherwise with VALID: 11 outputs, not 12",
        "onnxruntime 1.32.0 computes otherwise with VALID: 11 outputs, not 12",
    ],
    (EXTRA, 5, "onnx"): [
        f"{package} computes otherwise with SAME: outputs read other cells"
        for package in ("onnx 1.23.2", "onnxruntime 1.32.0")
    ],
    (CEIL, 6, "onnx"): ["onnxruntime 1.32.0 computes otherwise with VALID: 3 outputs, not 2"],
    (CEIL, 6, "keras"): [],  # it has no ceil_mode
    (WIDE, 6, "pytorch"): [
        "torch 2.13.0 refuses the same padding in numbers: 2 is too much for pooling with a kernel of 3: "
        "at most half the kernel is allowed, so that each window reads some input"
    ],
    (SIDES, 6, "onnx"): ["onnx 1.23.2 computes otherwise four numbers of padding: they are top, left, bottom, right"],
    (SIDES, 6, "paddle"): [],
    (EVEN_SIDES, 6, "onnx"): [],
    (DILATED, 6, "onnx"): ["onnxruntime 1.32.0 refuses SAME_UPPER and SAME_LOWER with dilations"],
    (UNEVEN, 6, "tinygrad"): [
        'tinygrad 0.14.0 computes otherwise padding="same" with dilations that differ: it swaps the axes'
    ],
    (EVEN, 6, "tinygrad"): [],
    (UNEVEN_IN_NUMBERS, 6, "tinygrad"): [],
    (UNEVEN_TRANSPOSED, 6, "tinygrad"): [],  # its transposed convolution has no words
    (SPREAD, 5, "tinygrad"): ["tinygrad 0.14.0 computes otherwise with the same padding in numbers: 11 outputs, not 7"],
    (POOL, 7, "onnx"): ["onnxruntime 1.32.0 computes otherwise with SAME: 2 outputs, not 4"],
}


@pytest.mark.parametrize(("code", "size", "framework"), REMARKS)
def test_remarks_on_the_words_of_another_framework(code: str, size: int, framework: str) -> None:
    layer = spec_from_table({"layer": code, "input": size}).layer
    told = [str(remark) for remark in list_remarks(BY_KEY[framework].framework, layer)]
    assert told == REMARKS[code, size, framework]


def test_versions_are_those_that_tests_compare_with() -> None:
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    pins = dict(re.findall(r'"([\w-]+)==([\d.]+)', text))
    assert BY_KEY["pytorch"].framework.versions == {"torch": pins["torch"]}
    assert BY_KEY["keras"].framework.versions == {"keras": pins["keras"]}
