# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that are written as a still one with patches: decoded by another library, they are what they should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk_pipeline.frames.png import ROWS, Retouch, is_whole
from PIL import Image


def picture(width, height, seed, channels=3):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(width=st.integers(1, 40), height=st.integers(1, 3 * ROWS + 1), channels=st.sampled_from([3, 4]), data=st.data())
def test_a_patched_picture_is_the_still_one_with_its_patches(tmp_path, width, height, channels, data):
    still = picture(width, height, 0, channels)
    patches, expected = [], still.copy()
    for seed in range(data.draw(st.integers(0, 3))):
        top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
        sides = data.draw(st.integers(1, width - left)), data.draw(st.integers(1, height - top))
        patch = picture(*sides, seed + 1, channels)
        patches.append((top, left, patch))
        expected[top : top + len(patch), left : left + patch.shape[1]] = patch
    retouch = Retouch(still)
    for parts, wanted in ((patches, expected), ([], still)):
        retouch.write(tmp_path / "a.png", parts)
        assert is_whole(tmp_path / "a.png")
        with Image.open(tmp_path / "a.png") as file:
            assert file.mode == {3: "RGB", 4: "RGBA"}[channels]
            assert np.array_equal(np.asarray(file), wanted)


@pytest.mark.parametrize("at", [40, 200, -20])
def test_a_flipped_bit_is_found(tmp_path, at):
    Retouch(picture(16, 20, 0)).write(tmp_path / "a.png", [])
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[at] ^= 4
    (tmp_path / "a.png").write_bytes(data)
    assert not is_whole(tmp_path / "a.png")
