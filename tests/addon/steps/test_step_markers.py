# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers on the timeline at each step: only where asked for, and only ours are replaced or removed."""

from __future__ import annotations

from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.scene.steps import step_markers  # noqa: E402  # only where there is a Blender

from ..builds.test_generation import run_with_undo  # noqa: E402

START, PER_STEP = 13, 12


def read_markers(scene: Any) -> list[tuple[str, int]]:
    return sorted(((marker.name, marker.frame) for marker in scene.timeline_markers), key=lambda place: place[1])


def test_each_step_has_a_marker_at_its_first_frame_if_asked_for(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    assert read_markers(scene) == []
    scene.kernelwalk.steps.markers = True
    assert read_markers(scene) == [(f"Step {step}", START + PER_STEP * step) for step in range(25)]
    scene.kernelwalk.layer.stride = (2, 2, 2)
    scene.kernelwalk.walk.frames_per_step = 5
    bpy.ops.kernelwalk.generate()
    assert read_markers(scene) == [(f"Step {step}", START + 5 * step) for step in range(9)]
    scene.kernelwalk.steps.markers = False
    assert read_markers(scene) == []


def test_a_users_markers_stay_also_those_that_were_ours(scene: Any) -> None:
    own = [("Step 3", START + PER_STEP * 3), ("Verse", 40)]
    for name, frame in own:
        scene.timeline_markers.new(name, frame=frame)
    scene.kernelwalk.steps.markers = True
    bpy.ops.kernelwalk.generate()
    assert len(scene.timeline_markers) == 26, "the user has marked step 3"
    scene.timeline_markers["Step 0"].frame = 7
    scene.timeline_markers["Step 1"].name = "Refrain"
    scene.timeline_markers["Step 2"].camera = scene.objects["Camera"]
    scene.timeline_markers["Step 4"].select = False
    bpy.ops.kernelwalk.generate()
    assert not scene.timeline_markers["Step 4"].select, "what fits stays the same marker"
    bpy.ops.kernelwalk.clear()
    changed = [("Step 0", 7), ("Refrain", START + PER_STEP), ("Step 2", START + PER_STEP * 2)]
    assert read_markers(scene) == sorted(own + changed, key=lambda place: place[1])
    assert step_markers.MARKERS_KEY not in scene


def test_a_long_walk_has_a_bounded_number(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_markers, "MAX_MARKERS", 10)
    bpy.ops.kernelwalk.generate()
    scene.kernelwalk.steps.markers = True
    assert [name for name, _ in read_markers(scene)] == [f"Step {step}" for step in range(0, 25, 3)]


def test_each_scene_has_its_own_markers_also_as_a_copy_and_after_undo(scene: Any) -> None:
    scene.kernelwalk.steps.markers = True
    bpy.ops.kernelwalk.generate()
    before = read_markers(scene)
    bpy.ops.scene.new(type="FULL_COPY")
    copied = bpy.context.scene
    assert read_markers(copied) == before
    run_with_undo(bpy.ops.kernelwalk.clear)
    first, copied = bpy.data.scenes["Scene"], bpy.context.scene
    assert (read_markers(first), read_markers(copied)) == (before, [])
    bpy.ops.ed.undo()
    assert read_markers(bpy.context.scene) == before
    bpy.context.window.scene = bpy.data.scenes["Scene"]
    bpy.ops.kernelwalk.move_to_own_scene()
    assert read_markers(bpy.data.scenes["Scene"]) == []
    assert read_markers(bpy.context.scene) == before
