# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of what another build would undo of a user's work: edited meshes and lines, keyframes, and nodes.

A build stores a number for each of these; another number later means that the user has changed it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import bpy
import numpy as np

from .. import compat
from .object_store import ROLE_KEY
from .ownership import TAG, WORLD_KEY, get_built_objects, get_materials

SIGNATURES_KEY = f"{TAG}_signatures"
"""Key of a root collection: the numbers, by role or name, as JSON; and Blender's version, under VERSION."""

VERSION = "Blender"

NODES = "nodes"
"""Beginning of the keys of trees of nodes, which another Blender reads in another way: nodes get more sockets."""

MAX_VERTICES = 100_000
"""Vertices of a mesh up to which their places count, not only their number."""

CURVE_SETTINGS = ("bevel_depth", "bevel_resolution", "resolution_u", "render_resolution_u", "extrude")

NODE_SETTINGS = ("mute", "operation", "blend_type", "data_type", "interpolation", "use_clamp")


def store_signatures(root: bpy.types.Collection) -> None:
    """Store the numbers of a build that is complete."""
    signatures: dict[str, Any] = {key: signature for key, _, signature in _sign_all(root)}
    root[SIGNATURES_KEY] = json.dumps({**signatures, VERSION: bpy.app.version[:2]})


def find_losses(root: bpy.types.Collection) -> list[str]:
    """Return what another build would undo, in words such as "the mesh of Input"."""
    stored = json.loads(root.get(SIGNATURES_KEY, "{}"))
    if stored.get(VERSION) != [*bpy.app.version[:2]]:
        stored = {key: signature for key, signature in stored.items() if not key.startswith(NODES)}
    return [what for key, what, signature in _sign_all(root) if key in stored and stored[key] != signature]


def _sign_all(root: bpy.types.Collection) -> Iterator[tuple[str, str, int]]:
    """Yield a key, a description and a number for all that a build makes anew."""
    for built in get_built_objects(root):
        role = built.get(ROLE_KEY, "")
        if role.startswith("tile "):  # there may be thousands
            continue
        data: Any = built.data
        if built.type == "MESH" and not role.startswith("twin ") and not data.is_editmode:  # it is read when that ends
            yield f"mesh {role}", f"the mesh of {built.name}", _sign_mesh(data)
        elif built.type == "CURVE":
            yield f"curve {role}", f"the lines of {built.name}", _sign_curve(data)
        if not role.startswith("template "):
            yield f"keyframes {role}", f"the keyframes of {built.name}", _count_keyframes(built)
    materials = sorted(get_materials(root), key=lambda material: material.name)
    known: dict[Any, int] = {}
    for owner in (*materials, root.get(WORLD_KEY)):
        if owner is not None and owner.node_tree is not None:
            kind = "world" if isinstance(owner, bpy.types.World) else "material"
            yield (
                f"{NODES} {kind} {owner.name}",
                f"the nodes of the {kind} {owner.name}",
                _sign_tree(owner.node_tree, known),
            )


def _sign_mesh(mesh: Any) -> int:
    count = len(mesh.vertices)
    if count > MAX_VERTICES:
        return count
    places = np.empty(count * 3, np.float32)
    if count:
        mesh.attributes["position"].data.foreach_get("vector", places)
    return zlib.crc32(places.tobytes(), len(mesh.polygons))


def _sign_curve(curve: Any) -> int:
    points = [len(spline.points) for spline in curve.splines]
    return _sign([points, [getattr(curve, name) for name in CURVE_SETTINGS]])


def _count_keyframes(datablock: Any) -> int:
    owners = (datablock, datablock.data)
    return sum(len(curve.keyframe_points) for owner in owners if owner for curve in compat.list_fcurves(owner))


def sign_world(world: Any) -> int:
    """Return a number for a world's nodes and its color in Solid shading."""
    return _sign([*world.color, _sign_tree(world.node_tree, {}) if world.node_tree is not None else 0])


def _sign_tree(tree: Any, known: dict[Any, int]) -> int:
    """Return a number for a tree of nodes and the groups in it, without what is animated."""
    if tree not in known:
        is_animated = tree.animation_data is not None
        known[tree] = _sign([len(tree.links), *(_describe_node(node, is_animated, known) for node in tree.nodes)])
    return known[tree]


def _describe_node(node: Any, is_animated: bool, known: dict[Any, int]) -> list[Any]:
    described: list[Any] = [node.bl_idname, *(getattr(node, name) for name in _list_settings(node.bl_idname))]
    described += [None if socket.is_linked else _read_value(socket) for socket in node.inputs]
    if not node.inputs and not is_animated:
        described += [_read_value(socket) for socket in node.outputs]
    ramp = getattr(node, "color_ramp", None)
    if ramp is not None:
        described += [(element.position, *element.color) for element in ramp.elements]
    group = getattr(node, "node_tree", None)
    return [*described, _sign_tree(group, known)] if group is not None else described


@cache
def _list_settings(node_type: str) -> list[str]:
    known = getattr(bpy.types, node_type, None)  # an add-on's nodes have no type where it is off
    return [name for name in NODE_SETTINGS if known is not None and name in known.bl_rna.properties]


def _read_value(socket: Any) -> Any:
    value = getattr(socket, "default_value", None)
    if value is None or isinstance(value, (int, float, str)):
        return value
    return value.name if isinstance(value, bpy.types.ID) else list(value)


def _sign(described: Any) -> int:
    return zlib.crc32(repr(described).encode())
