# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [look]: shapes of tiles and lines. A template sets them all, a spec overrides some."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..validation import AutoOr, Boolean, Number, Text
from .colors_section import Colors, linearize, parse_srgb
from .fields import Field, make_choice_field

if TYPE_CHECKING:
    from ..arrays import Floats


class Look(NamedTuple):
    """The shapes, in units of a tile's pitch; FIELDS says what each key means.

    gap, connector_width: None stands for "auto"
    """

    template: str
    tiles: str
    tile_size: float
    thickness: float
    rounding: float
    bevel: float
    gap: float | None
    opacity: float
    blending: str
    outline: float
    connector_width: float | None
    see_through: bool
    frustum: float
    shadows: bool
    first_row: str
    colors: Colors

    @property
    def blends_as_displayed(self) -> bool:
        """True if colors are blended as they are displayed, False if in linear light."""
        return self.blending == "display"

    def to_scene_rgb(self, color: str) -> Floats:
        """Return the scene RGB (3,) of a color #RRGGBB."""
        return self.srgb_to_scene(parse_srgb(color))

    def srgb_to_scene(self, srgb: Floats) -> Floats:
        """Return the RGB that Blender gets for sRGB values from 0 to 1, of any shape: linear RGB, or the sRGB values
        themselves where colors are blended as they are displayed."""
        return srgb if self.blends_as_displayed else linearize(srgb)

    def to_linear_rgb(self, scene_rgb: Floats) -> Floats:
        """Return the linear RGB of scene RGB, of any shape."""
        return linearize(scene_rgb) if self.blends_as_displayed else scene_rgb


FIELDS = {
    "template": Field(
        Text(max_length=1000), "Template (light, world, surfaces): the name of one that ships, or a .blend file"
    ),
    "tiles": make_choice_field(
        "Objects that hold the tiles",
        {
            "layer": "One mesh per layer, which stays fast",
            "objects": "One object per tile, to edit them one by one",
        },
    ),
    "tile_size": Field(Number(0.1, 1.0), "Edge of a tile; 1 leaves no gap between tiles"),
    "thickness": Field(Number(0.0, 1.0), "Height of a tile; 0 makes it a flat square"),
    "rounding": Field(Number(0.0, 0.5), "Radius of a tile's corners"),
    "bevel": Field(Number(0.0, 1.0), "Width of the rounding along a tile's upper edge, as a share of its thickness"),
    "gap": Field(
        AutoOr(Number(0.0, 10_000.0)),
        "Height of the output over the input, in tiles. Auto: no input tile that is read is hidden",
    ),
    "opacity": Field(Number(0.0, 1.0), "Opacity of the tiles"),
    "blending": make_choice_field(
        "Blending of colors: of transparent tiles, and along edges",
        {
            "scene": "In linear light",
            "display": "As displayed; for templates without light on tiles and connectors",
        },
    ),
    "outline": Field(Number(0.0, 0.4), "Width of a line along each tile's edge; 0 draws none"),
    "connector_width": Field(
        AutoOr(Number(0.001, 1.0)),
        "Width of the lines between the output tile and its receptive field, in tiles. Auto: from the picture's size",
    ),
    "see_through": Field(
        Boolean(), "Draw connectors faintly through tiles in front of them; fade tiles that hide a receptive field"
    ),
    "frustum": Field(
        Number(0.0, 1.0), "Opacity of the body between the output tile and its receptive field; 0 draws none"
    ),
    "shadows": Field(Boolean(), "Let tiles cast shadows"),
    "first_row": make_choice_field(
        "Place of the first row",
        {"far": "Far from the viewer, as a matrix is printed", "near": "Near the viewer, as an axis is plotted"},
    ),
}
