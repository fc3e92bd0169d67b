# SPDX-License-Identifier: GPL-3.0-or-later
"""The look: shapes, colours and the direction of the camera. Templates give them all, a spec overrides some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Colors:
    """sRGB colours, #RRGGBB. `..._active` is a tile's colour while the step uses it.

    feature: of feature maps between the layers of a chain
    extra, cropped: of a transposed convolution's output, cells of output padding, and those that are cropped
    kernel: of the block that moves with the receptive field
    heat_low, heat_high: of outputs on which one stamp fell, and the most
    text: of words
    """

    background: str
    input: str
    input_active: str
    zero: str
    zero_active: str
    padding: str
    padding_active: str
    output: str
    output_active: str
    feature: str
    feature_active: str
    extra: str
    extra_active: str
    cropped: str
    cropped_active: str
    kernel: str
    heat_low: str
    heat_high: str
    line: str
    outline: str
    text: str


@dataclass(frozen=True)
class Look:
    """Shapes in units of a tile's pitch.

    template:   the .blend that gives light, world and surfaces
    tiles:      "layer": a mesh per layer; "objects": an object per tile
    tile_size:  edge of a tile; 1 leaves no gap
    thickness:  height of a tile; 0 makes it a flat square
    rounding:   radius of a tile's corners
    gap:        height of the upper layer over the lower one; None lets the camera's angle decide
    opacity:    of the tiles, 0 to 1
    outline:    width of a line along each tile's edge, 0 for none
    line_width: of the connectors; None is what is well seen in the whole picture
    shadows:    whether tiles cast shadows
    first_row:  where the first row lies: "far", as a matrix is printed, or "near", as an axis is plotted
    """

    template: str
    tiles: str
    tile_size: float
    thickness: float
    rounding: float
    gap: float | None
    opacity: float
    outline: float
    line_width: float | None
    shadows: bool
    first_row: str
    colors: Colors


@dataclass(frozen=True)
class Camera:
    """An orthographic camera that sees the whole scene.

    azimuth:   degrees to the right of the front
    elevation: degrees above the horizon; 90 looks straight down
    margin:    free share of the picture on each side
    """

    azimuth: float
    elevation: float
    margin: float


def linear(color: str) -> NDArray[np.float64]:
    """The linear RGB, 0 to 1, of an sRGB colour #RRGGBB (IEC 61966-2-1)."""
    srgb = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
