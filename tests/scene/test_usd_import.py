# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's own importer of USD reads what kernelwalk export usd writes, and plays it."""

from __future__ import annotations

import numpy as np
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk_pipeline.usd.scene import write_scene

SPEC = {"layer": {"op": "conv", "input": [2, 3], "kernel": 2}, "walk": {"frames_per_step": 4}, "camera": {"orbit": 0}}


def test_blender_plays_a_walk_in_usd(scene, tmp_path):
    import bpy

    plan = make_plan(spec_from_table(SPEC))
    write_scene(plan, "Walk").Export(str(tmp_path / "walk.usdc"))
    knows_units = "apply_unit_conversion_scale" in bpy.ops.wm.usd_import.get_rna_type().properties  # since 4.3
    pitch = 0.02 if knows_units else 2.0  # meters, or centimeters
    bpy.ops.wm.usd_import(filepath=str(tmp_path / "walk.usdc"))
    assert (scene.frame_start, scene.frame_end) == (plan.frames.start, plan.frames.stop - 1)
    outputs = [each for each in bpy.data.objects["Output"].children if each.type == "MESH"]
    look = plan.spec.look
    for step in range(plan.spec.step_count):
        frame = int(plan.spec.walk.start_frame(step))
        scene.frame_set(frame)
        evaluated = bpy.context.evaluated_depsgraph_get()
        shown = [each for each in outputs if max(each.evaluated_get(evaluated).matrix_world.to_scale()) > pitch / 2]
        shown.sort(key=lambda each: each.name.startswith("Glow"))  # which is around a tile, and tells its color
        colors = {
            round(each.evaluated_get(evaluated).matrix_world.translation.x / pitch, 2): _read_color(each)[:3]
            for each in shown
        }
        places = [place * pitch for place in colors]
        expected = plan.colors_at(frame)["Output"]
        order = np.argsort(places)
        np.testing.assert_allclose(np.diff(np.array(places)[order]), pitch, rtol=1e-3)
        np.testing.assert_allclose(np.array(list(colors.values()))[order], look.to_linear_rgb(expected), atol=1e-3)


def _read_color(shown):
    """Return the color of the surface of an object's only material."""
    (slot,) = shown.material_slots
    surface = next(node for node in slot.material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    return list(surface.inputs["Base Color"].default_value)
