# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a build by their roles. Those of the earlier build are used again, with what a user has done to them.

A role says what an object is for and stays the same over builds: "tiles Input", "label title". An object that is used
again keeps its selection, its hiding in views, its children, its collections, and the modifiers and constraints that a
user has added. Its data is made equal to what is planned (scene/builds/parts.py) or replaced, and its state is set
anew, with the user's changes (scene/builds/hand_changes.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import bpy

from ..stored_values import set_value
from . import hand_changes
from .active_walk import complete_name
from .ownership import (
    MATERIALS_KEY,
    ROOMS_KEY,
    TAG,
    forget_build,
    get_materials,
    get_rooms,
    is_tagged,
    purge_unused,
    remove_collections,
    remove_datablocks,
    remove_objects,
    strip_number_suffix,
    tag,
)
from .parts import Parts

ROLE_KEY = f"{TAG}_role"
"""Key of an object: its role in the build."""

STATES_KEY = f"{TAG}_states"
"""Key of a root collection: the states of its objects as built, and the changes by hand, as JSON."""

LABELS_ROOM, CAMERA_ROOM, TEMPLATE_ROOM = "Labels", "Camera", "Light and Floor"
"""Names of the collections of labels, of the camera with what moves it, and of the template's objects."""

CAMERA_ROLE, ORIGIN_ROLE, SEEN_THROUGH_ROLE = "camera", "origin", "lines seen through"

NEEDED_ROLES = (CAMERA_ROLE, ORIGIN_ROLE)
"""Roles of objects whose places are not set anew: scene/setup/camera_rig.py and scene/places/placement.py keep them."""

CARRIER_NAME = "Kernelwalk Carrier"
"""Name of the constraints that a build adds."""

TYPES = {"Mesh": "MESH", "Curve": "CURVE", "TextCurve": "FONT", "Camera": "CAMERA", "NoneType": "EMPTY"}
"""Type of an object's data → type of the object."""


