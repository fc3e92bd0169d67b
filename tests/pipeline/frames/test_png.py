# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames written by IncrementalPngWriter decode to their pixels with another library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernelwalk_pipeline.frames import png
from kernelwalk_pipeline.frames.png import ROWS_PER_BAND, IncrementalPngWriter, is_whole
from PIL import Image


def picture(width, height, seed, channels=3):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    width=st.integers(1, 40),
    height=st.integers(1, 3 * ROWS_PER_BAND + 1),
    channels=st.sampled_from([3, 4]),
    data=st.data(),
)
def test_every_frame_of_a_series_decodes_to_its_pixels(tmp_path, width, height, channels, data):
    first = picture(width, height, 0, channels)
    writer = IncrementalPngWriter(first)
    for seed in range(data.draw(st.integers(1, 4))):
        created = first.copy()
        for _ in range(data.draw(st.integers(0, 3))):
            top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
            created[top : top + 5, left : left + 7] = data.draw(st.integers(0, 255))
        writer.write_frame(tmp_path / f"{seed}.png", created)
        assert is_whole(tmp_path / f"{seed}.png")
        with Image.open(tmp_path / f"{seed}.png") as file:
            assert file.mode == {3: "RGB", 4: "RGBA"}[channels]
            assert np.array_equal(np.asarray(file), created)


def test_known_bands_are_not_compressed_again(tmp_path, monkeypatch):
    first = picture(40, 4 * ROWS_PER_BAND, 0)
    other = first.copy()
    other[ROWS_PER_BAND + 3] = 0
    writer = IncrementalPngWriter(first)
    compressed_bands = []
    compress = png._compress_band
    monkeypatch.setattr(png, "_compress_band", lambda rows: compressed_bands.append(rows) or compress(rows))
    for created, bands in ((first, 0), (other, 1), (other, 0), (first, 0)):
        compressed_bands.clear()
        writer.write_frame(tmp_path / "a.png", created)
        assert len(compressed_bands) == bands


@pytest.mark.parametrize("at", [40, 200, -20])
def test_a_flipped_bit_is_found(tmp_path, at):
    IncrementalPngWriter(picture(16, 20, 0)).write_frame(tmp_path / "a.png", picture(16, 20, 0))
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[at] ^= 4
    (tmp_path / "a.png").write_bytes(data)
    assert not is_whole(tmp_path / "a.png")
