# SPDX-License-Identifier: GPL-3.0-or-later
"""The palette of a GIF: flat colours exactly, the others at the stated quality, in as few colours as that needs."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk_pipeline.films.gif_palette import PALETTE_SIZES, TARGET_PSNR, build_palette


def shades(seed: int, count: int) -> np.ndarray:
    """A picture, of which the upper half is flat and the lower one has `count` shades of grey in a row."""
    picture = np.full((64, 256, 3), [31, 99, 181], np.uint8)
    ramp = (np.arange(256) * count // 256) * (255 // count)
    picture[32:] = np.random.default_rng(seed).permutation(ramp)[None, :, None]
    return picture


def decibels(pictures, found) -> float:
    off = [found.colors[found.apply(picture)].astype(float) - picture for picture in pictures]
    return float(10 * np.log10(255**2 / np.mean(np.square(off))))


def test_few_colours_are_exact():
    picture = shades(0, 20)
    found = build_palette([picture])
    assert len(found.colors) == 21
    assert np.array_equal(found.colors[found.apply(picture)], picture)


def test_many_are_served_at_the_stated_quality_by_no_more_than_it_takes():
    pictures = [shades(seed, 255) for seed in range(3)]
    found = build_palette(pictures)
    assert decibels(pictures, found) >= TARGET_PSNR
    assert PALETTE_SIZES[0] < len(found.colors) < PALETTE_SIZES[-1]


def test_noise_gets_the_most_colours_that_there_are():
    picture = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    assert len(build_palette([picture]).colors) == PALETTE_SIZES[-1]


def test_a_flat_colour_that_is_small_is_exact_among_a_hundred_thousand_shades():
    picture = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    picture[5:20, 5:20] = [227, 106, 12]
    found = build_palette([picture])
    assert found.colors[found.apply(picture)][10, 10].tolist() == [227, 106, 12]


def test_a_colour_that_is_known_is_exact_however_rare_and_takes_no_room_where_it_is_not_used():
    picture = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    picture[7, 7] = [32, 38, 46]
    found = build_palette([picture], [(32, 38, 46)])
    assert found.colors[found.apply(picture)][7, 7].tolist() == [32, 38, 46]
    assert build_palette([np.full((9, 9, 3), 7, np.uint8)], [(32, 38, 46)]).colors.tolist() == [[7, 7, 7]]


def test_the_same_pictures_get_the_same_palette():
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    assert np.array_equal(build_palette([picture]).colors, build_palette([picture]).colors)


@pytest.mark.parametrize("size", [(1, 1), (2, 300)])
def test_a_picture_of_one_colour_has_a_palette_of_one(size):
    assert build_palette([np.full((*size, 3), 7, np.uint8)]).colors.tolist() == [[7, 7, 7]]
