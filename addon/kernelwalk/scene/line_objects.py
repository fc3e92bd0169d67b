# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines: a curve for each set of them, whose points are keyed."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..core.lines.line_set import LineSet
from ..core.lines.see_through import SeeThroughTransform
from .ownership import tag

NON_CAMERA_RAYS = ("shadow", "diffuse", "glossy", "transmission", "volume_scatter")
"""Rays other than the camera's: light that a line blocked would change the picture away from it."""


def build_lines(lines: LineSet, material: bpy.types.Material, collection: bpy.types.Collection) -> bpy.types.Object:
    """A set of lines at the first position, as one object in `collection`. They throw no shadows and block no light."""
    name = lines.name.capitalize()
    curve = tag(bpy.data.curves.new(name, "CURVE"))
    curve.dimensions = "3D"
    curve.bevel_depth = lines.width / 2
    curve.bevel_resolution = 4
    curve.use_fill_caps = True
    for line in lines.points[0]:
        spline = curve.splines.new("NURBS" if lines.is_arched else "POLY")
        spline.points.add(len(line) - 1)
        for point, place in zip(spline.points, line.tolist(), strict=True):
            point.co = (*place, 1.0)
        if lines.is_arched:
            spline.order_u = len(line)
            spline.use_endpoint_u = True
    curve.materials.append(material)
    made = tag(bpy.data.objects.new(name, curve))
    show_to_camera_only(made)
    collection.objects.link(made)
    return made


def build_see_through_lines(
    lines_object: bpy.types.Object,
    see_through: SeeThroughTransform,
    material: bpy.types.Material,
    orbit: bpy.types.Object | None,
    collection: bpy.types.Collection,
) -> list[bpy.types.Object]:
    """The lines once more, paler and before everything, and what carries them where the camera moves."""
    made = tag(bpy.data.objects.new(f"{lines_object.name} Seen Through", lines_object.data))
    made.material_slots[0].link = "OBJECT"
    made.material_slots[0].material = material
    made.scale = (see_through.scale,) * 3
    made.hide_select = True
    show_to_camera_only(made)
    collection.objects.link(made)
    if orbit is None:
        made.location = (see_through.fixed_offset + see_through.orbiting_offset).tolist()
        return [made]
    carrier = tag(bpy.data.objects.new(f"{lines_object.name} Carrier", None))
    carrier.parent = orbit
    carrier.location = see_through.orbiting_offset.tolist()
    carrier.empty_display_size = 0.1
    collection.objects.link(carrier)
    made.location = (see_through.fixed_offset - np.array(orbit.location)).tolist()
    follow: Any = made.constraints.new("COPY_LOCATION")
    follow.target = carrier
    follow.use_offset = True
    return [made, carrier]


def show_to_camera_only(made: bpy.types.Object) -> None:
    """Let an object that moves be seen by the camera alone."""
    for ray in NON_CAMERA_RAYS:
        setattr(made, f"visible_{ray}", False)
