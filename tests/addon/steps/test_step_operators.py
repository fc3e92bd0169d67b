# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators that go to steps and to tiles."""

from __future__ import annotations

from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.scene.steps import step_navigation, tile_outline, tile_picking  # noqa: E402  # only where there is a Blender
from kernelwalk.ui.steps import step_operators  # noqa: E402  # as above
from mathutils import Vector  # noqa: E402  # as above

from ..text_layout import draw  # noqa: E402  # as above


def test_the_operators_need_a_generated_scene(scene: Any) -> None:
    for operator in (bpy.ops.kernelwalk.step, bpy.ops.kernelwalk.show_tile, bpy.ops.kernelwalk.render):
        assert not operator.poll()
        with pytest.raises(RuntimeError, match="poll"):
            operator()


def test_the_buttons_change_the_step_and_stop_at_both_ends(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.step(to="FIRST")
    shown = []
    for target in ("PREVIOUS", "NEXT", "NEXT", "PREVIOUS", "LAST", "NEXT", "PREVIOUS", "FIRST"):
        bpy.ops.kernelwalk.step(to=target)
        shown.append(scene.kernelwalk.steps.step)
    assert shown == [0, 1, 2, 1, 24, 24, 23, 0]
    scene.frame_set(1)
    bpy.ops.kernelwalk.step(to="NEXT")
    assert scene.kernelwalk.steps.step == 0
    scene.frame_set(scene.frame_end)
    bpy.ops.kernelwalk.step(to="PREVIOUS")
    assert scene.kernelwalk.steps.step == 24


def test_the_step_and_the_progress_can_be_set(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    steps = scene.kernelwalk.steps
    steps.step = 7
    assert step_navigation.get_current_step(scene) == 7
    steps.step = 1000
    assert (step_navigation.get_current_step(scene), steps.progress) == (24, 100)
    steps.progress = 50
    assert (steps.step, steps.progress) == (12, 50)
    steps.progress = 0
    assert steps.step == 0


def test_the_panel_tells_that_a_walk_has_ended_before_its_scene(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    scene.frame_set(1)
    assert "Before the first step" in draw(step_operators.draw_steps)[0]
    scene.frame_set(scene.frame_end)
    assert "After the last step" in draw(step_operators.draw_steps)[0]
    scene.frame_end += 100
    assert "this walk ends at frame 324" in draw(step_operators.draw_steps)[0]


def test_an_output_tile_leads_to_its_step(scene: Any) -> None:
    scene.kernelwalk.look.tiles = "objects"
    bpy.ops.kernelwalk.generate()
    select(scene.objects["Output (2, 3)"])
    assert bpy.ops.kernelwalk.show_tile() == {"FINISHED"}
    assert scene.kernelwalk.steps.step == 13
    assert scene.kernelwalk.steps.tile_description == "output (2, 3) ← input rows 1–3, columns 2–4. Step 13"
    assert "Step 13" not in draw(step_operators.draw_steps)[0], "the line goes with the tool"


def test_an_input_tile_lists_its_outputs_and_leads_to_each_in_turn(scene: Any) -> None:
    scene.kernelwalk.look.tiles = "objects"
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.step(to="FIRST")
    select(scene.objects["Input (0, 0)"])
    steps, shown = scene.kernelwalk.steps, []
    for _ in range(5):
        bpy.ops.kernelwalk.show_tile()
        shown.append((steps.step, steps.tile_description.rpartition(". ")[2]))
    places = [(1, 2), (5, 3), (6, 4), (0, 1), (1, 2)]  # outputs (0, 1), (1, 0), (1, 1), (0, 0)
    assert shown == [(step, f"{place} of 4 steps: step {step}") for step, place in places]
    assert steps.tile_description.startswith("input (0, 0) → outputs rows 0–1, columns 0–1. ")


@pytest.mark.parametrize("are_boxes", [False, True])
def test_in_edit_mode_the_active_face_is_the_selected_tile(scene: Any, monkeypatch: Any, are_boxes: bool) -> None:
    import bmesh

    if are_boxes:  # views have other faces than the mesh
        monkeypatch.setattr("kernelwalk.scene.objects.tile_objects.MIN_BOXES", 0)
        scene.kernelwalk.look.rounding = 0.01
    bpy.ops.kernelwalk.generate()
    output = scene.objects["Output"]
    select(output)
    bpy.ops.object.mode_set(mode="EDIT")
    mesh = bmesh.from_edit_mesh(output.data)
    mesh.faces.ensure_lookup_table()
    cells = mesh.faces.layers.float_vector["cell"]
    mesh.faces.active = next(face for face in mesh.faces if tuple(face[cells])[:2] == (4, 1))
    bpy.ops.kernelwalk.show_tile()
    assert scene.kernelwalk.steps.step == 9
    view = bpy.context.evaluated_depsgraph_get()
    centers = [face.calc_center_median() for face in mesh.faces if tuple(face[cells])[:2] == (3, 2)]
    x, y, _ = output.matrix_world @ (sum(centers, Vector()) / len(centers))
    _, tile = tile_picking.pick_tile(scene, view, Vector((x, y, 50)), Vector((0, 0, -1)))
    assert tile is not None and tile.cell == (3, 2, 0, 0), "a ray hits the face of a mesh in Edit Mode"
    edited = tile_outline.find_outline(scene, view, tile)
    bpy.ops.object.mode_set(mode="OBJECT")
    outline = tile_outline.find_outline(scene, bpy.context.evaluated_depsgraph_get(), tile)
    assert len(edited) >= 4 and len(outline) == (4 if are_boxes else len(edited))


def test_objects_that_are_no_tiles_are_rejected(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    for name in ("Cube", "Light", "Output", "Connectors"):  # a layer's object does not say which tile
        select(scene.objects[name])
        assert bpy.ops.kernelwalk.show_tile() == {"CANCELLED"}


def select(target: Any) -> None:
    bpy.ops.object.select_all(action="DESELECT")
    target.select_set(True)
    bpy.context.view_layer.objects.active = target


def test_the_frames_of_the_walk_are_offered_where_the_scene_has_others(scene: Any) -> None:
    scene.kernelwalk.setup = False
    bpy.ops.kernelwalk.generate()
    assert (scene.frame_start, scene.frame_end) == (1, 250)
    assert bpy.ops.kernelwalk.use_frames() == {"FINISHED"}
    assert (scene.frame_start, scene.frame_end) == (1, 12 + 25 * 12 + 12)
