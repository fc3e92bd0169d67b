# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as equal: on the CPU every pixel, on a GPU all but a few, which differ by one level."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk_pipeline.worker.pixel_tolerance import EXACT, GPU

SIZE = (1080, 1920, 3)


@pytest.mark.parametrize(("count", "levels", "allowed"), [(0, 0, True), (20, 1, True), (21, 1, False), (1, 2, False)])
def test_a_gpu_may_change_a_few_pixels_by_one_level(count, levels, allowed):
    first = np.full(SIZE, 255, np.uint8)  # whose differences must not wrap around
    second = first.copy()
    second[10, :count, 1] -= levels
    assert GPU.allows(first, second) == GPU.allows(second, first) == allowed
    assert EXACT.allows(first, second) == (count == 0)


def test_pictures_of_different_sizes_are_not_equal():
    assert not GPU.allows(np.zeros((2, 3, 3), np.uint8), np.zeros((3, 2, 3), np.uint8))
