# SPDX-License-Identifier: GPL-3.0-or-later
"""The cube and the light of Blender's start-up file, which are hidden while a walk stands in their place."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np

from ..builds.ownership import TAG, has_any_build
from .view_hiding import hide_in_view, is_hidden_in_view

HIDDEN_KEY = f"{TAG}_hidden"
"""Key of an object that is hidden: whether it was hidden before, in the view and in renders."""

TOLERANCE = 1e-4

CORNERS = sorted(itertools.product((-1.0, 1.0), repeat=3))

TRANSFORMS = {
    "MESH": ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    "LIGHT": ((4.07625, 1.00545, 5.90386), (0.650328, 0.055217, 1.866391)),
    "CAMERA": ((7.35889, -6.92579, 4.95831), (1.109319, 0.0, 0.814928)),
}
"""Location and rotation of the objects of the start-up file of Blender 4.2 to 5.2, by their type."""


def find_startup_objects(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """Return the cube and the light of Blender's start-up file, if nobody has changed them and the scene holds no more.

    The start-up file's camera may be there too. Where anything else is, or anything is changed: nothing.
    """
    objects = list(scene.objects)
    types = {candidate.type for candidate in objects}
    if len(types) < len(objects) or not all(map(_is_untouched, objects)):
        return []
    return [candidate for candidate in objects if candidate.type != "CAMERA"]


def hide_objects(scene: bpy.types.Scene, objects: Sequence[bpy.types.Object]) -> None:
    """Hide objects from views and renders until show_hidden_objects."""
    for hidden in objects:
        hidden[HIDDEN_KEY] = [is_hidden_in_view(hidden, scene), hidden.hide_render]
        hide_in_view(hidden, scene, True)
        hidden.hide_render = True


def list_hidden_objects(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """Return the objects that Kernelwalk has hidden and nobody has shown again since."""
    return [hidden for hidden in _list_marked(scene) if hidden.hide_render or is_hidden_in_view(hidden, scene)]


def show_hidden_objects(scene: bpy.types.Scene, even_shared: bool = True) -> None:
    """Show the objects that Kernelwalk has hidden, as before.

    even_shared: also those that stand in another scene with a walk, as in a linked copy of a scene
    """
    for hidden in _list_marked(scene):
        if not even_shared and any(has_any_build(other) for other in hidden.users_scene if other != scene):
            continue
        in_view, in_render = hidden[HIDDEN_KEY]
        hide_in_view(hidden, scene, bool(in_view))
        hidden.hide_render = bool(in_render)
        del hidden[HIDDEN_KEY]


def _list_marked(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    return [candidate for candidate in scene.objects if candidate.get(HIDDEN_KEY) is not None]


def _is_untouched(candidate: Any) -> bool:
    """Return whether an object is as in the start-up file."""
    if candidate.type not in TRANSFORMS or candidate.library is not None or candidate.keys():
        return False
    location, rotation = TRANSFORMS[candidate.type]
    transform = (*candidate.location, *candidate.rotation_euler, *candidate.scale)
    if candidate.rotation_mode != "XYZ" or not _is_near(transform, (*location, *rotation, 1.0, 1.0, 1.0)):
        return False
    animations = [candidate.animation_data, candidate.data.animation_data]
    if any(animations) or candidate.parent or candidate.modifiers or candidate.constraints:
        return False
    return {"MESH": _is_startup_cube, "LIGHT": _is_startup_light, "CAMERA": _is_startup_camera}[candidate.type](
        candidate.data
    )


def _is_startup_cube(mesh: Any) -> bool:
    if len(mesh.vertices) != len(CORNERS) or len(mesh.polygons) != 6 or mesh.shape_keys or len(mesh.materials) != 1:
        return False
    corners = sorted(tuple(round(number, 4) for number in vertex.co) for vertex in mesh.vertices)
    return corners == CORNERS and _is_startup_material(mesh.materials[0])


def _is_startup_material(material: Any) -> bool:
    if material is None or material.node_tree is None or material.animation_data or material.node_tree.animation_data:
        return False
    nodes = {node.bl_idname: node for node in material.node_tree.nodes}
    if set(nodes) != {"ShaderNodeBsdfPrincipled", "ShaderNodeOutputMaterial"} or len(material.node_tree.nodes) != 2:
        return False
    inputs = nodes["ShaderNodeBsdfPrincipled"].inputs
    return _is_near([*inputs["Base Color"].default_value, inputs["Metallic"].default_value], (0.8, 0.8, 0.8, 1.0, 0.0))


def _is_startup_light(light: Any) -> bool:
    return light.type == "POINT" and _is_near([light.energy, *light.color], (1000.0, 1.0, 1.0, 1.0))


def _is_startup_camera(camera: Any) -> bool:
    return camera.type == "PERSP" and _is_near([camera.lens, camera.shift_x, camera.shift_y], (50.0, 0.0, 0.0))


def _is_near(actual: Sequence[float], expected: Sequence[float]) -> bool:
    return bool(np.allclose(actual, expected, atol=TOLERANCE))
