# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that a user has made to built objects by hand: found as differences from their states as built.

A state is what a build sets anew each time: an object's name, transform and flags. What a build does not set, such as
the selection, needs no record: an object stays the same one over builds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import bpy

from .. import compat
from .ownership import MAX_NAME_BYTES, is_tagged, strip_number_suffix

TRANSFORMS = ("location", "rotation_euler", "scale")

RAY_FLAGS = tuple(
    f"visible_{ray}" for ray in ("camera", "diffuse", "glossy", "transmission", "volume_scatter", "shadow")
)

FLAGS = ("hide_viewport", "hide_render", "hide_select", *RAY_FLAGS, "is_shadow_catcher")

HIDING = ("hide_viewport", "hide_select")

SET_PATHS = {
    "grid ": ("visible_diffuse", "visible_glossy", "visible_shadow"),
    "table ": ("hide_render", *HIDING),
    "twin ": (*HIDING, *(ray for ray in RAY_FLAGS if ray != "visible_volume_scatter")),
    "lines seen through": ("location", "scale", "hide_select", *RAY_FLAGS[1:]),
    "lines ": RAY_FLAGS[1:],
    "label sum": ("location", "rotation_euler"),
    "label ": ("location", "rotation_euler", *RAY_FLAGS[1:]),
}
"""Beginning of roles → what each build sets of the transform and flags of such objects; the first that fits holds."""

TEXT = "text"
"""Key of the words of a text object, which stay as the user has written them."""

NUMBER_BYTES, MAX_CHARACTER_BYTES = len(".001"), 4
"""Bytes of the number that Blender appends to the name of a copy, and most bytes of a character."""

DELETED = "deleted"
"""Key of a change that is a deletion."""

State = dict[str, Any]
"""Name of an object's property → its value, as JSON has it; only flags that differ from Blender's defaults."""

Change = dict[str, Any]
"""Name of an object's property → [value as built, value by hand]; DELETED → True."""


def read_state(built: Any) -> State:
    """Return an object's name, transform and flags. What is animated is no state."""
    animated = {curve.data_path for curve in compat.list_fcurves(built)}
    state: State = {"name": built.name}
    for path in TRANSFORMS:
        if path not in animated:
            state[path] = list(getattr(built, path))
    if built.rotation_mode != "XYZ":
        state["rotation_euler"] = list(built.matrix_basis.to_euler("XYZ"))
    for flag in FLAGS:
        if flag not in animated and getattr(built, flag) != _get_default(flag):
            state[flag] = getattr(built, flag)
    if built.type == "FONT":
        state[TEXT] = built.data.body
    return state


def find_change(before: State, built: Any) -> Change:
    """Return the differences of an object from its state as built.

    A number that Blender appends to a name is none: the objects of a scene's full copy have one.
    """
    now = read_state(built)
    if is_same_name(now["name"], before["name"]):
        now["name"] = before["name"]
    if now == before:
        return {}
    change: Change = {}
    for path in ("name", TEXT, *TRANSFORMS):
        if path in before and path in now and now[path] != before[path]:
            change[path] = [before[path], now[path]]
    animated = {curve.data_path for curve in compat.list_fcurves(built)}
    for flag in FLAGS:
        values = [state.get(flag, _get_default(flag)) for state in (before, now)]
        if values[0] != values[1] and flag not in animated:
            change[flag] = values
    return change


def is_same_name(name: str, built: str) -> bool:
    """Return whether a name is as built, but for the number that Blender appends to the name of a copy.

    Up to Blender 4.5, a long name is cut for the number, and may have none then.

    >>> is_same_name("Floor.001", "Floor"), is_same_name("Floors", "Floor")
    (True, False)
    >>> is_same_name(61 * "o", 63 * "o"), is_same_name(f"{59 * 'o'}.001", 63 * "o"), is_same_name("o", 63 * "o")
    (True, True, False)
    """
    own, base = strip_number_suffix(name), strip_number_suffix(built)
    has_room = len(base.encode()) + NUMBER_BYTES <= MAX_NAME_BYTES
    is_cut = base.startswith(own) and len(own.encode()) > MAX_NAME_BYTES - NUMBER_BYTES - MAX_CHARACTER_BYTES
    return own == base or (is_cut and not has_room)


