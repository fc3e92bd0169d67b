# SPDX-License-Identifier: GPL-3.0-or-later
"""A saved scene opens in views that show its colors."""

from __future__ import annotations

from ..helpers import LAYERS, bpy, build_and_apply, make_test_plan, viewport


def list_views(screens):
    spaces = [space for screen in screens for area in screen.areas for space in area.spaces]
    return [space for space in spaces if space.type == "VIEW_3D"]


def test_every_3d_view_shows_materials_through_the_camera(scene):
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    viewport.look_through_camera()
    views = list_views(bpy.data.screens)
    assert views
    for view in views:
        assert view.shading.type == "RENDERED"
        assert view.region_3d is None or view.region_3d.view_perspective == "CAMERA"


def test_colors_show_in_all_workspaces_in_object_mode_unless_a_window_shows_another_scene(scene):
    window = bpy.context.window_manager.windows[0]
    viewport.show_colors(bpy.data.scenes.new("Hidden"), "MATERIAL")
    assert {view.shading.color_type for view in list_views(bpy.data.screens)} == {"MATERIAL", "TEXTURE"}
    viewport.show_colors(window.scene, "MATERIAL")
    colors = {
        space.name: {(view.shading.type, view.shading.color_type) for view in list_views(space.screens)}
        for space in bpy.data.workspaces
    }
    assert colors["Layout"] == colors["Animation"] == colors["Scripting"] == {("MATERIAL", "VERTEX")}
    assert colors["Modeling"] == colors["Sculpting"] == {("SOLID", "MATERIAL")}
