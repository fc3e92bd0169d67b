# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a template's .blend.

The contract, which blend_templates/README.md tells to artists: one scene, whose objects are the stage (lights, a
floor), whose world is the world, and whose view transform and settings of light are used; a node group "Kernelwalk
Tile" with inputs Color and Opacity and a shader as its output, and one "Kernelwalk Line" with an input Color. An object
"Floor" is a square from -1 to 1, which is scaled to hold the shadows, and left out where there are none. In materials
and the world, an RGB node "Kernelwalk Background" gets the look's background colour. All else may be changed freely.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.errors import Problem, SpecError
from ..core.spec.look_section import Look, srgb_to_linear
from ..core.spec.templates import find_blend_file
from .ownership import list_datablocks, strip_number_suffix, tag

TILE_GROUP, LINE_GROUP, BACKGROUND_NODE, FLOOR_OBJECT = (
    "Kernelwalk Tile",
    "Kernelwalk Line",
    "Kernelwalk Background",
    "Floor",
)
GROUP_INPUTS = {TILE_GROUP: {"Color": "a colour", "Opacity": "a number"}, LINE_GROUP: {"Color": "a colour"}}
"""The inputs of a group, and what they are."""

SOCKET_TYPES = {"a colour": "NodeSocketColor", "a number": "NodeSocketFloat"}

TIME_NODES = ("GeometryNodeInputSceneTime", "GeometryNodeSimulationOutput")
"""Nodes by which geometry depends on the frame."""

FLOOR_EXTENT, FLOOR_TOLERANCE = 1.0, 0.02
"""How far a floor reaches from its middle, and what it may be off."""


@dataclass(frozen=True)
class LoadedTemplate:
    """What was read and is in the file now.

    settings: the template's own scene, which the caller removes once it has read it
    data:     all of it, marked as ours
    left_out: what of the file was not taken, in words
    moves:    whether any of it changes from frame to frame
    """

    tile_group: bpy.types.NodeTree
    line_group: bpy.types.NodeTree
    objects: tuple[bpy.types.Object, ...]
    world: bpy.types.World | None
    scene: bpy.types.Scene
    datablocks: frozenset[Any]
    left_out: tuple[str, ...]
    is_animated: bool


def load_template(look: Look) -> LoadedTemplate:
    """Append the template's data, marked as ours. Raises SpecError where the file breaks the contract."""
    path = find_blend_file(look.template)
    if bpy.data.filepath and path.samefile(bpy.data.filepath):
        raise _template_error(
            path, "it is the file that is open, of which Blender takes no part", "Use it from another file"
        )
    before, libraries = set(list_datablocks()), set(bpy.data.libraries)
    try:
        library: Any = bpy.data.libraries.load(str(path), link=False)  # type: ignore[func-returns-value]  # it does
        with library as (there, wanted):
            scenes, groups = list(there.scenes), [name for name in GROUP_INPUTS if name in there.node_groups]
            wanted.scenes, wanted.node_groups = list(scenes), list(groups)
    except (OSError, ValueError) as error:
        remedy = "Save it with this version of Blender, or an older one"
        raise _template_error(path, f"Blender cannot read it: {error}", remedy) from None
    new = [tag(data) for data in list_datablocks() if data not in before]
    # a template is looks, not programs; and what is appended needs its file no more
    scripts = [data for data in new if isinstance(data, bpy.types.Text)]
    new = [data for data in new if not isinstance(data, bpy.types.Text)]
    left_out = _describe_left_out(path, len(scripts), _remove_drivers(new))
    trees = dict(zip(groups, wanted.node_groups, strict=True))
    own = [library for library in bpy.data.libraries if library not in libraries]
    problem = _find_linked_data(path, new) or _check_groups(scenes, trees) or _check_objects(wanted.scenes[0])
    bpy.data.batch_remove([*(new if problem else ()), *scripts, *own])
    if problem:
        raise _template_error(path, problem, "Mend it, or start from a template that ships")
    scene = wanted.scenes[0]
    template = LoadedTemplate(
        tile_group=trees[TILE_GROUP],
        line_group=trees[LINE_GROUP],
        objects=tuple(scene.objects),
        world=scene.world,
        scene=scene,
        datablocks=frozenset(new),
        left_out=left_out,
        is_animated=any(map(_is_animated, new)),
    )
    _paint_background(template, look)
    return template


