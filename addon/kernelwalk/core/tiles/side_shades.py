# SPDX-License-Identifier: GPL-3.0-or-later
"""The brightness of a tile's sides and bevels, as shares of its top's: the nodes of the templates' makers in numpy.

A template of the user's own, and the light of a lit one, are not known here: their sides are those of paper.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Floats
from ..spec.colors_section import encode_srgb
from ..spec.look_section import Look
from ..spec.templates import DEFAULT_TEMPLATE

UNLIT_SIDES = {DEFAULT_TEMPLATE: (0.72, 0.28, 0.08), "blueprint": (0.62, 0.3, 0.08), "studio": (0.78, 0.22, 0.05)}
"""Template → brightness of an upright side, added the more it faces upwards, and to the right."""

LIT_TEMPLATES = ("studio",)
"""Templates whose light falls on tiles."""


def measure_shade(look: Look, normal: Floats, scene_rgb: Floats) -> float:
    """Return the brightness of a surface that is not level, by its unit normal (3,) and the tile's color (3,)."""
    x, _, z = normal.tolist()
    if look.template == "dark":
        share = min(max((float(scene_rgb.max()) - 0.05) / 0.45, 0.0), 1.0)
        brightness = share * share * (3 - 2 * share)
        side = 0.5 + 0.35 * z + 0.07 * x
        side += (0.85 - side) * brightness
        return side + 1.2 * float(np.clip(1 - abs(3.2 * z - 2.2), 0.0, 1.0))
    upright, upward, sideways = UNLIT_SIDES.get(look.template, UNLIT_SIDES[DEFAULT_TEMPLATE])
    return upright + upward * z + sideways * x


def shade_surfaces(look: Look, normals: Floats, linear_rgb: Floats) -> Floats:
    """Return the factors (n,) on linear RGB (3,) by which surfaces with normals (n, 3) are darker than a tile's top."""
    color = encode_srgb(linear_rgb) if look.blends_as_displayed else linear_rgb
    distinct, places = np.unique(normals.round(3), axis=0, return_inverse=True)
    shades = np.array([1.0 if normal[2] > 0.999 else measure_shade(look, normal, color) for normal in distinct])
    brightest = max(float(color.max()), 1e-3)
    factors = look.to_linear_rgb(np.clip(shades * brightest, 0.0, 1.0)) / look.to_linear_rgb(np.array(brightest))
    shaded: Floats = np.minimum(factors, 1.0)[places.reshape(-1)]
    return shaded
