# SPDX-License-Identifier: GPL-3.0-or-later
"""The step that a scene's current frame shows, moving to another step, and the frames of all."""

from __future__ import annotations

import bpy

from ..builds.built_spec import get_built_walk


def get_current_step(scene: bpy.types.Scene) -> int | None:
    """Return the step of the current frame, from 0; None before the first, after the last, or without a build."""
    built = get_built_walk(scene)
    return None if built is None else built.spec.step_at(scene.frame_current)


def get_nearest_step(scene: bpy.types.Scene) -> int:
    """Return the step of the current frame; -1 in the lead-in, the number of steps in the lead-out."""
    step, built = get_current_step(scene), get_built_walk(scene)
    if step is not None or built is None:
        return step or 0
    return -1 if scene.frame_current < built.spec.start_frame(0) else built.step_count


def get_nearest_beat(scene: bpy.types.Scene) -> int:
    """Return the beat of the current frame; -1 in the lead-in, the number of beats in the lead-out.

    Beats are the steps, or those of two walks side by side, of which one may rest while the other moves on.
    """
    built = get_built_walk(scene)
    if built is None:
        return 0
    beat = built.walk.step_at(scene.frame_current, built.spec.beat_count)
    if beat is not None:
        return beat
    return -1 if scene.frame_current < built.walk.start_frame(0) else built.spec.beat_count


def get_last_step(scene: bpy.types.Scene) -> int:
    """Return the last step of the walk; 0 without a build."""
    built = get_built_walk(scene)
    return 0 if built is None else built.step_count - 1


def go_to_step(scene: bpy.types.Scene, step: int) -> None:
    """Set the current frame to the start of a step, or of the nearest step that exists."""
    built = get_built_walk(scene)
    if built is not None:
        _show_frame(scene, built.spec.start_frame(max(0, min(step, built.step_count - 1))))


def go_to_beat(scene: bpy.types.Scene, beat: int) -> None:
    """Set the current frame to the start of a beat, or of the nearest beat that exists."""
    built = get_built_walk(scene)
    if built is not None:
        _show_frame(scene, built.walk.start_frame(max(0, min(beat, built.spec.beat_count - 1))))


def _show_frame(scene: bpy.types.Scene, frame: int) -> None:
    if frame != scene.frame_current_final:  # else Blender would evaluate all that is animated
        scene.frame_set(frame)


def get_frames(scene: bpy.types.Scene) -> range:
    """Return the frames of the walk; empty without a build."""
    built = get_built_walk(scene)
    return range(0) if built is None else built.spec.frames


def use_frames(scene: bpy.types.Scene) -> None:
    """Set the scene's first and last frame to those of the walk."""
    frames = get_frames(scene)
    if frames:
        scene.frame_start, scene.frame_end = frames.start, frames.stop - 1
