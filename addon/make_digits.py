# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the picture of the symbols on tiles: python make_digits.py

Needs Pillow and scipy, which nothing else in the add-on needs. A pixel of the picture holds its distance from the edge
of a symbol, so that the edge is sharp at any size (Green 2007, "Improved Alpha-Tested Magnification for Vector Textures
and Special Effects", doi:10.1145/1281500.1281665): mid-grey on the edge, lighter inside.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from kernelwalk.core.values.digits import BASELINE, CELL, CELL_MARGIN, EM, SYMBOLS
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import distance_transform_edt

FONTS = Path(__file__).resolve().parent / "kernelwalk" / "fonts"

OVERSAMPLING = 8
"""Pixels in which distances are measured, for each pixel of the picture."""

LARGEST_DISTANCE = 10
"""Pixels from the edge at which the picture is black or white."""


def measure_symbol(symbol: str) -> np.ndarray:
    """Return the signed distance of each pixel of a cell from a symbol's edge, in pixels, positive inside."""
    width, height = (side * OVERSAMPLING for side in CELL)
    font = ImageFont.truetype(str(FONTS / "strong.ttf"), EM * OVERSAMPLING)
    picture = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(picture)
    left, _, right, _ = draw.textbbox((0, 0), symbol, font=font, anchor="ls")
    if right - left > width - CELL_MARGIN * OVERSAMPLING:  # too wide for a cell: a smaller one, around the same middle
        font = font.font_variant(size=int(EM * OVERSAMPLING * (width - CELL_MARGIN * OVERSAMPLING) / (right - left)))
        left, _, right, _ = draw.textbbox((0, 0), symbol, font=font, anchor="ls")
    draw.text(((width - left - right) / 2, BASELINE * OVERSAMPLING), symbol, fill=255, font=font, anchor="ls")
    is_inside = np.asarray(picture) > 127
    distances = distance_transform_edt(is_inside) - distance_transform_edt(~is_inside)
    blocks = distances.reshape(CELL[1], OVERSAMPLING, CELL[0], OVERSAMPLING)
    return blocks.mean(axis=(1, 3)) / OVERSAMPLING


def main() -> None:
    """Write fonts/digits.png: the cells of SYMBOLS side by side."""
    distances = np.concatenate([measure_symbol(symbol) for symbol in SYMBOLS], axis=1)
    levels = np.clip(np.round(127.5 + 127.5 * distances / LARGEST_DISTANCE), 0, 255).astype(np.uint8)
    Image.fromarray(levels).save(FONTS / "digits.png", optimize=True)


if __name__ == "__main__":
    main()
