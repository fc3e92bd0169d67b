# SPDX-License-Identifier: GPL-3.0-or-later
"""F-curves: the properties that each curve of a plan drives, and its keyframes, written in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import bpy
import numpy as np

from ...core.animation.curve import Curve
from ...core.animation.key_runs import find_key_runs
from ...core.animation.walk_curves import AXIS_NAMES
from ...core.walk.easing import EASINGS
from .. import compat
from ..builds.ownership import is_tagged, tag
from ..shading.walk_nodes import get_walk_node_name
from ..stored_values import holds_values
from .sum_object import STEP_NODE

Binding = tuple[Any, str, int]
"""An animated datablock, the path of the property in it, and the index."""


@dataclass(frozen=True)
class AnimationTargets:
    """Objects and node groups that a plan's curves drive.

    walk_groups:        the walk's group of shader nodes, and where tiles lift that of geometry nodes
    line_objects:       by the names of their sets
    counter_labels:     the digits of the step counter, by their names
    orbit:              the empty that turns the camera
    shown_while_active: objects beside lines and kernel that are hidden unless a step is active
    facing_camera:      labels that turn with the camera
    sum_tree:           the geometry nodes that show the sum of a step
    grid_objects:       the tiles of each grid, where each grid is one object
    place:              the empty that carries a layer beside another
    """

    walk_groups: Sequence[bpy.types.NodeTree]
    line_objects: Mapping[str, bpy.types.Object]
    kernel: bpy.types.Object | None
    counter_labels: Mapping[str, bpy.types.Object]
    orbit: bpy.types.Object | None = None
    frustum: bpy.types.Object | None = None
    shown_while_active: Sequence[bpy.types.Object] = ()
    facing_camera: Sequence[bpy.types.Object] = ()
    sum_tree: bpy.types.NodeTree | None = None
    grid_objects: Sequence[bpy.types.Object] = ()
    place: bpy.types.Object | None = None


def find_bindings(target: str, targets: AnimationTargets) -> list[Binding]:
    """Return the properties that a plan's curve with this target drives. Raise KeyError for an unknown target."""
    match target.split("."):
        case ["walk" | "last" | "reversed" | "shown", _]:
            name = get_walk_node_name(target)
            groups = [group for group in targets.walk_groups if name in group.nodes]
            return [(group, group.nodes[name].outputs[0].path_from_id("default_value"), 0) for group in groups]
        case ["slide", number, axis]:
            groups = [group for group in targets.walk_groups if target in group.nodes]
            nodes = [(group, group.nodes[target].outputs[0].path_from_id("default_value"), 0) for group in groups]
            return [(targets.grid_objects[int(number)], "location", AXIS_NAMES.index(axis)), *nodes]
        case ["sum", "step"]:
            assert targets.sum_tree is not None
            return [(targets.sum_tree, targets.sum_tree.nodes[STEP_NODE].outputs[0].path_from_id("default_value"), 0)]
        case ["connectors", "hidden"]:
            kernel = [targets.kernel] if targets.kernel else []
            hidden = [*targets.line_objects.values(), *kernel, *targets.shown_while_active]
            return [(each, path, 0) for each in hidden for path in ("hide_render", "hide_viewport")]
        case ["camera", "turn"]:
            labels = [(label, "delta_rotation_euler", 2) for label in targets.facing_camera]
            return [(targets.orbit, "rotation_euler", 2), *labels]  # delta: about the world's z, after the label's own
        case ["frustum", _, _]:
            assert targets.frustum is not None
            shape_keys = targets.frustum.data.shape_keys  # type: ignore[union-attr]  # its data is a mesh
            return [(shape_keys, f'key_blocks["{target}"].value', 0)]
        case ["place", axis]:
            return [(targets.place, "location", AXIS_NAMES.index(axis))]
        case ["kernel", axis]:
            return [(targets.kernel, "location", AXIS_NAMES.index(axis))]
        case ["position", glyph, direction]:  # in the camera's axes: the label is parented to it
            return [(targets.counter_labels[glyph], "delta_location", {"across": 0, "behind": 2}[direction])]
        case [name, line, "width"]:
            data: Any = targets.line_objects[name].data
            points = data.splines[int(line)].points
            return [(data, f"splines[{line}].points[{point}].radius", 0) for point in range(len(points))]
        case [name, line, point, "width"]:
            return [(targets.line_objects[name].data, f"splines[{line}].points[{point}].radius", 0)]
        case [name, line, point, axis]:
            return [(targets.line_objects[name].data, f"splines[{line}].points[{point}].co", AXIS_NAMES.index(axis))]
    raise KeyError(target)


