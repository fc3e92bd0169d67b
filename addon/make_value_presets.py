# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the presets whose input is a small picture: python make_value_presets.py

The picture is drawn here: a bright disc, and a bright corner, in whole numbers from 0 to 9.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

PRESETS = Path(__file__).resolve().parent / "kernelwalk" / "presets"

SIZE, WHITE = 9, 9
"""Cells along each side of the picture, and the value of white."""

SAMPLES = 8
"""Points along each side of a cell whose mean is its value."""

FILTERS = {
    "sobel": (
        "Sobel filter",
        "sobel_x",
        "Differences along x: edges that rise are positive, edges that fall negative.",
    ),
    "blur": ("Blur", "gaussian", "Each output is a weighted mean of nine cells: what is small fades."),
    "sharpen": ("Sharpen", "sharpen", "Each cell is raised above its neighbors: edges stand out."),
}
"""Title, kernel and description of each preset, by its name."""

PRESET = """\
# {description}
title = "{title}"

[layer]
op = "conv"
input = {size}
kernel = 3

[values]
input = [
{rows}
]
kernel = "{kernel}"

[show]
kernel = "on"

[labels]
legend = true
"""


def draw_picture() -> np.ndarray:
    """Return the picture, shape (SIZE, SIZE): a disc at the upper left, and a corner at the lower right."""
    along = (np.arange(SIZE * SAMPLES) + 0.5) / SAMPLES
    y, x = np.meshgrid(along, along, indexing="ij")
    is_bright = (np.hypot(y - 0.4 * SIZE, x - 0.4 * SIZE) < 0.32 * SIZE) | ((x + y) > 1.6 * SIZE)
    cells = is_bright.reshape(SIZE, SAMPLES, SIZE, SAMPLES).mean(axis=(1, 3))
    return np.round(WHITE * cells).astype(int)


def main() -> None:
    """Write a preset for each of FILTERS."""
    rows = ",\n".join(f"    {row.tolist()}" for row in draw_picture())
    for name, (title, kernel, description) in FILTERS.items():
        text = PRESET.format(description=description, title=title, size=SIZE, rows=rows, kernel=kernel)
        (PRESETS / f"{name}.toml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
