# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines: one curve object per set of lines, with keyed points."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...core.lines.line_set import LineSet
from ...core.lines.see_through import SeeThroughTransform
from ..builds.object_store import CAMERA_ROLE, CARRIER_NAME, SEEN_THROUGH_ROLE, ObjectStore
from ..builds.ownership import strip_number_suffix, tag
from ..shading.facing_nodes import TUBE_SIDES, add_facing_modifier
from ..shading.materials import put_material
from ..stored_values import set_value

LINES_ROOM = "Lines"
"""Name of the collection of all lines, and of the frustum."""

NON_CAMERA_RAYS = ("shadow", "diffuse", "glossy", "transmission", "volume_scatter")
"""Rays to which lines are invisible, so that a line changes only the pixels it covers."""

ARCH_PIECES, STRAIGHT_PIECES = 12, 8
"""Pieces into which a line is cut along its length. Cycles tests rays against boxes around pieces: most of the box
around a long slanting one is empty (30x30 to 28x28: 1.7 µs a sample with whole lines, 1.4 with 6 to 48 pieces)."""


def build_lines(lines: LineSet, material: bpy.types.Material, store: ObjectStore) -> bpy.types.Object:
    """Build a set of lines, as at the first step, as one object that casts no shadows."""
    name = lines.name.capitalize()
    curve: Any = store.parts.take(f"curve {name}", lambda: tag(bpy.data.curves.new(name, "CURVE")))
    settings = {"dimensions": "3D", "bevel_depth": lines.width / 2, "use_fill_caps": True}
    settings["bevel_resolution"] = TUBE_SIDES // 2 - 2
    for key, value in settings.items():
        set_value(curve, key, value)
    points = lines.points[0]
    if [(spline.type, len(spline.points)) for spline in curve.splines] != [("NURBS", len(line)) for line in points]:
        curve.splines.clear()
        for line in points:
            spline = curve.splines.new("NURBS")
            spline.points.add(len(line) - 1)
            spline.order_u = len(line) if lines.is_arched else 2
            spline.use_endpoint_u = True
            spline.resolution_u = ARCH_PIECES if lines.is_arched else STRAIGHT_PIECES
    for spline, line in zip(curve.splines, points, strict=True):
        spline.points.foreach_set("co", np.column_stack([line, np.ones(len(line))]).astype(np.float32).ravel())
        spline.points.foreach_set("radius", np.ones(len(line), np.float32))
    put_material(curve, material)
    line_object = store.make(f"lines {lines.name}", name, curve, LINES_ROOM)
    show_to_camera_only(line_object)
    return line_object


def build_see_through_lines(
    lines_object: Any,
    see_through: SeeThroughTransform,
    material: bpy.types.Material,
    orbit: bpy.types.Object | None,
    store: ObjectStore,
) -> list[bpy.types.Object]:
    """Build a pale copy of lines in front of everything, and the empty that moves it where the camera orbits."""
    lines_name = strip_number_suffix(lines_object.data.name)
    copy = store.make(SEEN_THROUGH_ROLE, f"{lines_name} Seen Through", lines_object.data, LINES_ROOM)
    slot = copy.material_slots[0]
    for name, value in (("link", "OBJECT"), ("material", material)):
        set_value(slot, name, value)
    copy.scale = (see_through.scale,) * 3
    add_facing_modifier(copy, store.objects[CAMERA_ROLE], store.parts)
    set_value(copy, "hide_select", True)
    show_to_camera_only(copy)
    if orbit is None:
        copy.location = (see_through.fixed_offset + see_through.orbiting_offset).tolist()
        return [copy]
    carrier = store.make("lines carrier", f"{lines_name} Carrier", None, LINES_ROOM)
    carrier.parent = orbit
    carrier.location = see_through.orbiting_offset.tolist()
    carrier.empty_display_size = 0.1
    copy.location = (see_through.fixed_offset - np.array(orbit.location)).tolist()
    constraint: Any = copy.constraints.new("COPY_LOCATION")
    constraint.name = CARRIER_NAME
    constraint.target = carrier
    constraint.use_offset = True
    return [copy, carrier]


def show_to_camera_only(shown: bpy.types.Object) -> None:
    """Make a moving object invisible to all rays but the camera's."""
    for ray in NON_CAMERA_RAYS:
        set_value(shown, f"visible_{ray}", False)
