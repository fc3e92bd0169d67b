# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels become F-curves: which datum each channel drives, and its keys written in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..core.animation.curve import Curve
from ..core.animation.keyframes import AXIS_NAMES
from ..core.walk.easing import EASINGS
from . import compat
from .ownership import tag
from .shading.tile_nodes import walk_node_name

Binding = tuple[Any, str, int]
"""The ID that is animated, the path in it and the index."""


@dataclass(frozen=True)
class AnimationTargets:
    """What a plan's channels drive: the walk's node groups, the lines by the names of their sets, the kernel, the
    figures of the position by their names, what carries the camera, the body between what is computed and what is read,
    what else is seen only while a step is shown, and the words that turn with the camera."""

    walk_groups: Sequence[bpy.types.NodeTree]
    line_objects: Mapping[str, bpy.types.Object]
    kernel: bpy.types.Object | None
    counter_labels: Mapping[str, bpy.types.Object]
    orbit: bpy.types.Object | None = None
    frustum: bpy.types.Object | None = None
    shown_while_active: Sequence[bpy.types.Object] = ()
    facing_camera: Sequence[bpy.types.Object] = ()


def find_bindings(target: str, targets: AnimationTargets) -> list[Binding]:
    """What a channel of a plan drives."""
    match target.split("."):
        case ["walk" | "done" | "turned" | "shown", _]:
            values = [
                (walk, walk.nodes[walk_node_name(target)])
                for walk in targets.walk_groups
                if walk_node_name(target) in walk.nodes
            ]
            return [(walk, node.outputs[0].path_from_id("default_value"), 0) for walk, node in values]
        case ["connectors", "hidden"]:
            seen = [
                *targets.line_objects.values(),
                *([targets.kernel] if targets.kernel else []),
                *targets.shown_while_active,
            ]
            return [(each, path, 0) for each in seen for path in ("hide_render", "hide_viewport")]
        case ["camera", "turn"]:
            # after its own rotation, about the upright axis
            return [
                (targets.orbit, "rotation_euler", 2),
                *((each, "delta_rotation_euler", 2) for each in targets.facing_camera),
            ]
        case ["frustum", _, _]:
            assert targets.frustum is not None
            shapes = targets.frustum.data.shape_keys  # type: ignore[union-attr]  # a mesh
            return [(shapes, f'key_blocks["{target}"].value', 0)]
        case ["kernel", axis]:
            return [(targets.kernel, "location", AXIS_NAMES.index(axis))]
        case ["position", figure, way]:  # as the camera sees it, with which it goes
            return [(targets.counter_labels[figure], "delta_location", {"across": 0, "behind": 2}[way])]
        case [name, line, "width"]:
            data: Any = targets.line_objects[name].data
            points = data.splines[int(line)].points
            return [(data, f"splines[{line}].points[{point}].radius", 0) for point in range(len(points))]
        case [name, line, point, "width"]:
            return [(targets.line_objects[name].data, f"splines[{line}].points[{point}].radius", 0)]
        case [name, line, point, axis]:
            return [(targets.line_objects[name].data, f"splines[{line}].points[{point}].co", AXIS_NAMES.index(axis))]
    raise KeyError(target)


def write_curves(curves: Mapping[str, Curve], targets: AnimationTargets) -> None:
    """Write every channel's keys."""
    for target, channel in curves.items():
        for data, path, index in find_bindings(target, targets):
            curve = compat.ensure_fcurve(data, path, index, f"{data.name} walk")
            assert data.animation_data is not None
            tag(data.animation_data.action)
            _write_keyframes(curve, channel)


def _write_keyframes(fcurve: bpy.types.FCurve, curve: Curve) -> None:
    """All keys at once: adding them one by one takes quadratic time."""
    count = len(curve.frames)
    keys = fcurve.keyframe_points
    keys.add(count)
    keys.foreach_set("co", np.column_stack([curve.frames, curve.values]).astype(np.float32).ravel())
    easing = EASINGS[curve.easing]
    for field, word in (("interpolation", easing.interpolation), ("easing", easing.easing)):
        items = bpy.types.Keyframe.bl_rna.properties[field].enum_items  # type: ignore[attr-defined]  # the stubs know no enum's items
        keys.foreach_set(field, np.full(count, items[word].value, np.int32))
    fcurve.update()