def apply_change(change: Change, built: Any) -> None:
    """Change an object, as built, as the user had changed it.

    What moved by hand is moved as far from its new place. A flag that the new build sets otherwise stays as built.
    """
    for path, values in change.items():
        if path in ("location", "rotation_euler"):
            own = [at + now - before for at, before, now in zip(getattr(built, path), *values, strict=True)]
            setattr(built, path, own)
        elif path == "scale":
            pairs = zip(built.scale, *values, strict=True)
            built.scale = [at * now / before if before else now for at, before, now in pairs]
        elif path == "name" and built.name != values[1]:
            built.name = values[1]
        elif path == TEXT and built.type == "FONT":
            built.data.body = values[1]
        elif path in FLAGS and getattr(built, path) == values[0]:
            setattr(built, path, values[1])


def find_changes(
    states: Mapping[str, State], objects: Mapping[str, Any], present: set[Any], needed: Sequence[str]
) -> dict[str, Change]:
    """Return the changes of objects by their roles, without roles that have none.

    states:  as built, by role
    objects: those that still exist, by role
    present: all objects of the scene; others were deleted by hand. If it has none of the build, no deletion is meant
    needed:  roles of objects that are built again even so
    """
    changes = {role: find_change(states[role], built) for role, built in objects.items() if role in states}
    lacking = [role for role in states if objects.get(role) not in present and role not in needed]
    if any(built in present for built in objects.values()):
        changes |= {role: {DELETED: True} for role in lacking}
    return {role: change for role, change in changes.items() if change}


def reset_state(built: Any, role: str) -> None:
    """Set an object's transform and flags to those of a new one, as far as they differ.

    What the build sets is left alone: for each change Blender sorts the relations of the scene, or evaluates.
    """
    kept = next((paths for begin, paths in SET_PATHS.items() if role.startswith(begin)), ())
    if built.rotation_mode != "XYZ":
        built.rotation_mode = "XYZ"
    for path in TRANSFORMS:
        default = (1.0,) * 3 if path == "scale" else (0.0,) * 3
        if tuple(getattr(built, path)) != default and path not in kept:
            setattr(built, path, default)
    for flag in FLAGS:
        if getattr(built, flag) != _get_default(flag) and flag not in kept:
            setattr(built, flag, _get_default(flag))


def copy_state(source: bpy.types.Object, target: bpy.types.Object) -> None:
    """Set an object's transform and flags to those of another."""
    target.rotation_mode = source.rotation_mode
    for path in (*TRANSFORMS, "rotation_quaternion", "rotation_axis_angle", *FLAGS):
        setattr(target, path, getattr(source, path))


def list_own_materials(built: Any, ours: set[Any]) -> list[tuple[int, str, Any]]:
    """Return the materials that a user has put on an object: their slots, what the slots link to, and the materials.

    ours: the materials of the build
    """
    slots = [(index, slot.link, slot.material) for index, slot in enumerate(built.material_slots)]
    return [slot for slot in slots if slot[2] is not None and slot[2] not in ours]


def put_materials(materials: Iterable[tuple[int, str, Any]], built: Any) -> None:
    """Put a user's materials into an object's slots, as far as it has them."""
    for index, link, material in materials:
        if index < len(built.material_slots):
            built.material_slots[index].link = link
            built.material_slots[index].material = material


def is_our_modifier(modifier: Any) -> bool:
    """Return whether a build has added a modifier: it runs nodes that were built."""
    tree = modifier.node_group if modifier.type == "NODES" else None
    return tree is not None and is_tagged(tree)


@cache
def _get_default(flag: str) -> bool:
    return flag in RAY_FLAGS  # what Blender 4.2 tells of them is wrong
