# SPDX-License-Identifier: GPL-3.0-or-later
"""The look: shapes, colours and the direction of the camera. Templates give them all, a spec overrides some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Colors:
    """sRGB colours, #RRGGBB. `..._active` is a tile's colour while the step uses it.

    feature: of feature maps between the layers of a chain
    extra, cropped: of a transposed convolution's output, cells of output padding, and those that are cropped
    kernel: of the block that moves with the receptive field
    input_visited, output_visited: of tiles that the walk has been to, where it leaves a trail: over the output, or in
        scatter over the input
    ghost: of outputs that are yet to be computed, where they appear as they are
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
    feature_map: str
    feature_map_active: str
    output_padding: str
    output_padding_active: str
    cropped: str
    cropped_active: str
    kernel: str
    input_visited: str
    output_visited: str
    ghost: str
    one_stamp: str
    most_stamps: str
    connector: str
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
    bevel:      width of the rounding along its upper edge, as a share of the thickness
    gap:        height of the upper layer over the lower one; None lets the camera's angle decide
    opacity:    of the tiles, 0 to 1
    outline:    width of a line along each tile's edge, 0 for none
    line_width: of the connectors; None is what is well seen in the whole picture
    see_through: whether connectors show, paler, through tiles before them, and tiles fade that hide a receptive field
    frustum:    opacity of the body between an output tile and its receptive field, 0 for none
    shadows:    whether tiles cast shadows
    first_row:  where the first row lies: "far", as a matrix is printed, or "near", as an axis is plotted
    """

    template: str
    tiles: str
    tile_size: float
    thickness: float
    rounding: float
    bevel: float
    gap: float | None
    opacity: float
    outline: float
    connector_width: float | None
    see_through: bool
    frustum: float
    shadows: bool
    first_row: str
    colors: Colors


VIEWS = {
    "three-quarter": {"azimuth": 30.0, "elevation": 38.0},
    "front": {"azimuth": 0.0, "elevation": 30.0},
    "side": {"azimuth": 90.0, "elevation": 22.0},
    "top": {"azimuth": 0.0, "elevation": 90.0},
}
"""The directions that have names; a camera's own azimuth and elevation go before them."""

PROJECTIONS = ("orthographic", "perspective")


@dataclass(frozen=True)
class Camera:
    """A camera that sees the whole scene.

    azimuth:   degrees to the right of the front
    elevation: degrees above the horizon; 90 looks straight down
    margin:    free share of the picture on each side
    view:      the direction's name, one of VIEWS, as far as azimuth and elevation do not say otherwise
    kind:      one of KINDS
    angle:     in perspective, degrees of view across the picture's longer side
    orbit:     degrees that the camera turns around the scene in the whole film, half of them before it is at its
               azimuth; positive ones to the right
    orbit_easing: how it goes, a name of easing.EASINGS
    """

    azimuth: float
    elevation: float
    margin: float
    view: str = "three-quarter"
    projection: str = "orthographic"
    field_of_view: float = 32.0
    orbit: float = 0.0
    orbit_easing: str = "linear"


def srgb_to_linear(color: str) -> NDArray[np.float64]:
    """The linear RGB, 0 to 1, of an sRGB colour #RRGGBB (IEC 61966-2-1)."""
    srgb = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
