# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on in a real window: installed from its zip, used with mouse and keyboard. Screenshots are saved."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .window import LAUNCHER, SIZE, Window

pytestmark = pytest.mark.skipif(
    not LAUNCHER, reason="needs a desktop Blender on a virtual screen: name its launcher in KERNELWALK_DESKTOP"
)

SCREENSHOTS = Path(os.environ.get("KERNELWALK_SCREENSHOTS", Path(__file__).parents[2] / "build" / "screenshots"))

SPEC = """title = "Dropped"
[layer]
op = "conv_transpose"
input = 3
kernel = 3
stride = 2
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """Yield a window in which the add-on's zip has been installed."""
    folder = tmp_path_factory.mktemp("package")
    command = [sys.executable, "-m", "kernelwalk_pipeline", "package", "-o", str(folder)]
    archive = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    with Window(SCREENSHOTS) as window:
        install = {"filepath": archive, "repo": "user_default", "enable_on_install": True}
        window.run_python(f"bpy.ops.extensions.package_install_files(**{install!r})")
        yield window


@pytest.fixture
def window(opened: Window) -> Window:
    """Return the window with Blender's start file and an open sidebar."""
    opened.run_python("bpy.ops.wm.read_homefile(load_ui=True)")
    # without a graphics card, each redraw of such a view takes seconds, and each of its samples a redraw
    opened.run_python("bpy.context.window_manager.windows[0].scene.eevee.taa_samples = 1")
    set_show_colors(opened, "OFF")
    opened.open_sidebar()
    return opened


def set_show_colors(window: Window, wanted: str) -> None:
    name = "bl_ext.user_default.kernelwalk"
    window.run_python(f"bpy.context.preferences.addons[{name!r}].preferences.show_colors = {wanted!r}")


def collection_names(window: Window) -> list[str]:
    return list(window.evaluate("[item.name for item in scene.collection.children]"))


def output_size(window: Window) -> list[float]:
    """Return the size of the generated output: its greatest cell index on each axis, plus one."""
    return list(
        window.evaluate(
            "[1 + max(item.vector[axis] for item in bpy.data.objects['Output'].data.attributes['cell'].data)"
            " for axis in (1, 0)]"
        )
    )


def generate(window: Window) -> None:
    window.click(*window.find_button("kernelwalk.generate"))
    window.wait_until(lambda: "Convolution" in collection_names(window), "the collection")


def type_kernel(window: Window, size: str) -> None:
    window.click(*window.find_button("layer.kernel"), times=2)
    window.key("ctrl+a")
    window.type(size)
    window.key("Return")


def run_from_search(window: Window, text: str) -> None:
    """Run an operator from Blender's search over the 3D view. The virtual keyboard has no F3, which opens it."""
    window.move(*window.view_center())
    window.run_python("""
window = bpy.context.window_manager.windows[0]
area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
region = next(region for region in area.regions if region.type == "WINDOW")
with bpy.context.temp_override(window=window, area=area, region=region):
    bpy.ops.wm.search_menu("INVOKE_DEFAULT")
""")
    time.sleep(0.5)
    window.type(text)
    time.sleep(1)
    window.take_screenshot(f"search_{text.lower().replace(' ', '_')}")
    window.key("Return")


def test_generate_and_the_step_buttons_are_clicked_and_undone(window: Window) -> None:
    set_show_colors(window, "MATERIAL")
    before = window.evaluate("[scene.render.engine, scene.frame_end, scene.camera.name, scene.world.name]")
    window.take_screenshot("panel")
    generate(window)
    assert output_size(window) == [5, 5]
    shadings = window.run_python("""
areas = bpy.context.window_manager.windows[0].screen.areas
answer = [area.spaces.active.shading.type for area in areas if area.type == "VIEW_3D"]
""")
    assert shadings == ["MATERIAL"]
    window.click(*window.find_button("kernelwalk.step(to='LAST')", 0.92))
    assert window.evaluate("scene.kernelwalk.steps.step") == 24
    window.click(*window.find_button("kernelwalk.step(to='FIRST')", 0.1))
    assert window.evaluate("scene.kernelwalk.steps.step") == 0
    window.click(*window.find_button("kernelwalk.step(to='NEXT')", 0.82))
    assert window.evaluate("scene.kernelwalk.steps.step") == 1
    time.sleep(1)
    window.take_screenshot("stepped")
    window.move(*window.view_center())
    window.key("ctrl+z")
    window.wait_until(lambda: collection_names(window) == ["Collection"], "the file before Generate")
    assert window.evaluate("[scene.render.engine, scene.frame_end, scene.camera.name, scene.world.name]") == before
    window.key("ctrl+shift+z")
    window.wait_until(lambda: "Convolution" in collection_names(window), "the scene after redo")


