# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of walks in a user's scene follow its camera and its world."""

from __future__ import annotations

from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.ui.builds import live_update  # noqa: E402  # only where there is a Blender

from ..text_layout import draw  # noqa: E402


def follow() -> None:
    """Do what Blender does after a change: it tells of it, and then runs timers."""
    bpy.context.view_layer.update()
    if bpy.app.timers.is_registered(live_update.update_pending_scenes):
        live_update.update_pending_scenes()


def list_fixed(scene: Any) -> list[str]:
    """Return the names of what only the walks' own cameras see in its place."""
    names = ("Title", "Caption", "Connectors Seen Through")
    return sorted(each.name for each in scene.objects if each.name.removesuffix(" 2") in names)


def get_color(name: str) -> tuple[float, ...]:
    """Return the color of a word, of the only emission in its material."""
    nodes = bpy.data.objects[name].material_slots[0].material.node_tree.nodes
    (emission,) = (node for node in nodes if node.bl_idname == "ShaderNodeEmission")
    socket = emission.inputs["Color"]
    source = socket.links[0].from_node.outputs[0] if socket.is_linked else socket
    return tuple(source.default_value[:3])


def test_a_second_walk_has_its_words_while_its_own_camera_is_the_scenes_or_a_markers(scene: Any) -> None:
    scene.kernelwalk.title = "Words"
    scene.kernelwalk.labels.caption = True
    bpy.ops.kernelwalk.generate()
    first = list_fixed(scene)
    assert first
    bpy.ops.kernelwalk.add_walk()
    bpy.ops.kernelwalk.generate()
    follow()
    assert list_fixed(scene) == first
    both = sorted([*first, *(f"{name} 2" for name in first)])
    scene.camera = scene.objects["Kernelwalk Camera 2"]
    follow()
    assert list_fixed(scene) == both, "those of the walk that sets the scene up stay"
    scene.timeline_markers.new("cut", frame=9).camera = scene.camera
    scene.camera = scene.objects["Kernelwalk Camera"]
    follow()
    assert list_fixed(scene) == both
    scene.timeline_markers.clear()
    scene.camera = scene.objects["Camera"]
    follow()
    assert list_fixed(scene) == first


def test_words_can_be_read_in_the_users_world_and_follow_it(scene: Any) -> None:
    scene.kernelwalk.setup = scene.kernelwalk.lights = False
    bpy.ops.kernelwalk.generate()
    assert get_color("Input Name") == (1, 1, 1), "Blender's world is dark grey"
    (background,) = (each for each in scene.world.node_tree.nodes if each.bl_idname == "ShaderNodeBackground")
    background.inputs["Color"].default_value = (0.8, 0.8, 0.8, 1)
    follow()
    assert max(get_color("Input Name")) < 0.1
    background.inputs["Color"].default_value = (0, 0, 0, 1)
    follow()
    assert get_color("Input Name") == (1, 1, 1)
    scene.kernelwalk.lights = True
    follow()
    assert 0.1 < max(get_color("Input Name")) < 0.6, "it can be read before the template's floor, too"


def test_words_can_be_read_in_the_world_of_another_walk(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.add_walk()
    scene.kernelwalk_more_walks[0].look.template = "dark"
    scene.kernelwalk_more_walks[0].lights = False
    bpy.ops.kernelwalk.generate()
    assert get_color("Input Name 2") == (0, 0, 0), "the first walk's world is white"


def test_with_live_off_the_panel_says_that_words_are_for_another_camera_until_generate(scene: Any) -> None:
    text = "Text and lines are for another camera or world. Press Generate"
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.add_walk()
    bpy.ops.kernelwalk.generate()
    scene.kernelwalk_more_walks[0].live = False
    assert text not in draw(live_update.draw_status)[0]
    scene.camera = scene.objects["Kernelwalk Camera 2"]
    follow()
    assert text in draw(live_update.draw_status)[0]
    bpy.ops.kernelwalk.generate()
    assert text not in draw(live_update.draw_status)[0] and "Caption 2" in scene.objects