def write_curves(driving: Iterable[tuple[Mapping[str, Curve], AnimationTargets]], owners: Iterable[Any]) -> None:
    """Write the curves of plans as F-curves. Those of an earlier build that are equal stay.

    driving: the curves of each plan, and what they drive
    owners:  all that was built; what no curve drives loses the animation that an earlier build has given it
    """
    driving = list(driving)
    walk_groups = {group for _, targets in driving for group in targets.walk_groups}
    driven: dict[Any, dict[tuple[str, int], Curve]] = {}
    for curves, targets in driving:
        for target, curve in curves.items():
            for datablock, path, index in find_bindings(target, targets):
                driven.setdefault(datablock, {})[path, index] = curve
    for owner in owners:
        if owner not in driven:
            _clear_animation(owner)
    for datablock, curve_of in driven.items():
        earlier = {(fcurve.data_path, fcurve.array_index): fcurve for fcurve in compat.list_fcurves(datablock)}
        if earlier.keys() != curve_of.keys():
            _clear_animation(datablock)
            earlier = {}
        has_changed = not earlier
        for (path, index), curve in curve_of.items():
            fcurve = earlier.get((path, index))
            if fcurve is None:
                fcurve = compat.ensure_fcurve(datablock, path, index, f"{datablock.name} walk")
                assert datablock.animation_data is not None
                tag(datablock.animation_data.action)
            has_changed |= _write_keyframes(fcurve, curve)
        if has_changed or datablock not in walk_groups:  # in others, what is driven has the values of the first step
            datablock.update_tag(refresh={"TIME"})


def _clear_animation(owner: Any) -> None:
    """Remove a build's animation from a datablock; a user's own action stays."""
    animation = getattr(owner, "animation_data", None)
    if animation is not None and animation.action is not None and is_tagged(animation.action):
        owner.animation_data_clear()


def _write_keyframes(fcurve: bpy.types.FCurve, curve: Curve) -> bool:
    """Write all keyframes at once, unless they are there: adding them one by one takes quadratic time.

    Return whether others were there.
    """
    runs, easing, straight = find_key_runs(curve), EASINGS[curve.easing], EASINGS["linear"]
    count = len(runs.frames)
    fields = {"co": np.column_stack([runs.frames, runs.values]).astype(np.float32).ravel()}
    for field in ("interpolation", "easing"):
        usual, on_line = (_find_number(field, getattr(each, field)) for each in (easing, straight))
        # in the type in which Blender stores them: of another, it copies one by one
        fields[field] = np.where(runs.is_straight, on_line, usual).astype(np.uint8)
    keyframes = fcurve.keyframe_points
    if len(keyframes) == count:
        fields = {field: values for field, values in fields.items() if not holds_values(keyframes, field, values)}
        if not fields:
            return False
    else:
        keyframes.clear()
        keyframes.add(count)
    for field, values in fields.items():
        keyframes.foreach_set(field, values)
    fcurve.update()
    return True


@cache
def _find_number(field: str, option: str) -> int:
    """Return the number of an option of a keyframe's field."""
    items = bpy.types.Keyframe.bl_rna.properties[field].enum_items  # type: ignore[attr-defined]  # missing in the stubs
    return int(items[option].value)
