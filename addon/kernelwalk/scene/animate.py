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
from .material import value_name
from .owned import mark

Binding = tuple[Any, str, int]
"""The ID that is animated, the path in it and the index."""


@dataclass(frozen=True)
class Animated:
    """What a plan's channels drive: the walk's node groups, the lines by the names of their sets, the kernel, the
    figures of the position by their names, what carries the camera, the body between what is computed and what is read,
    what else is seen only while a step is shown, and the words that turn with the camera."""

    walks: Sequence[bpy.types.NodeTree]
    lines: Mapping[str, bpy.types.Object]
    kernel: bpy.types.Object | None
    figures: Mapping[str, bpy.types.Object]
    orbit: bpy.types.Object | None = None
    frustum: bpy.types.Object | None = None
    beside: Sequence[bpy.types.Object] = ()
    turning: Sequence[bpy.types.Object] = ()


def bindings(target: str, of: Animated) -> list[Binding]:
    """What a channel of a plan drives."""
    match target.split("."):
        case ["walk" | "done" | "turned" | "shown", _]:
            values = [(walk, walk.nodes[value_name(target)]) for walk in of.walks if value_name(target) in walk.nodes]
            return [(walk, node.outputs[0].path_from_id("default_value"), 0) for walk, node in values]
        case ["connectors", "hidden"]:
            seen = [*of.lines.values(), *([of.kernel] if of.kernel else []), *of.beside]
            return [(each, path, 0) for each in seen for path in ("hide_render", "hide_viewport")]
        case ["camera", "turn"]:
            # after its own rotation, about the upright axis
            return [(of.orbit, "rotation_euler", 2), *((each, "delta_rotation_euler", 2) for each in of.turning)]
        case ["frustum", _, _]:
            assert of.frustum is not None
            shapes = of.frustum.data.shape_keys  # type: ignore[union-attr]  # a mesh
            return [(shapes, f'key_blocks["{target}"].value', 0)]
        case ["kernel", axis]:
            return [(of.kernel, "location", AXIS_NAMES.index(axis))]
        case ["position", figure, way]:  # as the camera sees it, with which it goes
            return [(of.figures[figure], "delta_location", {"across": 0, "behind": 2}[way])]
        case [name, line, "width"]:
            data: Any = of.lines[name].data
            points = data.splines[int(line)].points
            return [(data, f"splines[{line}].points[{point}].radius", 0) for point in range(len(points))]
        case [name, line, point, "width"]:
            return [(of.lines[name].data, f"splines[{line}].points[{point}].radius", 0)]
        case [name, line, point, axis]:
            return [(of.lines[name].data, f"splines[{line}].points[{point}].co", AXIS_NAMES.index(axis))]
    raise KeyError(target)


def animate(channels: Mapping[str, Curve], of: Animated) -> None:
    """Write every channel's keys."""
    for target, channel in channels.items():
        for data, path, index in bindings(target, of):
            curve = compat.fcurve(data, path, index, f"{data.name} walk")
            assert data.animation_data is not None
            mark(data.animation_data.action)
            _write(curve, channel)


def _write(curve: bpy.types.FCurve, channel: Curve) -> None:
    """All keys at once: adding them one by one takes quadratic time."""
    count = len(channel.frames)
    keys = curve.keyframe_points
    keys.add(count)
    keys.foreach_set("co", np.column_stack([channel.frames, channel.values]).astype(np.float32).ravel())
    easing = EASINGS[channel.easing]
    for field, word in (("interpolation", easing.interpolation), ("easing", easing.easing)):
        items = bpy.types.Keyframe.bl_rna.properties[field].enum_items  # type: ignore[attr-defined]  # the stubs know no enum's items
        keys.foreach_set(field, np.full(count, items[word].value, np.int32))
    curve.update()
