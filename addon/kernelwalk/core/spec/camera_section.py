# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [camera]: direction and kind of the view. The whole scene is always in the picture."""

from __future__ import annotations

from typing import NamedTuple

from ..validation import AutoOr, Number
from .fields import Field, make_choice_field

VIEWS = {
    "three-quarter": {"azimuth": 30.0, "elevation": 38.0},
    "front": {"azimuth": 0.0, "elevation": 30.0},
    "side": {"azimuth": 90.0, "elevation": 22.0},
    "top": {"azimuth": 0.0, "elevation": 90.0},
}
"""Azimuth and elevation, in degrees, of each named direction; the keys azimuth and elevation override them."""


class Camera(NamedTuple):
    """A camera that sees the whole scene; FIELDS says what each key means. Angles are in degrees.

    distance: None stands for "auto"
    """

    azimuth: float
    elevation: float
    margin: float
    view: str = "three-quarter"
    projection: str = "orthographic"
    field_of_view: float = 32.0
    distance: float | None = None
    orbit: float = 0.0
    orbit_easing: str = "linear"


FIELDS = {
    "view": make_choice_field(
        "Named direction, which sets azimuth and elevation",
        {
            "three-quarter": "From the front right, above",
            "front": "From the front, above",
            "side": "From the right, a little above",
            "top": "Straight from above",
        },
    ),
    "azimuth": Field(Number(-180.0, 180.0), "Degrees to the right of the front"),
    "elevation": Field(
        Number(5.0, 90.0), "Degrees above the horizon; 90 looks straight down. Above 60, layers lie side by side"
    ),
    "projection": make_choice_field(
        "Projection of the scene",
        {
            "orthographic": "Equal tiles have equal sizes in the picture",
            "perspective": "Distant tiles are smaller in the picture",
        },
    ),
    "field_of_view": Field(Number(5.0, 100.0), "In perspective, degrees across the picture's longer side"),
    "distance": Field(
        AutoOr(Number(1.5, 100.0)),
        "In perspective, distance of the camera from the middle of the scene's box, in lengths of the box's longest "
        "side; it sets the field of view. Auto: from the field of view",
    ),
    "margin": Field(Number(0.0, 0.4), "Free share of the picture on each side"),
    "orbit": Field(
        Number(-3600.0, 3600.0),
        "Degrees that the camera orbits, centered on azimuth. In a loop, other than full turns go out and back",
    ),
    "orbit_easing": make_choice_field(
        "Movement of the camera along its orbit",
        {"linear": "At a constant speed", "smooth": "Starts and stops slowly"},
    ),
}
