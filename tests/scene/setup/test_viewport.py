# SPDX-License-Identifier: GPL-3.0-or-later
"""A saved scene opens in views that show its colors."""

from __future__ import annotations

from ..helpers import LAYERS, bpy, build_and_apply, make_test_plan, viewport


def test_every_3d_view_shows_materials_through_the_camera(scene):
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    viewport.look_through_camera()
    spaces = [space for screen in bpy.data.screens for area in screen.areas for space in area.spaces]
    views = [space for space in spaces if space.type == "VIEW_3D"]
    assert views
    for view in views:
        assert view.shading.type == "RENDERED"
        assert view.region_3d is None or view.region_3d.view_perspective == "CAMERA"
