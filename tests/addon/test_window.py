# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on in a real window: installed from its zip, used with mouse and keyboard. Screenshots are saved."""

from __future__ import annotations

import json

import pytest

from .window import Window
from .window_actions import (
    NEEDS_WINDOW,
    collection_names,
    generate,
    read_records,
    read_step_texts,
    record_panel,
    run_from_search,
    set_preference,
    set_small_render,
    stop_render,
    tile_position,
)

pytestmark = NEEDS_WINDOW

SPEC = """title = "Dropped"
[layer]
op = "conv_transpose"
input = 3
kernel = 3
stride = 2
"""


def output_size(window: Window) -> list[float]:
    """Return the size of the generated output: its greatest cell index on each axis, plus one."""
    return list(
        window.evaluate(
            "[1 + max(item.vector[axis] for item in bpy.data.objects['Output'].data.attributes['cell'].data)"
            " for axis in (1, 0)]"
        )
    )


def type_kernel(window: Window, size: str) -> None:
    window.click(*window.find_button("layer.kernel"))
    window.key("ctrl+A")
    window.type(size)
    window.key("RET")


def test_generate_and_the_step_buttons_are_clicked_and_undone(window: Window) -> None:
    set_preference(window, "show_colors", "SOLID")
    window.run_python("find_view()[1].spaces.active.shading.type = 'WIREFRAME'")
    before = window.evaluate("[scene.render.engine, scene.frame_end, scene.camera.name, scene.world.name]")
    window.take_screenshot("panel")
    generate(window)
    assert output_size(window) == [5, 5]
    assert window.evaluate("find_view()[1].spaces.active.shading.type") == "SOLID"
    window.click(*window.find_button("kernelwalk.step(to='LAST')", 0.92))
    assert window.evaluate("[scene.kernelwalk.steps.step, scene.kernelwalk.steps.progress]") == [24, 100]
    window.click(*window.find_button("kernelwalk.step(to='FIRST')", 0.1))
    assert window.evaluate("scene.kernelwalk.steps.step") == 0
    window.click(*window.find_button("kernelwalk.step(to='NEXT')", 0.82))
    assert window.evaluate("scene.kernelwalk.steps.step") == 1
    window.take_screenshot("stepped")
    window.move(*window.view_center())
    window.key("ctrl+Z")
    window.wait_until(lambda: collection_names(window) == ["Collection"], "the file before Generate")
    assert window.evaluate("[scene.render.engine, scene.frame_end, scene.camera.name, scene.world.name]") == before
    window.key("ctrl+shift+Z")
    window.wait_until(lambda: "Convolution" in collection_names(window), "the scene after redo")


def test_generate_switches_from_solid_to_material_preview(window: Window) -> None:
    set_preference(window, "show_colors", "MATERIAL")
    shading = window.run_python("""
_, area, regions = find_view()
shading = area.spaces.active.shading
with bpy.context.temp_override(area=area, region=regions["WINDOW"]):
    bpy.ops.kernelwalk.generate()
answer, shading.type = shading.type, "SOLID"  # before it is drawn: its shaders take a minute without a graphics card
""")
    assert shading == "MATERIAL"


RECORD_DRAWN_KERNELS = """
import json
drawn = bpy.app.driver_namespace["drawn"] = []

def record():
    specs = [each["kernelwalk_spec"] for each in bpy.data.collections if "kernelwalk_spec" in each]
    built = json.loads(specs[0])["layer"]["kernel"]
    kernel = bpy.context.scene.kernelwalk.layer.kernel[2]
    drawn.append([kernel, built if isinstance(built, int) else built[-1]])

bpy.app.driver_namespace["handler"] = bpy.types.SpaceView3D.draw_handler_add(record, (), "WINDOW", "POST_PIXEL")
"""

FORGET_DRAWN_KERNELS = """
space, names = bpy.types.SpaceView3D, bpy.app.driver_namespace
space.draw_handler_remove(names.pop("handler"), "WINDOW")
answer = names.pop("drawn")
"""


def test_a_typed_kernel_size_updates_the_scene_before_it_is_drawn_and_so_do_undo_and_redo(window: Window) -> None:
    generate(window)
    window.run_python(RECORD_DRAWN_KERNELS)
    type_kernel(window, "5")
    window.wait_until(lambda: output_size(window) == [3, 3], "the smaller output")
    drawn = window.run_python(FORGET_DRAWN_KERNELS)
    assert [5, 5] in drawn and all(setting == built for setting, built in drawn), drawn
    window.take_screenshot("kernel_typed")
    window.move(*window.view_center())
    window.key("ctrl+Z")
    window.wait_until(lambda: output_size(window) == [5, 5], "the earlier output")
    assert window.evaluate("tuple(scene.kernelwalk.layer.kernel)") == [3, 3, 3]
    window.key("ctrl+shift+Z")
    window.wait_until(lambda: output_size(window) == [3, 3], "the smaller output again")
    assert "Convolution" in collection_names(window) and "Convolution.001" not in collection_names(window)


