# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs and kernels by name."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.spec.value_names import find_misfit
from kernelwalk.core.spec.values_section import INPUT_NAMES, KERNEL_NAMES
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.sources import LARGEST_RANDOM, make_input, make_kernel, make_plain_kernel

PUBLISHED = {
    # OpenCV's documentation of Sobel(), Scharr(), Laplacian() and getGaussianKernel(3)
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "scharr_x": [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]],
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "gaussian": [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]],
    "box": [[1 / 9] * 3] * 3,
    # Wikipedia, "Kernel (image processing)"
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    # docs.gimp.org, convolution matrix
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
}


@pytest.mark.parametrize("name", sorted(set(KERNEL_NAMES) - {"random"}))
def test_a_kernel_has_the_published_weights(name: str) -> None:
    assert np.array_equal(make_plain_kernel(name, (3, 3)), PUBLISHED[name])


@pytest.mark.parametrize("name", KERNEL_NAMES)
@pytest.mark.parametrize("sizes", [(3,), (4,), (1, 2), (3, 3), (5, 4), (3, 3, 3)])
def test_a_kernel_that_fits_has_the_size_of_the_layer(name: str, sizes: tuple[int, ...]) -> None:
    if find_misfit(name, sizes) is None:
        kernel = make_kernel(name, (4, 2, *sizes))
        assert kernel.shape == (4, 2, *sizes) and np.isfinite(kernel).all()


@pytest.mark.parametrize("sizes", [(2,), (3, 5), (4, 3, 2)])
def test_a_blur_keeps_the_mean(sizes: tuple[int, ...]) -> None:
    assert make_plain_kernel("box", sizes).sum() == pytest.approx(1)
    assert make_plain_kernel("gaussian", sizes).sum() == pytest.approx(1)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_the_identity_takes_each_channel_to_itself(groups: int) -> None:
    layer = {"op": "conv", "input": 5, "kernel": 3, "padding": 1, "in_channels": 4, "out_channels": 4, "groups": groups}
    spec = spec_from_table({"layer": layer, "values": {"input": "random", "kernel": "identity"}})
    computed = compute_values(spec)
    assert computed is not None and np.array_equal(*computed.grids)


@pytest.mark.parametrize("name", INPUT_NAMES)
@pytest.mark.parametrize("sizes", [(5,), (2, 4), (3, 2, 2), (1, 1)])
def test_an_input_has_the_size_of_the_layer(name: str, sizes: tuple[int, ...]) -> None:
    assert make_input(name, (3, *sizes)).shape == (3, *sizes)


def test_inputs_are_what_their_names_say() -> None:
    assert make_input("impulse", (1, 5)).tolist() == [[0, 0, 1, 0, 0]]
    assert make_input("edge", (1, 2, 4)).tolist() == [[[0, 0, 1, 1]] * 2]
    assert make_input("checkerboard", (2, 2, 3)).tolist() == [[[0, 1, 0], [1, 0, 1]]] * 2
    assert make_input("ramp", (2, 1, 3)).ravel().tolist() == [0, 1, 2, 3, 4, 5]


def test_random_numbers_follow_from_the_seed_and_are_short() -> None:
    first, again, other = (make_input("random", (1, 9, 9), seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert set(first.ravel()) == set(range(-LARGEST_RANDOM, LARGEST_RANDOM + 1))
    # PCG64 promises its numbers: a film made again shows the same ones
    assert make_input("random", (1, 8)).tolist() == [[2, 1, 0, -2, -1, -3, -3, -3]]