def test_a_typed_kernel_size_updates_the_scene_and_so_do_undo_and_redo(window: Window) -> None:
    generate(window)
    type_kernel(window, "5")
    window.wait_until(lambda: output_size(window) == [3, 3], "the smaller output")
    window.take_screenshot("kernel_typed")
    window.move(*window.view_center())
    window.key("ctrl+z")
    window.wait_until(lambda: output_size(window) == [5, 5], "the earlier output")
    assert window.evaluate("tuple(scene.kernelwalk.layer.kernel)") == [3, 3, 3]
    window.key("ctrl+shift+z")
    window.wait_until(lambda: output_size(window) == [3, 3], "the smaller output again")
    assert "Convolution" in collection_names(window) and "Convolution.001" not in collection_names(window)


def test_invalid_settings_are_reported_beside_their_field_and_by_the_button(window: Window) -> None:
    generate(window)
    type_kernel(window, "9")
    time.sleep(0.5)
    window.take_screenshot("invalid")
    assert output_size(window) == [5, 5]
    window.move(*window.find_button("kernelwalk.generate", 0.3))
    time.sleep(2)
    window.take_screenshot("invalid_tooltip")
    window.run_python("bpy.context.window_manager.windows[0].scene.kernelwalk.title = 'Ignored'")
    window.click(*window.find_button("kernelwalk.generate", 0.3))
    assert "Ignored" not in collection_names(window)


def test_a_clicked_tile_leads_to_its_step(window: Window) -> None:
    generate(window)
    window.run_python("for item in bpy.data.objects: item.select_set(False)\nbpy.data.objects['Cube'].hide_set(True)")
    window.click(*window.find_button("kernelwalk.show_tile"))
    window.click(*_screen_position(window, 14))
    assert window.evaluate("scene.kernelwalk.steps.step") == 14
    assert (
        window.evaluate("scene.kernelwalk.steps.tile_description")
        == "output (2, 4) ← input rows 1–3, columns 3–4 and padding"
    )
    window.click(*window.find_button("kernelwalk.show_tile"))
    window.key("Escape")
    window.take_screenshot("tile_shown")
    assert window.evaluate("scene.kernelwalk.steps.step") == 14


def _screen_position(window: Window, tile: int) -> list[float]:
    """Return the position on the screen of the center of an output tile's top."""
    return list(
        window.run_python(f"""
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector
area = next(area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == "VIEW_3D")
region = next(region for region in area.regions if region.type == "WINDOW")
vertices = bpy.data.objects["Output"].data.vertices
count = len(vertices) // 25
places = [vertices[{tile} * count + index].co for index in range(count)]
top = max(place.z for place in places)
middle = sum(places, Vector()) / count
seen = location_3d_to_region_2d(region, area.spaces.active.region_3d, (middle.x, middle.y, top))
answer = [region.x + seen.x, {SIZE[1]} - region.y - seen.y]
""")
    )


def test_a_step_is_rendered_and_the_settings_are_restored(window: Window) -> None:
    generate(window)
    _set_small_render(window)
    path = window.folder / "Convolution 0.png"
    run_from_search(window, "Render Step")
    window.wait_until(path.exists, "the picture")
    window.wait_until(lambda: window.evaluate("scene.render.resolution_x") == 1280, "the restored settings")
    time.sleep(0.5)
    window.take_screenshot("step_rendered")
    assert path.stat().st_size > 100
    assert window.evaluate("scene.render.filepath") == "/tmp/"


def test_esc_stops_a_render_of_the_walk(window: Window) -> None:
    window.run_python("bpy.context.window_manager.windows[0].scene.kernelwalk.walk.frames_per_step = 1000")
    generate(window)
    _set_small_render(window)
    run_from_search(window, "Render Walk")
    window.wait_until(lambda: window.evaluate("bpy.app.is_job_running('RENDER')"), "the render")
    window.take_screenshot("rendering")
    window.key("Escape")
    window.wait_until(lambda: not window.evaluate("bpy.app.is_job_running('RENDER')"), "its end")
    window.wait_until(lambda: window.evaluate("scene.render.resolution_x") == 1280, "the restored settings")
    assert window.evaluate("scene.render.filepath") == "/tmp/"


def _set_small_render(window: Window) -> None:
    window.run_python(f"""
props = bpy.context.window_manager.windows[0].scene.kernelwalk
props.live = False
props.render.resolution, props.render.samples = (160, 90), 1
props.output.folder = {str(window.folder) + "/"!r}
""")


