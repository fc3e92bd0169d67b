# SPDX-License-Identifier: GPL-3.0-or-later
"""Several walks in one scene in a real window: added, generated and chosen by mouse. Screenshots are saved."""

from __future__ import annotations

import pytest

from .window import Window
from .window_actions import NEEDS_WINDOW, generate, tile_position

pytestmark = NEEDS_WINDOW

STATE = """
from bl_ext.user_default.kernelwalk.scene.builds import active_walk, ownership
from bl_ext.user_default.kernelwalk.scene.steps import step_navigation
from bl_ext.user_default.kernelwalk.ui.fields import walk_settings
answer = [
    active_walk.get_active_number(scene),
    [props.layer.kernel[2] for props in walk_settings.list_settings(scene)],
    scene.camera.name,
    sorted(item.name for item in scene.objects if item.name.startswith("Output") and item.type == "MESH"),
]
"""


MIDDLES = """
from bl_ext.user_default.kernelwalk.scene.builds import ownership
from bl_ext.user_default.kernelwalk.scene.places import user_objects
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector
window, _, regions = find_view()
region = regions["WINDOW"]
low, high = user_objects.get_extent(ownership.find_root_collections(window.scene)[0]).bounds
place = location_3d_to_region_2d(region, region.data, Vector((low + high) / 2))
answer = [region.x + place.x, (regions["TOOLS"].x + regions["TOOLS"].width + regions["UI"].x) / 2]
"""
"""Places on the screen: the middle of the active walk, and that of the view beside toolbar and sidebar."""

VIEW = """
view = find_view()[1].spaces.active.region_3d
answer = [view.view_perspective, [round(length, 2) for length in (*view.view_location, view.view_distance)]]
"""
"""Where the 3D view looks."""

MOVE_IN_QUAD_VIEW = """
window, area, regions = find_view()
space = area.spaces.active
space.region_3d.view_perspective = "PERSP"
before = [[*view.view_location] for view in space.region_quadviews]
window.scene.cursor.location = (4, 5, 6)
with bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"]):
    bpy.ops.kernelwalk.place_at_cursor()
pairs = zip(space.region_quadviews, before)
answer = [[round(now - then, 2) for now, then in zip(view.view_location, at)] for view, at in pairs]
"""


def test_a_second_walk_is_added_generated_and_chosen_by_a_click_on_its_tile(window: Window) -> None:
    def read() -> list[object]:
        return list(window.run_python("scene = bpy.context.window_manager.windows[0].scene\n" + STATE))

    generate(window)
    window.click(*window.find_button("kernelwalk.add_walk", 0.75))
    window.wait_until(lambda: read()[0] == 2, "the second walk")
    window.run_python("bpy.context.window_manager.windows[0].scene.kernelwalk_more_walks[0].layer.kernel = (2, 2, 2)")
    window.take_screenshot("walks_added")
    window.click(*window.find_button("kernelwalk.generate"))
    window.wait_until(lambda: len(read()[3]) == 2, "the second walk's tiles")
    assert read() == [2, [3, 2], "Kernelwalk Camera", ["Output", "Output 2"]]
    middle, free = window.run_python(MIDDLES)
    assert middle == pytest.approx(free, abs=1.5)
    window.take_screenshot("walks")
    window.click(*window.find_button("kernelwalk.choose_walk(number=1)"))
    assert read()[0] == 1
    window.click(*window.find_button("kernelwalk.show_tile"))
    window.click(*tile_position(window, 1, 1, "Output 2"))
    window.wait_until(lambda: read()[0] == 2, "the walk of the tile")
    window.key("ESC")
    window.click(*window.find_button("kernelwalk.choose_walk(number=1)"))
    assert read()[0] == 1
    window.click(*tile_position(window, 4, 3, "Output 2"))
    window.wait_until(lambda: read()[0] == 2, "the walk of the object that was selected")
    left, bottom, width, height = window.open_sidebar()
    window.drag((left + 1, bottom + 0.3 * height), (left + 0.45 * width, bottom + 0.3 * height))
    assert window.open_sidebar()[2] < 0.6 * width
    window.take_screenshot("walks_half")
    left, bottom, now, height = window.open_sidebar()
    window.drag((left + 1, bottom + 0.3 * height), (left + now - width + 1, bottom + 0.3 * height))


def test_the_add_menu_builds_a_further_walk_at_the_cursor(window: Window) -> None:
    generate(window)
    before = window.run_python(VIEW)
    window.run_python("bpy.context.window_manager.windows[0].scene.cursor.location = (60, 0, 0)")
    window.move(*window.view_center())
    window.key("shift+A")
    window.type("kernelwalk")
    window.take_screenshot("add_menu")
    window.key("RET")
    place = "[list(each.location) for each in scene.objects if each.name == 'Kernelwalk Origin 2']"
    window.wait_until(lambda: window.evaluate(place) == [[60, 0, 0]], "the second walk")
    window.take_screenshot("added_at_cursor")
    added = window.run_python(VIEW)
    assert added != before
    window.key("ctrl+Z")
    window.wait_until(lambda: window.evaluate("len(scene.kernelwalk_more_walks)") == 0, "the file before")
    assert window.run_python(VIEW) == before, "the added walk's place is empty now"
    window.key("ctrl+shift+Z")
    window.wait_until(lambda: window.evaluate("len(scene.kernelwalk_more_walks)") == 1, "the second walk again")
    assert window.run_python(VIEW) == added


def test_all_views_of_a_quad_view_move_with_a_walk_by_as_much(window: Window) -> None:
    generate(window)
    window.move(*window.view_center())
    window.key("ctrl+alt+Q")
    assert window.run_python(MOVE_IN_QUAD_VIEW) == [[4, 5, 6]] * 4
    window.take_screenshot("walk_moved_in_quad_view")
    window.key("ctrl+alt+Q")
