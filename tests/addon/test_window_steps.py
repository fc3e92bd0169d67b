# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a walk in the real window: tiles that are clicked, playback, and what the panel says meanwhile."""

from __future__ import annotations

from .window import Window
from .window_actions import (
    NEEDS_WINDOW,
    generate,
    read_records,
    read_step_texts,
    record_panel,
    set_preference,
    tile_position,
)

pytestmark = NEEDS_WINDOW

VIEWS = {
    "camera_orthographic": ("SOLID", "view.view_perspective = 'CAMERA'"),
    "camera_perspective": ("SOLID", "window.scene.camera.data.type = 'PERSP'"),
    "orthographic": ("WIREFRAME", "view.view_perspective = 'ORTHO'"),
    "perspective": ("SOLID", "view.view_perspective = 'PERSP'"),
    "quad": ("SOLID", "bpy.ops.screen.region_quadview()"),
}
"""Shading of each view, and how to come there from the one before."""

SET_VIEW = """
window, area, regions = find_view()
space = area.spaces.active
view = space.region_3d
space.shading.type = {shading!r}
with bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"]):
    {change}
"""

STATE = "[scene.kernelwalk.steps.step, scene.kernelwalk.steps.tile_description.rpartition('. ')[2]]"

MARK = """
from bl_ext.user_default.kernelwalk.ui.steps import tile_tool
answer = [[list(mark.picked[1].cell), len(mark._points)] for mark in tile_tool._marks]
"""

COUNT_MARKS = "from bl_ext.user_default.kernelwalk.ui.steps import tile_tool\nanswer = len(tile_tool._marks)"


def test_clicked_tiles_lead_to_their_steps_in_every_view(window: Window) -> None:
    """The tool is started once, and stays active through all views."""
    set_preference(window, "show_colors", "SOLID")
    generate(window)
    window.click(*window.find_button("kernelwalk.show_tile"))
    tiles = iter((0, 7, 14, 21, 3, 10, 17, 24, 4, 11, 18, 20, 2, 9, 16))
    for name, (shading, change) in VIEWS.items():
        window.run_python(SET_VIEW.format(shading=shading, change=change))
        window.move(*window.view_center())  # it is drawn
        for tile in (next(tiles), next(tiles), next(tiles)):
            row, column = divmod(tile, 5)
            window.click(*tile_position(window, row, column, looks_down=name == "quad"))
            assert window.evaluate(STATE) == [tile, f"Step {tile}"], name
        ((cell, points),) = window.run_python(MARK)
        assert cell == [column, row, 0, 0] and points >= 8, "the tile is marked"
        window.take_screenshot(f"tiles_{name}")
    window.key("ESC")
    assert window.run_python(MARK) == []


ENTER_EDIT_MODE = """
window, area, regions = find_view()
window.view_layer.objects.active = bpy.data.objects["Input"]
with bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"]):
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="DESELECT")
"""


def test_a_second_click_leads_to_the_next_step_in_edit_mode_too(window: Window) -> None:
    set_preference(window, "show_colors", "SOLID")
    generate(window)
    place = tile_position(window, 4, 0, "Input")
    window.run_python(ENTER_EDIT_MODE)
    window.click(*window.find_button("kernelwalk.show_tile"))
    for number, step in enumerate((15, 16, 20, 21, 15)):
        window.click(*place)
        assert window.evaluate(STATE) == [step, f"{number % 4 + 1} of 4 steps: step {step}"]
    window.take_screenshot("tile_in_edit_mode")
    window.key("RIGHTMOUSE")
    assert window.run_python(COUNT_MARKS) == 0
    for count in (1, 0):  # its button ends the tool too
        window.click(*window.find_button("kernelwalk.show_tile"))
        assert window.run_python(COUNT_MARKS) == count


def test_the_panel_follows_playback_and_does_not_move(window: Window) -> None:
    set_preference(window, "show_colors", "SOLID")
    window.run_python("""
props = bpy.context.window_manager.windows[0].scene.kernelwalk
props.walk.frames_per_step, props.values.on = 3, True
""")
    generate(window)
    places = {window.find_button("layer.op")}
    window.click(*window.find_button("kernelwalk.show_tile"))
    places.add(window.find_button("layer.op"))
    window.click(*tile_position(window, 2, 4))
    places.add(window.find_button("layer.op"))
    window.key("ESC")
    for frame in (1, 13, 50, 12):  # the lead-in has no sum
        window.run_python(f"bpy.context.window_manager.windows[0].scene.frame_set({frame})")
        places.add(window.find_button("layer.op"))
    assert len(places) == 1
    record_panel(window)
    window.move(*window.view_center())
    window.key("SPACE")
    window.wait_until(lambda: len({step for step, _ in read_records(window)[1]}) > 5, "some steps")
    window.take_screenshot("playing")
    window.key("SPACE")
    drawn, shown = read_records(window)
    *played, _ = (step for step, is_playing in shown if is_playing)  # it may stop before the last one is drawn
    steps = {*played} - {None}
    texts = read_step_texts(window)
    assert texts and all(step is not None and text == f"Output {divmod(step, 5)}" for step, text in texts), texts
    assert len(steps) > 3 and steps <= {step for step, is_playing in drawn if is_playing}