def test_a_dropped_spec_is_loaded_into_the_panel(window: Window) -> None:
    (window.folder / "dropped.toml").write_text(SPEC)
    window.run_python(f"""
window = bpy.context.window_manager.windows[0]
area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
region = next(region for region in area.regions if region.type == "WINDOW")
with bpy.context.temp_override(window=window, area=area, region=region):
    bpy.ops.wm.drop_import_file("INVOKE_DEFAULT", directory={str(window.folder)!r}, files=[{{"name": "dropped.toml"}}])
""")
    window.wait_until(lambda: window.evaluate("scene.kernelwalk.title") == "Dropped", "the spec")
    assert window.evaluate("[scene.kernelwalk.layer.op, tuple(scene.kernelwalk.layer.stride)]") == [
        "conv_transpose",
        [2, 2, 2],
    ]


def test_the_panel_fits_half_its_width_and_the_light_theme(window: Window) -> None:
    generate(window)
    time.sleep(0.5)
    window.take_screenshot("width_default")
    left, top, width, height = window.open_sidebar()
    window.drag((left + 1, top + 0.7 * height), (left + 0.45 * width, top + 0.7 * height))
    assert window.open_sidebar()[2] < 0.6 * width
    time.sleep(0.5)
    window.take_screenshot("width_half")
    window.run_python("""
import glob
themes = [name for folder in bpy.utils.preset_paths("interface_theme") for name in glob.glob(folder + "/*ight*.xml")]
bpy.ops.script.execute_preset(filepath=themes[0], menu_idname="USERPREF_MT_interface_theme_presets")
""")
    time.sleep(0.5)
    window.take_screenshot("theme_light_half")
    (left, top, now, height), y = window.open_sidebar(), top + 0.7 * height
    window.drag((left + 1, y), (left + now - width + 1, y))
    assert window.open_sidebar()[2] > 0.9 * width
    window.take_screenshot("theme_light")
    window.run_python("bpy.ops.preferences.reset_default_theme()")


def test_a_generated_scene_plays_after_the_add_on_is_disabled(window: Window) -> None:
    generate(window)
    window.run_python("bpy.ops.preferences.addon_disable(module='bl_ext.user_default.kernelwalk')")
    window.move(*window.view_center())
    window.run_command("sleep 0.5")
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
window = bpy.context.window_manager.windows[0]
camera = window.scene.camera
space = next(area for area in window.screen.areas if area.type == "VIEW_3D").spaces.active
view = space.region_3d
answer = [camera.session_uid, space.camera.session_uid, view.view_perspective, view.view_camera_zoom,
    *view.view_camera_offset, *view.view_matrix.translation]
"""

FRAME = """
from bpy_extras.view3d_utils import location_3d_to_region_2d
window = bpy.context.window_manager.windows[0]
area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
regions = {region.type: region for region in area.regions}
region, camera = regions["WINDOW"], window.scene.camera
corners = [camera.matrix_world @ corner for corner in camera.data.view_frame(scene=window.scene)]
places = [location_3d_to_region_2d(region, region.data, corner) for corner in corners]
answer = [region.x + min(place.x for place in places), regions["TOOLS"].x + regions["TOOLS"].width,
    region.x + max(place.x for place in places), regions["UI"].x]
"""


def test_generate_turns_the_view_to_the_camera_and_numpad_0_back(window: Window) -> None:
    set_show_colors(window, "SOLID")
    former = window.run_python(VIEW_STATE)[2:]
    generate(window)
    window.wait_until(lambda: window.run_python(VIEW_STATE)[2] == "CAMERA", "the camera view")
    left, toolbar, right, sidebar = window.run_python(FRAME)
    assert left == pytest.approx(toolbar + 10, abs=1.5) and right == pytest.approx(sidebar - 10, abs=1.5)
    time.sleep(1)
    window.take_screenshot("camera_view")
    window.move(*window.view_center())
    window.key("KP_0")
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
        window.key("KP_0")
        window.wait_until(
            lambda: window.run_python(VIEW_STATE)[6:] == pytest.approx(former, abs=1e-6), "the former view"
        )
    count = 6 if perspective == "CAMERA" else 9  # the place of a camera view follows the camera
    before = window.run_python(VIEW_STATE)[:count]
    assert before[2] == perspective
    for number, change in enumerate(
        ("layer.kernel = 2, 2, 2", "layer.stride = 2, 2, 2", "look.colors.input = 1, 0, 0", "walk.frames_per_step = 7")
    ):
        for title in (f"Change {number}", f"Other change {number}"):
            window.run_python(f"""
props = bpy.context.window_manager.windows[0].scene.kernelwalk
props.{change}
props.title = {title!r}
""")
            window.wait_until(lambda: title in collection_names(window), title)  # noqa: B023  # called at once
            assert window.run_python(VIEW_STATE)[:count] == before, (change, title)


def test_blenders_log_has_no_errors(opened: Window) -> None:
    log: Any = (opened.folder / "log").read_text(errors="replace")
    assert "Traceback" not in log and "Error:" not in log, log[-3000:]
