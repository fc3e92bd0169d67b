# SPDX-License-Identifier: GPL-3.0-or-later
"""Paddings by name, and settings that no framework accepts: PyTorch and ONNX Runtime decide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Conv, ConvTranspose, SpecError

from ..helpers import CONVOLUTION_TYPES

WINDOWS = [(kernel, dilation) for kernel in [(1, 2), (2, 3), (3, 3), (4, 1), (5, 4)] for dilation in [(1, 1), (2, 3)]]

IMPOSSIBLE = [
    ("conv", {"kernel": 0}),
    ("conv", {"kernel": 6}),
    ("conv", {"kernel": [1, 6]}),
    ("conv", {"kernel": 3, "dilation": [1, 3]}),
    ("conv", {"kernel": 3, "dilation": 0}),
    ("conv", {"kernel": 3, "stride": [1, 0]}),
    ("conv", {"kernel": 3, "padding": -1}),
    ("conv", {"kernel": 3, "padding": "same", "stride": [1, 2]}),
    ("conv", {"kernel": 3, "input": [5, 0]}),
    ("conv_transpose", {"kernel": 0}),
    ("conv_transpose", {"kernel": 3, "dilation": [0, 1]}),
    ("conv_transpose", {"kernel": 3, "stride": 0}),
    ("conv_transpose", {"kernel": 3, "padding": -1}),
    ("conv_transpose", {"kernel": 3, "padding": [0, 4]}),
    ("conv_transpose", {"kernel": 3, "output_padding": 1}),
    ("conv_transpose", {"kernel": 3, "stride": [3, 2], "output_padding": 2}),
    ("conv_transpose", {"kernel": 3, "dilation": [3, 2], "output_padding": 2}),
    ("conv_transpose", {"kernel": 3, "stride": 2, "output_padding": -1}),
    ("conv_transpose", {"kernel": 3, "input": [0, 5]}),
]

BARELY_POSSIBLE = [
    ("conv", {"kernel": 5}),
    ("conv", {"kernel": 3, "dilation": 2}),
    ("conv", {"kernel": 7, "padding": 1}),
    ("conv_transpose", {"kernel": 3, "padding": 3}),
    ("conv_transpose", {"kernel": 3, "stride": [3, 2], "output_padding": [2, 1]}),
    ("conv_transpose", {"kernel": 3, "dilation": [3, 2], "output_padding": [2, 1]}),
    ("conv_transpose", {"kernel": 1, "stride": 4, "output_padding": 3}),
    ("conv_transpose", {"kernel": 1, "padding": 2}),
]
"""Settings that are barely possible."""


@pytest.fixture(scope="module")
def torch() -> Any:
    module = pytest.importorskip("torch", reason="the oracle is PyTorch: install the extra kernelwalk[torch]")
    module.set_num_threads(1)  # these layers are too small to share
    return module


def links(layer: Conv | ConvTranspose) -> np.ndarray:
    """Return 1 + the number of the tap by which an output reads an input, 0 for none; shape (inputs, outputs)."""
    actual = np.zeros((*layer.input, *layer.output))
    for output in np.ndindex(*layer.output):
        for tap, cell in layer.taps(output):
            if cell is not None:
                actual[*cell, *output] = 1 + np.ravel_multi_index(tap, layer.kernel)
    return actual.reshape(np.prod(layer.input), -1)


def by_torch(torch: Any, op: str, params: dict[str, Any]) -> Any:
    """Return the same from torch: inputs are impulses, and the kernel's taps are 1, 2, 3, ..."""
    cells, kernel = params.pop("input", 5), params.pop("kernel")
    height, width = cells if isinstance(cells, list) else (cells, cells)
    rows, columns = kernel if isinstance(kernel, (list, tuple)) else (kernel, kernel)
    impulses = torch.eye(height * width, dtype=torch.float64).reshape(-1, 1, height, width)
    weight = torch.arange(1, rows * columns + 1, dtype=torch.float64).reshape(1, 1, rows, columns)
    function = {"conv": torch.nn.functional.conv2d, "conv_transpose": torch.nn.functional.conv_transpose2d}[op]
    return function(impulses, weight, **params)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize(("kernel", "dilation"), WINDOWS)
