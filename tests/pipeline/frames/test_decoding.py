# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoding: the pixels and their hash do not depend on how a file stores them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from kernelwalk_pipeline.frames.decoding import decode_frame, load_pixels
from PIL import Image

SIZE = (37, 23)


def save(path, mode, **options):
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 4), np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    image.save(path, **options)
    return np.array(image.convert("RGBA"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_pixels_are_rgba_whatever_the_file_holds(tmp_path, mode):
    expected = save(tmp_path / "a.png", mode)
    picture = decode_frame(tmp_path / "a.png", SIZE)
    assert np.array_equal(picture.pixels, expected)
    assert np.array_equal(load_pixels(tmp_path / "a.png"), expected)
    assert picture.pixel_hash == hashlib.sha256(expected.tobytes()).hexdigest()


def test_a_transparent_color_becomes_transparent(tmp_path):
    expected = save(tmp_path / "a.png", "RGB")
    expected[..., 3] = np.where((expected[..., :3] == expected[5, 7, :3]).all(axis=2), 0, 255)
    save(tmp_path / "a.png", "RGB", transparency=tuple(expected[5, 7, :3].tolist()))
    assert np.array_equal(decode_frame(tmp_path / "a.png", SIZE).pixels, expected)
