# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk in a user's scene, in the real window: its scale, by hand and in the panel, and the parts that it sets up."""

from __future__ import annotations

import pytest

from .window import Window
from .window_actions import NEEDS_WINDOW, generate

pytestmark = NEEDS_WINDOW

LENS = "[scene.camera.data.ortho_scale, scene.camera.data.clip_end]"


def wait_for_scale(window: Window, scale: float, lens: list[float]) -> None:
    """Wait until the camera's lens is one for a scale, from that at scale 1."""
    expected = [scale * length for length in lens]
    window.wait_until(lambda: window.evaluate(LENS) == pytest.approx(expected, rel=1e-5), f"the lens at scale {scale}")


def test_the_lens_follows_a_walk_that_is_scaled_by_hand_and_undone(window: Window) -> None:
    generate(window)
    before = window.evaluate(LENS)
    window.run_python("""
from bl_ext.user_default.kernelwalk.scene.builds import ownership
from bl_ext.user_default.kernelwalk.scene.places import placement
scene = bpy.context.window_manager.windows[0].scene
origin = placement.make_origin(ownership.find_root_collections(scene)[0])
bpy.ops.object.select_all(action="DESELECT")
origin.select_set(True)
bpy.context.view_layer.objects.active = origin
bpy.ops.ed.undo_push(message="Origin")
""")
    window.take_screenshot("scale_1")
    window.move(*window.view_center())
    window.key("S")
    window.type("3")
    window.key("RET")
    wait_for_scale(window, 3.0, before)
    assert window.evaluate("scene.kernelwalk.place.scale") == 3
    window.take_screenshot("scale_3")
    window.key("ctrl+Z")
    wait_for_scale(window, 1.0, before)
    window.key("ctrl+shift+Z")
    wait_for_scale(window, 3.0, before)
    window.key("S")
    window.key("X")
    window.type("2")
    window.key("RET")
    assert window.evaluate("list(scene.objects['Kernelwalk Origin'].scale)") == [6, 3, 3]
    wait_for_scale(window, 3.0, before)
    window.take_screenshot("scale_stretched")