class ObjectStore:
    """The objects of a build in a root collection.

    objects: those built so far, by role
    parts:   what they are made of
    """

    def __init__(
        self,
        root: bpy.types.Collection,
        scene: bpy.types.Scene,
        previous: Sequence[bpy.types.Object],
        template: Any = None,
        keep: Any = frozenset(),
        is_fresh: bool = False,
        makes_parts: bool = False,
    ):
        """Take over the objects of an earlier build.

        template: JSON value that changes with the template, whose objects then are not used again
        keep:     tagged datablocks that stay although nothing uses them yet
        is_fresh: forget the user's changes, and use only the camera again
        makes_parts: use objects again, but nothing of which they are made
        """
        self.root, self.scene, self.template, self.is_fresh = root, scene, template, is_fresh
        self.objects: dict[str, Any] = {}
        self.stored = load_stored(root)
        self.ours = set(previous)
        self.present = set(scene.objects)
        self.unused: list[Any] = []
        self.previous: dict[str, Any] = {}
        for each in previous:
            role = each.get(ROLE_KEY)
            if role is None or role in self.previous or (is_fresh and role not in NEEDED_ROLES):
                self.unused.append(each)
            else:
                self.previous[role] = each
        self.changes = {} if is_fresh else find_hand_changes(root, self.present, previous)
        self.keeps_template = not is_fresh and self.stored.get("template") == template
        self.materials: dict[str, Any] = {}
        self.parents: dict[str, Any] = {}
        self.rooms: dict[str, Any] = get_rooms(root)
        self.used_rooms: dict[str, Any] = {}
        self.placeholders: dict[str, Any] = {}
        self.placeholder_fonts: set[Any] = set()
        self.our_materials = get_materials(root) | forget_build(scene)
        root.pop(MATERIALS_KEY, None)  # type: ignore[attr-defined]  # the stubs miss it; Blender would not let them go
        self.selected = [
            (layer, each) for layer in scene.view_layers for each in layer.objects.selected if each in self.ours
        ]
        if is_fresh or makes_parts:
            self.parts = Parts()
        else:
            self.parts = Parts(self.previous.values(), self.our_materials, {root, scene, *previous})
        remove_objects(self.unused)
        for role, each in self.previous.items():
            self._strip(role, each)
        own = {material for slots in self.materials.values() for _, _, material in slots}
        purge_unused({*keep, *own, *self.previous.values(), *self.parts.waiting})  # a deleted object has no user now

    def make(self, role: str, name: str, data: Any, room: str = "") -> Any:
        """Return the object of a role with this data: that of the earlier build, or a new one.

        name: of the object in the first walk, unless the user has renamed it
        room: name of the collection in the root collection; "" for the root collection itself
        """
        role, name = role + self.parts.suffix, self.complete_name(name + self.parts.suffix)
        made = self.previous.pop(role, None)
        if made is not None and made.type != TYPES[type(data).__name__]:
            remove_objects([made])
            made = None
        if made is None:
            made = tag(bpy.data.objects.new(name, data))
            made[ROLE_KEY] = role
        else:
            if data is not None and made.data != data:  # else Blender would evaluate it again
                made.data = data
            if "name" not in self.changes.get(role, {}) and strip_number_suffix(made.name) != name:
                made.name = name
        self.add(role, made, room)
        return made

    @contextmanager
    def carry(self, role: str, name: str, suffix: str) -> Iterator[Any]:
        """Make what is made within a `with` block the children of an empty, and add a suffix to roles and names."""
        carrier, before = self.make(role, name, None), set(self.objects)
        self.parts.suffix = suffix
        try:
            yield carrier
        finally:
            self.parts.suffix = ""
        for made in (made for role, made in self.objects.items() if role not in before and made.parent is None):
            made.parent = carrier

    def complete_name(self, name: str) -> str:
        """Return a name with the number of the walk after it, where that is not the first."""
        return complete_name(self.root, name)

    def take(self, role: str) -> Any:
        """Return the earlier build's object in a role, as it is, or None. The caller adds it again."""
        return self.previous.pop(role, None)

    def add(self, role: str, added: Any, room: str = "") -> None:
        """Add an object that was made elsewhere, in a role."""
        added[ROLE_KEY] = role
        self.objects[role] = added
        collection = self.get_room(room)
        if added not in self.present:
            collection.objects.link(added)

    def get_room(self, name: str) -> bpy.types.Collection:
        """Return the collection with this name in the root collection, or the root collection itself for ""."""
        if not name:
            return self.root
        if name not in self.used_rooms:
            room = self.rooms.pop(name, None)
            if room is None:
                room = tag(bpy.data.collections.new(self.complete_name(name)))
                self.root.children.link(room)
            self.used_rooms[name] = room
        return self.used_rooms[name]

    def replace_template_object(self, member: bpy.types.Object, role: str, room: str) -> Any:
        """Return the earlier build's object in place of one of the same template, or else that one, added."""
        old = self.previous.get(role) if self.keeps_template else None
        if old is None or old.type != member.type:
            self.add(role, member, room)
            return member
        del self.previous[role]
        hand_changes.copy_state(member, old)
        if old.type not in ("EMPTY", "LIGHT"):  # a light is not painted anew: what a user has set stays
            old.data = member.data
        bpy.data.objects.remove(member)
        self.add(role, old, room)
        return old

    def finish(self) -> None:
        """Apply the user's changes to the objects, and remove what the build does not use any more."""
        states = {role: hand_changes.read_state(each) for role, each in self.objects.items()}
        materials = {slot.material for each in self.objects.values() for slot in each.material_slots if slot.material}
        for role, change in self.changes.items():
            if role in self.objects:
                self._apply_change(self.objects[role], change)
                if "name" in change:  # the object has kept it
                    states[role]["name"] = change["name"][0]
        for role, (parent, kind, bone, inverse) in self.parents.items():
            if role in self.objects:
                built = self.objects[role]
                built.parent, built.parent_type, built.parent_bone = parent, kind, bone
                built.matrix_parent_inverse = inverse
        for role, own in self.materials.items():
            if role in self.objects:
                hand_changes.put_materials(own, self.objects[role])
        for each in self.objects.values():
            self.parts.remove_waiting_modifiers(each)
            _move_own_modifiers_last(each)
        built_now = set(self.objects.values())
        for layer, each in self.selected:  # Blender deselects what is hidden for a moment
            if each in built_now and each.name in layer.objects:
                each.select_set(True, view_layer=layer)
        remove_objects(list(self.previous.values()))
        remove_collections(list(self.rooms.values()), built_now, self.root)
        remove_datablocks([*self.placeholders.values()])
        remove_datablocks([font for font in self.placeholder_fonts if font.users == 0])
        pending = {role: change for role, change in self.changes.items() if role not in self.objects}
        stored = {"template": self.template, "states": states, "changes": pending}
        self.root[STATES_KEY] = json.dumps(stored, separators=(",", ":"))
        self.root[ROOMS_KEY] = self.used_rooms
        self.root[MATERIALS_KEY] = {str(index): material for index, material in enumerate(materials)}

    def _apply_change(self, built: Any, change: hand_changes.Change) -> None:
        hand_changes.apply_change(change, built)
        if hand_changes.DELETED in change:
            for collection in built.users_collection:
                collection.objects.unlink(built)

    def _strip(self, role: str, stripped: Any) -> None:
        """Remove from an object what the earlier build has added, and keep what is the user's."""
        own = hand_changes.list_own_materials(stripped, self.our_materials)
        if own:
            self.materials[role] = own
        if stripped.parent is not None and stripped.parent not in self.ours:
            inverse = stripped.matrix_parent_inverse.copy()
            self.parents[role] = (stripped.parent, stripped.parent_type, stripped.parent_bone, inverse)
        if role in NEEDED_ROLES or (role.startswith("template ") and self.keeps_template):
            return
        if stripped.parent is not None and not (role.startswith("label ") and stripped.parent in self.ours):
            stripped.parent = None
        animation = stripped.animation_data
        if animation is not None and animation.action is not None and is_tagged(animation.action):
            for path in ("delta_location", "delta_rotation_euler"):  # write_curves does the rest
                set_value(stripped, path, (0.0, 0.0, 0.0))
        for modifier in [each for each in stripped.modifiers if hand_changes.is_our_modifier(each)]:
            if not self.parts.holds(modifier.node_group):
                stripped.modifiers.remove(modifier)
        for constraint in [each for each in stripped.constraints if each.name == CARRIER_NAME]:
            stripped.constraints.remove(constraint)
        has_own_material = role.startswith(SEEN_THROUGH_ROLE)
        for slot in stripped.material_slots:
            if slot.link == "OBJECT" and not (has_own_material and self.parts.holds(slot.material)):
                # Blender would count the object as a user for ever
                slot.material, slot.link = None, "DATA"
        if stripped.type in ("MESH", "CURVE", "FONT") and not self.parts.holds(stripped.data):
            stripped.data = self._get_placeholder(stripped.type)
        hand_changes.reset_state(stripped, role)

    def _get_placeholder(self, kind: Any) -> Any:
        """Return data that stands in until an object has its new data, so that the earlier build's can go."""
        if kind not in self.placeholders:
            fonts = set(bpy.data.fonts)
            data = bpy.data.meshes.new("Stand-in") if kind == "MESH" else bpy.data.curves.new("Stand-in", kind)
            self.placeholders[kind] = data
            self.placeholder_fonts |= set(bpy.data.fonts) - fonts  # a new text loads Blender's own
        return self.placeholders[kind]


