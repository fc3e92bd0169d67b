# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests in the window do again and again: settings, clicks, and the places of things on the screen."""

from __future__ import annotations

import pytest

from .window import LAUNCHER, SIZE, Window

NEEDS_WINDOW = pytest.mark.skipif(
    not LAUNCHER, reason="needs a desktop Blender on a virtual screen: name its launcher in KERNELWALK_DESKTOP"
)


def set_preference(window: Window, name: str, value: str) -> None:
    addon = "bl_ext.user_default.kernelwalk"
    window.run_python(f"bpy.context.preferences.addons[{addon!r}].preferences.{name} = {value!r}")


def collection_names(window: Window) -> list[str]:
    return list(window.evaluate("[item.name for item in scene.collection.children]"))


def generate(window: Window) -> None:
    window.click(*window.find_button("kernelwalk.generate"))
    window.wait_until(lambda: "Convolution" in collection_names(window), "the collection")


def run_from_search(window: Window, text: str) -> None:
    """Run an operator from Blender's search over the 3D view."""
    window.move(*window.view_center())
    window.key("F3")
    window.type(text)
    window.take_screenshot(f"search_{text.lower().replace(' ', '_')}")
    window.key("RET")


def set_small_render(window: Window) -> None:
    window.run_python(f"""
props = bpy.context.window_manager.windows[0].scene.kernelwalk
props.live = False
props.render.resolution, props.render.samples = (160, 90), 1
props.output.folder = {str(window.folder) + "/"!r}
""")


def stop_render(window: Window) -> None:
    """Click the cross of the status bar. It does the same as Esc, which Blender does not simulate while it renders."""
    for x in range(SIZE[0] * 5 // 8, SIZE[0] // 2, -8):
        if window.evaluate("bpy.app.is_job_running('RENDER')"):
            window.click(x, 11)


def tile_position(
    window: Window, row: int, column: int, grid: str = "Output", looks_down: bool = False
) -> tuple[float, float]:
    """Return the position on the screen of the center of a tile's top.

    looks_down: in the view from above, of a quad view's four
    """
    x, y = window.run_python(f"""
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector
_, area, _ = find_view()
regions = [region for region in area.regions if region.type == "WINDOW"]
if {looks_down}:
    regions = [region for region in regions if (region.data.view_rotation @ Vector((0, 0, 1))).z > 0.99]
region = regions[-1]
built = bpy.data.objects[{grid!r}]
mesh = built.data
cells = [tuple(cell.vector) for cell in mesh.attributes["cell"].data]
faces = [face for face, cell in zip(mesh.polygons, cells) if cell[:2] == ({column}, {row})]
tops = [face.center for face in faces if face.normal.z > 0.9]
place = location_3d_to_region_2d(region, region.data, built.matrix_world @ (sum(tops, Vector()) / len(tops)))
answer = [region.x + place.x, region.y + place.y]
""")
    return x, y


RECORD_PANEL = """
from bl_ext.user_default.kernelwalk.scene.steps import step_navigation
from bl_ext.user_default.kernelwalk.ui.steps import step_operators
from bl_ext.user_default.kernelwalk.ui.toolkit import widgets
write = getattr(widgets.draw_paragraph, "original", widgets.draw_paragraph)
draw = getattr(step_operators.draw_steps, "original", step_operators.draw_steps)
records = bpy.app.driver_namespace["records"] = {"drawn": [], "shown": [], "texts": []}

def is_playing():
    return bpy.context.window_manager.windows[0].screen.is_animation_playing

def draw_and_record(layout, context):
    records["drawn"].append([step_navigation.get_current_step(context.scene), is_playing()])
    draw(layout, context)

def record(scene, *_):
    records["shown"].append([step_navigation.get_current_step(scene), is_playing()])

def write_and_record(layout, context, text, *arguments, **options):
    records["texts"].append([step_navigation.get_current_step(context.scene), text])
    write(layout, context, text, *arguments, **options)

draw_and_record.original, write_and_record.original = draw, write
step_operators.draw_steps, widgets.draw_paragraph = draw_and_record, write_and_record
bpy.app.handlers.frame_change_post.append(record)
"""


def record_panel(window: Window) -> None:
    """Begin to record the step and the texts at each redraw of the panel, and the step at each change of the frame."""
    window.run_python(RECORD_PANEL)


def read_records(window: Window) -> tuple[list[tuple[int | None, bool]], list[tuple[int | None, bool]]]:
    """Return the steps that the panel has drawn, and those that were shown; each with True while playing."""
    records = window.run_python("answer = bpy.app.driver_namespace['records']")
    drawn, shown = ([(step, is_playing) for step, is_playing in records[name]] for name in ("drawn", "shown"))
    return drawn, shown


def read_texts(window: Window) -> list[tuple[int | None, str]]:
    """Return the texts that the panel has drawn since the record began, each with the step that was shown."""
    return [(step, text) for step, text in window.run_python("answer = bpy.app.driver_namespace['records']['texts']")]


def read_step_texts(window: Window) -> list[tuple[int | None, str]]:
    """Return the beginnings of those texts that tell of a step, each with the step: "Output (2, 3)"."""
    return [(step, text.partition(" ←")[0]) for step, text in read_texts(window) if text.startswith("Output (")]