@pytest.mark.parametrize("name", ["same", "valid"])
def test_same_and_valid_read_the_inputs_that_torch_reads(
    torch: Any, name: str, kernel: tuple[int, int], dilation: tuple[int, int]
) -> None:
    size = [9, 10]
    expected = by_torch(torch, "conv", {"input": size, "kernel": kernel, "dilation": dilation, "padding": name})
    layer = Conv(size, kernel, padding=name, dilation=dilation)
    assert layer.output == tuple(expected.shape[2:])
    assert np.array_equal(links(layer), expected.reshape(expected.shape[0], -1).numpy())


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize(("kernel", "dilation"), WINDOWS)
def test_same_of_a_transposed_convolution_is_the_gradient_of_torchs_same(
    torch: Any, kernel: tuple[int, int], dilation: tuple[int, int]
) -> None:
    size = [9, 10]
    forth = by_torch(torch, "conv", {"input": size, "kernel": kernel, "dilation": dilation, "padding": "same"})
    layer = ConvTranspose(size, kernel, padding="same", dilation=dilation)
    assert layer.output == tuple(size)
    assert np.array_equal(links(layer), forth.reshape(forth.shape[0], -1).numpy().T)


@pytest.mark.parametrize(("kernel", "dilation"), WINDOWS)
@pytest.mark.parametrize("stride", [1, 2])
def test_full_is_the_transpose_of_no_padding_in_torch(
    torch: Any, kernel: tuple[int, int], dilation: tuple[int, int], stride: int
) -> None:
    """Full padding has every output that reads any input: at stride 1, as many as a transposed convolution."""
    params = {"input": [3, 4], "kernel": kernel, "dilation": dilation}
    written = by_torch(torch, "conv_transpose", dict(params))
    layer = Conv(**params, padding="full", stride=stride)
    sparse = written[:, :, ::stride, ::stride]
    assert layer.output == tuple(sparse.shape[2:])
    # reading with a tap is writing with its opposite: the taps are counted from the other end
    taps = np.prod(layer.kernel)
    expected = sparse.reshape(sparse.shape[0], -1).numpy()
    assert np.array_equal(links(layer), np.where(expected > 0, taps + 1 - expected, 0))


@pytest.mark.parametrize(("op", "params"), IMPOSSIBLE)
def test_settings_that_torch_rejects_are_errors(torch: Any, op: str, params: dict[str, Any]) -> None:
    with pytest.raises((RuntimeError, ValueError)):
        by_torch(torch, op, dict(params))
    with pytest.raises(SpecError):
        CONVOLUTION_TYPES[op](**{"input": 5, **params})


@pytest.mark.parametrize(("op", "params"), BARELY_POSSIBLE)
def test_settings_that_torch_barely_accepts_are_possible(torch: Any, op: str, params: dict[str, Any]) -> None:
    expected = by_torch(torch, op, dict(params))
    layer = CONVOLUTION_TYPES[op](**{"input": 5, **params})
    assert layer.output == tuple(expected.shape[2:])
    assert np.array_equal(links(layer), expected.reshape(expected.shape[0], -1).numpy())


@pytest.mark.parametrize("kernel", sorted({kernel for kernel, _ in WINDOWS}))
def test_same_is_the_same_upper_of_onnx_runtime(kernel: tuple[int, int]) -> None:
    from .onnx_runtime import run  # skips where there is none

    size = (9, 10)
    impulses = np.eye(90, dtype=np.float32).reshape(90, 1, *size)
    weight = np.arange(1, np.prod(kernel) + 1, dtype=np.float32).reshape(1, 1, *kernel)
    expected = run("Conv", impulses, weight, auto_pad="SAME_UPPER")
    layer = Conv(size, kernel, padding="same")
    assert layer.output == expected.shape[2:]
    assert np.array_equal(links(layer), expected.reshape(90, -1))
