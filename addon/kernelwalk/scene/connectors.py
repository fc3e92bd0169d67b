# SPDX-License-Identifier: GPL-3.0-or-later
"""The connectors: a curve with a straight line for each corner, whose points are keyed."""

from __future__ import annotations

import bpy

from ..core.plan import Connectors
from .owned import mark

LIGHT = ("shadow", "diffuse", "glossy", "transmission", "volume_scatter")
"""Rays other than the camera's: light that a line blocked would change the picture away from it."""


def build_connectors(
    connectors: Connectors, material: bpy.types.Material, collection: bpy.types.Collection
) -> bpy.types.Object:
    """The lines at the first position, as one object in `collection`. They throw no shadows and block no light."""
    curve = mark(bpy.data.curves.new("Connectors", "CURVE"))
    curve.dimensions = "3D"
    curve.bevel_depth = connectors.width / 2
    curve.bevel_resolution = 4
    curve.use_fill_caps = True
    for line in connectors.ends:
        spline = curve.splines.new("POLY")
        spline.points.add(len(line) - 1)
        for point, place in zip(spline.points, line.tolist(), strict=True):
            point.co = (*place, 1.0)
    curve.materials.append(material)
    made = mark(bpy.data.objects.new("Connectors", curve))
    for ray in LIGHT:
        setattr(made, f"visible_{ray}", False)
    collection.objects.link(made)
    return made