def test_invalid_settings_are_reported_beside_their_field_and_by_the_button(window: Window) -> None:
    generate(window)
    type_kernel(window, "9")
    window.take_screenshot("invalid")
    assert output_size(window) == [5, 5]
    window.run_python("bpy.context.window_manager.windows[0].scene.kernelwalk.title = 'Ignored'")
    window.click(*window.find_button("kernelwalk.generate", 0.3))
    assert "Ignored" not in collection_names(window)


def test_titles_in_other_scripts_are_seen_and_letters_that_must_be_joined_are_refused(window: Window) -> None:
    generate(window)
    for name, title in {"chinese": "卷积层 3×3", "hebrew": "קונבולוציה (3)", "hindi": "संवलन"}.items():
        window.run_python(f"bpy.context.window_manager.windows[0].scene.kernelwalk.title = {title!r}")
        if name != "hindi":
            window.wait_until(lambda title=title: title in collection_names(window), "the scene with the title")
        window.move(*window.view_center())
        window.take_screenshot(f"title_{name}")
    assert "संवलन" not in collection_names(window)


def test_a_clicked_tile_leads_to_its_step(window: Window) -> None:
    generate(window)
    window.run_python("for item in bpy.data.objects: item.select_set(False)\nbpy.data.objects['Cube'].hide_set(True)")
    window.click(*window.find_button("kernelwalk.show_tile"))
    window.click(*tile_position(window, 2, 4))
    assert window.evaluate("scene.kernelwalk.steps.step") == 14
    assert (
        window.evaluate("scene.kernelwalk.steps.tile_description")
        == "output (2, 4) ← input rows 1–3, columns 3–4 and padding. Step 14"
    )
    window.click(*window.find_button("kernelwalk.show_tile"))
    window.key("ESC")
    window.take_screenshot("tile_shown")
    assert window.evaluate("scene.kernelwalk.steps.step") == 14


def test_a_step_is_rendered_and_the_settings_are_restored(window: Window) -> None:
    generate(window)
    set_small_render(window)
    path = window.folder / f"Convolution {window.evaluate('scene.kernelwalk.steps.step')}.png"
    run_from_search(window, "Render Step")
    window.wait_until(path.exists, "the picture")
    window.wait_until(lambda: window.evaluate("scene.render.resolution_x") == 1280, "the restored settings")
    window.take_screenshot("step_rendered")
    assert path.stat().st_size > 100
    assert window.evaluate("scene.render.filepath") == "/tmp/"


def test_a_stopped_render_of_the_walk_restores_the_settings_and_leaves_no_film(window: Window) -> None:
    window.run_python("bpy.context.window_manager.windows[0].scene.kernelwalk.walk.frames_per_step = 1000")
    generate(window)
    set_small_render(window)
    step = window.evaluate("scene.kernelwalk.steps.step")
    record_panel(window)
    run_from_search(window, "Render Walk")
    window.wait_until(lambda: window.evaluate("bpy.app.is_job_running('RENDER')"), "the render")
    window.take_screenshot("rendering")
    stop_render(window)
    window.wait_until(lambda: not window.evaluate("bpy.app.is_job_running('RENDER')"), "its end")
    window.wait_until(lambda: window.evaluate("scene.render.resolution_x") == 1280, "the restored settings")
    assert window.evaluate("scene.render.filepath") == "/tmp/"
    assert not list(window.folder.glob("*.mp4")) + list(window.folder.glob(".*.mp4"))
    assert window.evaluate("scene.kernelwalk.steps.step") == step
    window.wait_until(lambda: read_records(window)[0][-1][0] == step, "the panel at the step before the render")
    assert read_step_texts(window)[-1] == (step, f"Output {divmod(step, 5)}")


def test_a_dropped_spec_is_loaded_into_the_panel(window: Window) -> None:
    (window.folder / "dropped.toml").write_text(SPEC)
    window.run_python(f"""
window, area, regions = find_view()
with bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"]):
    bpy.ops.wm.drop_import_file("INVOKE_DEFAULT", directory={str(window.folder)!r}, files=[{{"name": "dropped.toml"}}])
""")
    window.wait_until(lambda: window.evaluate("scene.kernelwalk.title") == "Dropped", "the spec")
    assert window.evaluate("scene.kernelwalk.layer.op") == "conv_transpose"
    assert window.evaluate("tuple(scene.kernelwalk.layer.stride)") == [2, 2, 2]


