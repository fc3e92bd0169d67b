# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests in the window do again and again: settings, clicks, and the places of things on the screen."""

from __future__ import annotations

import pytest

from .window import LAUNCHER, Window

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


def tile_position(window: Window, tile: int) -> list[float]:
    """Return the position on the screen of the center of an output tile's top."""
    return list(
        window.run_python(f"""
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector
_, area, regions = find_view()
region = regions["WINDOW"]
vertices = bpy.data.objects["Output"].data.vertices
count = len(vertices) // 25
corners = [vertices[{tile} * count + index].co for index in range(count)]
top = max(corner.z for corner in corners)
middle = sum(corners, Vector()) / count
place = location_3d_to_region_2d(region, area.spaces.active.region_3d, (middle.x, middle.y, top))
answer = [region.x + place.x, region.y + place.y]
""")
    )
