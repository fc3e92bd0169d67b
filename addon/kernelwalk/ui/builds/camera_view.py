# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera view of a 3D view: the camera's frame fills the part of the view that no sidebar or toolbar covers."""

from __future__ import annotations

from math import sqrt
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ...scene.builds import ownership
from ...scene.places import user_objects
from ..toolkit.operator_utils import Context

DISTANCE = 2.0
"""Distance from which a view shows a whole walk beside the sidebar, in lengths of the diagonal of its room."""

MARGIN = 10
"""Pixels around the frame, at an interface scale of 1."""

MIN_FREE_SHARE = 0.2
"""Least share of a view's width and height that counts as free; where less is, the frame may lie under a sidebar."""

SHOWN_LENGTH = 72.0
"""Millimeters: along its longer side a view shows view_distance * SHOWN_LENGTH / lens, with Blender's 36 mm sensor."""

ZOOM_RANGE = (-30.0, 600.0)
"""Range of RegionView3D.view_camera_zoom."""

Rectangle = tuple[float, float, float, float]
"""Left, bottom, right and top, in pixels."""


def look_through_camera(context: Context) -> None:
    """Turn a 3D view to the scene's camera, whose frame fills the view: that of the context, or the window's largest.

    Blender keeps the former view, to which Numpad 0 returns. A local view, and a view with a camera of its own, stay as
    they are.
    """
    area = _find_area(context)
    if area is None:
        return
    space: Any = area.spaces.active
    if space.use_local_camera or space.local_view or context.scene.camera is None:
        return
    region = _find_region(area)
    view = region.data
    if view.view_perspective != "CAMERA":
        with context.temp_override(area=area, region=region):
            bpy.ops.view3d.view_camera()  # unlike the property, the operator keeps the former view
    render = context.scene.render
    aspect = render.resolution_x * render.pixel_aspect_x / (render.resolution_y * render.pixel_aspect_y)
    free = _find_free_part(context, area, region)
    view.view_camera_zoom, view.view_camera_offset = fit_frame((region.width, region.height), free, aspect)


def look_at_walk(context: Context, root: bpy.types.Collection) -> None:
    """Turn a 3D view to a walk as the walk's own camera sees it, without looking through that.

    The middle of the walk is that of the part of the view beside the sidebar.
    """
    area, extent = _find_area(context), user_objects.get_extent(root)
    camera = ownership.find_camera(root)
    if area is None or area.spaces.active.local_view or extent is None or camera is None:
        return
    context.view_layer.update()  # Blender computes the camera's rotation in the world
    low, high = extent.bounds
    region = _find_region(area)
    view = region.data
    view.view_perspective = "ORTHO" if camera.data.type == "ORTHO" else "PERSP"
    view.view_rotation = camera.matrix_world.to_quaternion()
    view.view_distance = DISTANCE * float(np.linalg.norm(high - low))
    left, bottom, right, top = _find_free_part(context, area, region)
    offset = Vector(((left + right - region.width) / 2, (bottom + top - region.height) / 2, 0))  # in pixels
    scale = view.view_distance * SHOWN_LENGTH / area.spaces.active.lens / max(region.width, region.height)
    view.view_location = Vector((low + high) / 2) - scale * (view.view_rotation @ offset)


def _find_free_part(context: Context, area: Any, region: Any) -> Rectangle:
    """Return the part of a view that no sidebar or toolbar covers, less a margin, relative to the view's corner."""
    margin = MARGIN * context.preferences.system.ui_scale
    return find_free_rectangle(
        (region.x, region.y, region.x + region.width, region.y + region.height),
        [
            (other.alignment, (other.x, other.y, other.x + other.width, other.y + other.height))
            for other in area.regions
            if other.type != "WINDOW" and other.width > 1 and other.height > 1
        ],
        margin,
    )


def find_free_rectangle(view: Rectangle, others: list[tuple[str, Rectangle]], margin: float) -> Rectangle:
    """Return the part of a view beside the regions that lie over it, less a margin, relative to the view's corner.

    others: alignment and rectangle of each region that could lie over it; all rectangles on the screen

    >>> find_free_rectangle((0, 0, 800, 600), [("RIGHT", (500, 0, 800, 600)), ("TOP", (0, 570, 800, 600))], 10)
    (10, 10, 490, 560)
    """
    left, bottom, right, top = view
    for alignment, (x, y, x_end, y_end) in others:
        if x_end <= view[0] or x >= view[2] or y_end <= view[1] or y >= view[3]:
            continue
        if alignment == "LEFT":
            left = max(left, x_end)
        elif alignment == "RIGHT":
            right = min(right, x)
        elif alignment == "BOTTOM":
            bottom = max(bottom, y_end)
        elif alignment == "TOP":
            top = min(top, y)
    if right - left - 2 * margin < MIN_FREE_SHARE * (view[2] - view[0]):
        left, right = view[0], view[2]
    if top - bottom - 2 * margin < MIN_FREE_SHARE * (view[3] - view[1]):
        bottom, top = view[1], view[3]
    return left - view[0] + margin, bottom - view[1] + margin, right - view[0] - margin, top - view[1] - margin


def fit_frame(size: tuple[float, float], free: Rectangle, aspect: float) -> tuple[float, tuple[float, float]]:
    """Return the zoom and the offset of a camera view, with which the camera's frame fills a rectangle of the view.

    The formulas are those of BKE_screen_view3d_zoom_to_fac and BKE_camera_params_from_view3d in Blender's source, for
    cameras whose sensor fits horizontally.

    size:   width and height of the view's region, in pixels
    aspect: width of the frame, as a share of its height
    """
    left, bottom, right, top = free
    width = min(right - left, aspect * (top - bottom))
    zoom = min(max(50 * (2 * sqrt(max(width / size[0], 0.0)) - sqrt(2)), ZOOM_RANGE[0]), ZOOM_RANGE[1])
    share = (sqrt(2) + zoom / 50) ** 2 / 4
    across, up = (left + right - size[0]) / 2, (bottom + top - size[1]) / 2  # from the middle of the region
    return zoom, (-across / (2 * share * size[0]), -up / (2 * share * size[1]))


def _find_area(context: Context) -> Any:
    """Return the 3D view in which something is done, or else the window's largest, or None."""
    if bpy.app.background or context.window is None or context.screen is None:
        return None
    if context.area is not None and context.area.type == "VIEW_3D":
        return context.area
    areas = [area for area in context.screen.areas if area.type == "VIEW_3D"]
    return max(areas, key=lambda area: area.width * area.height, default=None)


def _find_region(area: Any) -> Any:
    """Return the region that shows the view; of a quad view's four, the one that can turn."""
    regions = [region for region in area.regions if region.type == "WINDOW"]
    return next((region for region in regions if not region.data.lock_rotation), regions[0])