def test_the_panel_fits_half_its_width_and_the_light_theme(window: Window) -> None:
    generate(window)
    window.take_screenshot("width_default")
    left, bottom, width, height = window.open_sidebar()
    y = bottom + 0.3 * height
    window.drag((left + 1, y), (left + 0.45 * width, y))
    assert window.open_sidebar()[2] < 0.6 * width
    window.take_screenshot("width_half")
    window.run_python("""
import glob
themes = [name for folder in bpy.utils.preset_paths("interface_theme") for name in glob.glob(folder + "/*ight*.xml")]
bpy.ops.script.execute_preset(filepath=themes[0], menu_idname="USERPREF_MT_interface_theme_presets")
""")
    window.take_screenshot("theme_light_half")
    left, bottom, now, height = window.open_sidebar()
    window.drag((left + 1, y), (left + now - width + 1, y))
    assert window.open_sidebar()[2] > 0.9 * width
    window.take_screenshot("theme_light")
    window.run_python("bpy.ops.preferences.reset_default_theme()")


def test_a_generated_scene_plays_after_the_add_on_is_disabled(window: Window) -> None:
    generate(window)
    window.run_python("bpy.ops.preferences.addon_disable(module='bl_ext.user_default.kernelwalk')")
    window.move(*window.view_center())
    assert "Convolution" in collection_names(window)
    window.run_python("bpy.context.window_manager.windows[0].scene.frame_set(60)")
    positions = window.evaluate(
        "[item.default_value for item in (bpy.data.node_groups['Walk'].nodes['x'].outputs[0],)]"
    )
    assert json.dumps(positions) != "[0.0]"
    window.run_python("bpy.ops.preferences.addon_enable(module='bl_ext.user_default.kernelwalk')")
    window.open_sidebar()
    window.click(*window.find_button("kernelwalk.clear", 0.93))
    window.wait_until(lambda: collection_names(window) == ["Collection"], "the empty scene")


VIEW_STATE = """
window, area, _ = find_view()
camera, space = window.scene.camera, area.spaces.active
view = space.region_3d
answer = [camera.session_uid, space.camera.session_uid, view.view_perspective, view.view_camera_zoom,
    *view.view_camera_offset, *view.view_matrix.translation]
"""

FRAME = """
from bpy_extras.view3d_utils import location_3d_to_region_2d
window, _, regions = find_view()
region, camera = regions["WINDOW"], window.scene.camera
corners = [camera.matrix_world @ corner for corner in camera.data.view_frame(scene=window.scene)]
places = [location_3d_to_region_2d(region, region.data, corner) for corner in corners]
answer = [region.x + min(place.x for place in places), regions["TOOLS"].x + regions["TOOLS"].width,
    region.x + max(place.x for place in places), regions["UI"].x]
"""


def test_generate_turns_the_view_to_the_camera_and_numpad_0_back(window: Window) -> None:
    set_preference(window, "show_colors", "SOLID")
    former = window.run_python(VIEW_STATE)[2:]
    generate(window)
    window.wait_until(lambda: window.run_python(VIEW_STATE)[2] == "CAMERA", "the camera view")
    left, toolbar, right, sidebar = window.run_python(FRAME)
    assert left == pytest.approx(toolbar + 10, abs=1.5) and right == pytest.approx(sidebar - 10, abs=1.5)
    window.take_screenshot("camera_view")
    window.move(*window.view_center())
    window.key("NUMPAD_0")
    window.wait_until(
        lambda: window.run_python(VIEW_STATE)[6:] == pytest.approx(former[4:], abs=1e-3), "the former view"
    )


@pytest.mark.parametrize("perspective", ["CAMERA", "PERSP"])
def test_live_changes_leave_the_view_as_it_is(window: Window, perspective: str) -> None:
    former = window.run_python(VIEW_STATE)[6:]
    generate(window)
    window.wait_until(lambda: window.run_python(VIEW_STATE)[2] == "CAMERA", "the camera view")
    if perspective == "PERSP":
        window.move(*window.view_center())
        window.key("NUMPAD_0")
        window.wait_until(
            lambda: window.run_python(VIEW_STATE)[6:] == pytest.approx(former, abs=1e-6), "the former view"
        )
    count = 6 if perspective == "CAMERA" else 9  # the place of a camera view follows the camera
    before = window.run_python(VIEW_STATE)[:count]
    assert before[2] == perspective
    for number, change in enumerate(
        (
            *("layer.kernel = 2, 2, 2", "layer.stride = 2, 2, 2", "layer.dilation = 2, 2, 2"),
            *("look.colors.input = 1, 0, 0", "walk.frames_per_step = 7"),
        )
    ):
        for title in (f"Change {number}", f"Other change {number}"):
            window.run_python(f"""
props = bpy.context.window_manager.windows[0].scene.kernelwalk
props.{change}
props.title = {title!r}
""")
            window.wait_until(lambda: title in collection_names(window), title)  # noqa: B023  # called at once
            assert window.run_python(VIEW_STATE)[:count] == before, (change, title)