def load_stored(root: bpy.types.Collection) -> dict[str, Any]:
    """Return what a root collection knows about its objects as built: empty before 0.2."""
    stored: dict[str, Any] = json.loads(root.get(STATES_KEY, "{}"))
    return stored


def find_hand_changes(
    root: bpy.types.Collection, present: set[Any], objects: Iterable[Any]
) -> dict[str, hand_changes.Change]:
    """Return the changes that a user has made to built objects, by role; those of objects that are not built now too.

    present: all objects of the scene
    objects: those that were built and exist
    """
    stored, by_role = load_stored(root), {each[ROLE_KEY]: each for each in objects if ROLE_KEY in each}
    changes = hand_changes.find_changes(stored.get("states", {}), by_role, present, NEEDED_ROLES)
    for role in NEEDED_ROLES:
        for path in hand_changes.TRANSFORMS:
            changes.get(role, {}).pop(path, None)
    return {**stored.get("changes", {}), **{role: change for role, change in changes.items() if change}}


def _move_own_modifiers_last(built: bpy.types.Object) -> None:
    """Move the modifiers that a user has added behind those of the build, which the user found there."""
    count = len(built.modifiers)
    ours = [hand_changes.is_our_modifier(modifier) for modifier in built.modifiers] if count > 1 else []
    for _ in range(ours.index(True) if True in ours else 0):
        built.modifiers.move(0, count - 1)