def _find_linked_data(path: Path, new: list[Any]) -> str:
    """Of which other file a template needs parts, or nothing."""
    for data in new:
        if data.library is not None and Path(bpy.path.abspath(data.library.filepath)).name != path.name:
            return f"{data.name!r} in it is linked from {Path(data.library.filepath).name}: make it local"
    return ""


def _check_groups(scenes: list[str], trees: dict[str, bpy.types.NodeTree]) -> str:
    """What is wrong with the template, or nothing."""
    if len(scenes) != 1:
        return f"it has the scenes {', '.join(map(repr, scenes))}, not one" if scenes else "it has no scene"
    for name, sockets in GROUP_INPUTS.items():
        if name not in trees:
            return f"it has no node group {name!r}"
        if trees[name].type != "SHADER":
            return f"its node group {name!r} is not one of shader nodes"
        items: list[Any] = [item for item in trees[name].interface.items_tree if item.item_type == "SOCKET"]
        inputs = {item.name: item.socket_type for item in items if item.in_out == "INPUT"}
        for socket, kind in sockets.items():
            if socket not in inputs:
                return f"its node group {name!r} has no input {socket!r}"
            if not inputs[socket].startswith(SOCKET_TYPES[kind]):
                return f"the input {socket!r} of its node group {name!r} is not {kind}"
        outputs = [item.socket_type for item in items if item.in_out == "OUTPUT"]
        if outputs[:1] != ["NodeSocketShader"]:
            return f"its node group {name!r} has no shader as its first output"
    return ""


def _check_objects(scene: bpy.types.Scene) -> str:
    """What is wrong with the objects and the world, or nothing."""
    for owner in _background_owners(scene.objects, scene.world):
        kind = owner.node_tree.nodes[BACKGROUND_NODE].bl_idname
        if kind != "ShaderNodeRGB":
            return f"the node {BACKGROUND_NODE!r} of {owner.name!r} is not an RGB node"
    for each in scene.objects:
        if strip_number_suffix(each.name) == FLOOR_OBJECT:
            if each.type != "MESH":
                return f"its object {FLOOR_OBJECT!r} is not a mesh"
            reach = [end for corner in each.bound_box for end in corner[:2]]
            if abs(max(reach) - FLOOR_EXTENT) > FLOOR_TOLERANCE or abs(min(reach) + FLOOR_EXTENT) > FLOOR_TOLERANCE:
                return (
                    f"its object {FLOOR_OBJECT!r} reaches from {min(reach):.3g} to {max(reach):.3g}, not from -1 to 1"
                )
    return ""


def _is_animated(data: Any) -> bool:
    """Whether a datablock of the template changes by itself from frame to frame."""
    animated = [getattr(owner, "animation_data", None) for owner in (data, getattr(data, "node_tree", None))]
    if any(each is not None and (each.action is not None or each.nla_tracks) for each in animated):
        return True
    if isinstance(data, bpy.types.Image):
        return data.source in ("SEQUENCE", "MOVIE")
    return isinstance(data, bpy.types.NodeTree) and any(node.bl_idname in TIME_NODES for node in data.nodes)


def _remove_drivers(new: list[Any]) -> int:
    """Remove the drivers of datablocks and of their node trees: they can hold programs. How many there were."""
    count = 0
    for data in new:
        for owner in (data, getattr(data, "node_tree", None)):
            animation = getattr(owner, "animation_data", None)
            for driver in list(animation.drivers) if animation else ():
                animation.drivers.remove(driver)
                count += 1
    return count


def _describe_left_out(path: Path, scripts: int, drivers: int) -> tuple[str, ...]:
    what = [f"{count} {name}" for count, name in ((scripts, "scripts"), (drivers, "drivers")) if count]
    return (f"{path.name}: {' and '.join(what)} left out: a template is looks, not programs",) if what else ()


def _paint_background(template: LoadedTemplate, look: Look) -> None:
    color = (*srgb_to_linear(look.colors.background), 1.0)
    for owner in _background_owners(template.objects, template.world):
        owner.node_tree.nodes[BACKGROUND_NODE].outputs[0].default_value = color


def _background_owners(stage: Iterable[bpy.types.Object], world: bpy.types.World | None) -> list[Any]:
    """The materials and the world that have the background's colour."""
    owners = [*(slot.material for each in stage for slot in each.material_slots), world]
    return [each for each in owners if each is not None and each.node_tree and BACKGROUND_NODE in each.node_tree.nodes]


def _template_error(path: Path, problem: str, remedy: str) -> SpecError:
    return SpecError([Problem("look.template", f"{path.name}: {problem}", remedy)])
