# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes of other pictures and tools of this kind, each by name: here they are avoided.

The mistaken numbers are written beside the right ones, so that a test fails if either rule slips in.
"""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import Conv, ConvTranspose, MaxPool

from ..helpers import all_positions, responses, weights


@pytest.mark.parametrize(("size", "kernel", "stride", "padding"), [(6, 3, 2, 1), (7, 3, 3, 1), (5, 2, 2, 1)])
def test_strided_positions_over_padding_are_not_over_counted(size: int, kernel: int, stride: int, padding: int) -> None:
    """ManimML divides the input by the stride, and not its padding (convolutional_2d_to_convolutional_2d.py)."""
    over_counted = int((size - kernel) / stride + 2 * padding) + 1
    layer = Conv([size], kernel, stride, padding)
    assert layer.output[0] == (size + 2 * padding - kernel) // stride + 1 < over_counted
    last = layer.axes[0].first_cell(layer.output[0])
    assert last + kernel > size + padding, "one more would hang over the end"


@pytest.mark.parametrize("kind", [Conv, MaxPool])
@pytest.mark.parametrize("size", [4, 6, 8])
def test_a_stride_that_does_not_divide_is_floored_and_never_an_error(kind: type, size: int) -> None:
    """Several web tools require (i + 2p - k)/s to be whole."""
    layer = kind([size], 3, 2)
    assert (size - 3) % 2 == 1 and layer.output == ((size - 3) // 2 + 1,)
    assert layer.mapping.read_counts()[-1] == 0, "the last cell is left unused, and still there"


def test_the_odd_padding_of_a_transposed_convolution_is_at_the_end() -> None:
    """With the output padding drawn before the first output, every tap would be one tile off."""
    layer = ConvTranspose([2], 3, 2, 1, output_padding=1)
    assert layer.output == (4,)
    assert (layer.axes[0].before, layer.axes[0].after) == (1, 2)
    assert layer.taps((0,)) == [((1,), (0,))], "the first output is under the middle of the first stamp"
    assert layer.taps((3,)) == [((2,), (1,))], "the one that is added is under the end of the last"


def test_the_kernel_of_a_transposed_convolution_is_flipped_where_it_gathers() -> None:
    """A kernel that walks over the spread input without being flipped would compute the mirrored stamps."""
    layer = ConvTranspose([1], 3)
    stamped = responses(layer, weights(layer))[0, 0]
    assert stamped.tolist() == [1, 2, 3]
    assert layer.axes[0].is_flipped and not Conv([3], 3).axes[0].is_flipped
    walked = np.convolve(np.array([0, 0, 1, 0, 0]), weights(layer)[0, 0][::-1], "valid")
    assert walked.tolist() == [3, 2, 1], "what it would be"


def test_the_same_of_keras_is_not_pytorchs_but_a_tile_beside_it() -> None:
    """Both have the same size; with PyTorch's crop, everything would be shifted by one tile."""
    keras = ConvTranspose(3, 3, 2, "same", convention="keras")
    torch = ConvTranspose(3, 3, 2, 1, output_padding=1)
    assert keras.output == torch.output and keras.padding == ((0, 1), (0, 1)) and torch.padding == ((1, 1), (1, 1))
    for y, x in all_positions((5, 5)):
        assert keras.taps((y + 1, x + 1)) == torch.taps((y, x))
    assert keras.taps((0, 0)) != torch.taps((0, 0))


def test_the_odd_cell_of_same_goes_to_the_side_the_framework_puts_it() -> None:
    """With the odd cell on the wrong side, each tap of an even kernel would be one tile off."""
    assert Conv([4], 2, padding="same", convention="keras").padding == ((0, 1),)
    assert Conv([4], 2, padding="same_upper").padding == ((0, 1),)
    assert Conv([4], 2, padding="same_lower").padding == ((1, 0),)
    assert Conv([4], 2, padding="same").padding == ((0, 1),)
    assert Conv([6], 3, 2, "same", convention="keras").padding == ((0, 1),), "none before, where PyTorch pads 1 and 1"
