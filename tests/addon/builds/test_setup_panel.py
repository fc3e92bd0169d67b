# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel says of the parts of a scene that a walk sets up."""

from __future__ import annotations

from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from ..text_layout import draw  # noqa: E402


def read_note() -> str:
    from kernelwalk.ui.builds import setup_panel

    return draw(setup_panel.draw_setup)[0]


def test_a_floor_without_the_templates_world_is_told_until_world_lights_or_floor_change(scene: Any) -> None:
    props = scene.kernelwalk
    props.setup = props.live = False
    assert not read_note(), "nothing is built"
    bpy.ops.kernelwalk.generate()
    assert "edges show" in read_note() and "World" in read_note() and "Lights" in read_note()
    scene.objects["Floor"].hide_set(True)
    assert not read_note()
    scene.objects["Floor"].hide_set(False)
    props.lights = False
    bpy.ops.kernelwalk.generate()
    assert not read_note()
    props.lights = True
    bpy.ops.kernelwalk.generate()
    props.setup = True
    assert "Press Generate" in read_note() and "Lights" not in read_note(), "the world comes with the next build"
    bpy.ops.kernelwalk.generate()
    assert not read_note()
    props.setup_world = False
    bpy.ops.kernelwalk.generate()
    assert "edges show" in read_note()


def test_a_second_walk_that_sets_nothing_up_has_the_world_of_the_first_and_a_template_may_have_no_floor(
    scene: Any,
) -> None:
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.add_walk()
    bpy.ops.kernelwalk.generate()
    assert not read_note()
    bpy.ops.kernelwalk.remove_walk()
    scene.kernelwalk.look.shadows = scene.kernelwalk.setup = False
    bpy.ops.kernelwalk.generate()
    assert not read_note(), "without shadows, the floor is hidden"
