# SPDX-License-Identifier: GPL-3.0-or-later
"""Loader of a template's .blend file.

docs/templates.md describes the contract to artists. The file has one scene. Its objects (lights, a floor), world, view
transform and light settings are used. A node group "Kernelwalk Tile" has the inputs Color and Opacity, and a shader as
its output; one "Kernelwalk Line" has an input Color. An object "Floor" is a square from -1 to 1: it is scaled to hold
the shadows, and hidden where there are none. In materials and the world, an RGB node "Kernelwalk Background" gets the
background color of the look. Everything else is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import Problem, SpecError
from ...core.spec.colors_section import srgb_to_linear
from ...core.spec.look_section import Look
from ...core.spec.templates import find_blend_file
from ..builds.ownership import list_datablocks, strip_number_suffix, tag
from ..stored_values import has_value

TILE_GROUP, LINE_GROUP = "Kernelwalk Tile", "Kernelwalk Line"
BACKGROUND_NODE, FLOOR_OBJECT = "Kernelwalk Background", "Floor"

GROUP_INPUTS = {TILE_GROUP: {"Color": "a color", "Opacity": "a number"}, LINE_GROUP: {"Color": "a color"}}
"""Inputs of a node group, and their types in words."""

SOCKET_TYPES = {"a color": "NodeSocketColor", "a number": "NodeSocketFloat"}

TIME_NODES = ("GeometryNodeInputSceneTime", "GeometryNodeSimulationOutput")
"""Nodes that make geometry depend on the frame."""

REFLECTING_NODES = ("ShaderNodeBsdf", "ShaderNodeEeveeSpecular", "ShaderNodeSubsurface", "ShaderNodeShaderToRGB")
"""Beginnings of the types of nodes that reflect light; ShaderNodeBsdfTransparent does not."""

FLOOR_EXTENT, FLOOR_TOLERANCE = 1.0, 0.02
"""Distance of a floor's edges from its center, and the deviation that is allowed."""


CYCLES_SETTINGS = (
    "max_bounces",
    "diffuse_bounces",
    "glossy_bounces",
    "transmission_bounces",
    "transparent_max_bounces",
    "use_light_tree",
)
"""Settings of Cycles that a template decides."""


@dataclass(frozen=True)
class TemplateFacts:
    """Facts about a template's file, without its data.

    object_names: of its objects, as in the file
    left_out:     sentences about parts of the file that were not loaded
    is_animated:  whether any of it changes from frame to frame
    lit_surface:  the first surface that reflects light, in words; "" if none does
    """

    object_names: tuple[str, ...]
    has_world: bool
    view_transform: str
    view_look: str
    cycles_values: dict[str, int]
    left_out: tuple[str, ...]
    is_animated: bool
    lit_surface: str


@dataclass(frozen=True)
class LoadedTemplate:
    """A template whose data is in the file now.

    scene:      the template's own, which the caller removes; None if the data is that of an earlier build
    datablocks: all data that is new, tagged
    """

    facts: TemplateFacts
    tile_group: bpy.types.NodeTree
    line_group: bpy.types.NodeTree
    objects: tuple[bpy.types.Object, ...]
    world: bpy.types.World | None
    scene: bpy.types.Scene | None = None
    datablocks: frozenset[Any] = frozenset()


def load_template(look: Look) -> LoadedTemplate:
    """Append the data of a look's template, and tag it. Raise SpecError if the file breaks the contract."""
    path = find_blend_file(look.template)
    if Path(bpy.data.filepath).is_file() and path.samefile(bpy.data.filepath):
        raise _template_error(path, "Blender cannot append from the file that is open", "Use it from another file")
    before, libraries_before = set(list_datablocks()), set(bpy.data.libraries)
    try:
        library: Any = bpy.data.libraries.load(str(path), link=False)  # type: ignore[func-returns-value]  # it does
        with library as (available, wanted):
            scenes, groups = list(available.scenes), [name for name in GROUP_INPUTS if name in available.node_groups]
            wanted.scenes, wanted.node_groups = list(scenes), list(groups)
    except (OSError, ValueError) as error:
        remedy = "Save it with this version of Blender, or an older one"
        raise _template_error(path, f"Blender cannot read it: {error}", remedy) from None
    new = [tag(data) for data in list_datablocks() if data not in before]
    # a template must not run code; and what is appended needs its library no more
    scripts = [data for data in new if isinstance(data, bpy.types.Text)]
    new = [data for data in new if not isinstance(data, bpy.types.Text)]
    left_out = _describe_left_out(path, len(scripts), _remove_drivers(new))
    trees = dict(zip(groups, wanted.node_groups, strict=True))
    libraries = [library for library in bpy.data.libraries if library not in libraries_before]
    problem = _check_links(path, new) or _check_groups(scenes, trees) or _check_objects(wanted.scenes[0])
    lit_surface = "" if problem else _find_lit_surface(trees.values(), wanted.scenes[0])
    lit = lit_surface if look.blends_as_displayed else ""
    bpy.data.batch_remove([*(new if problem or lit else ()), *scripts, *libraries])
    if problem:
        raise _template_error(path, problem, "Change the file, or start from a built-in template")
    if lit:
        what = f'"display" is for looks without light, and {lit} of {path.name} reflects light'
        raise SpecError([Problem("look.blending", what, 'Write "scene", or choose a template without light on tiles')])
    scene: Any = wanted.scenes[0]
    cycles = getattr(scene, "cycles", None)  # may be disabled
    facts = TemplateFacts(
        object_names=tuple(strip_number_suffix(member.name) for member in scene.objects),
        has_world=scene.world is not None,
        view_transform=scene.view_settings.view_transform,
        view_look=scene.view_settings.look,
        cycles_values={name: getattr(cycles, name) for name in CYCLES_SETTINGS} if cycles else {},
        left_out=left_out,
        is_animated=any(map(_is_animated, new)),
        lit_surface=lit_surface,
    )
    _known_facts[tuple(describe_source(look))] = facts
    template = LoadedTemplate(
        facts,
        tile_group=trees[TILE_GROUP],
        line_group=trees[LINE_GROUP],
        objects=tuple(scene.objects),
        world=scene.world,
        scene=scene,
        datablocks=frozenset(new),
    )
    _paint_background(template, look)
    return template


_known_facts: dict[tuple[Any, ...], TemplateFacts] = {}
"""Facts about the templates that were loaded since Blender began, by describe_source."""


def get_facts(look: Look) -> TemplateFacts | None:
    """Return the facts about a look's template if it was loaded before as it is now, and fits the look."""
    facts = _known_facts.get(tuple(describe_source(look)))
    return None if facts is None or (facts.lit_surface and look.blends_as_displayed) else facts


def describe_source(look: Look) -> list[Any]:
    """Return a look's template and the time of its last change: as long as both stay, so do its objects."""
    return [look.template, find_blend_file(look.template).stat().st_mtime]


def _check_links(path: Path, new: list[Any]) -> str:
    """Return a problem if the template links data from another file, else ""."""
    for data in new:
        if data.library is not None and Path(bpy.path.abspath(data.library.filepath)).name != path.name:
            return f"{data.name!r} in it is linked from {Path(data.library.filepath).name}: make it local"
    return ""


def _check_groups(scenes: list[str], trees: dict[str, bpy.types.NodeTree]) -> str:
    """Return the first problem with the number of scenes and the node groups, or ""."""
    if len(scenes) != 1:
        return f"it has the scenes {', '.join(map(repr, scenes))}, not one" if scenes else "it has no scene"
    for name, inputs in GROUP_INPUTS.items():
        if name not in trees:
            return f"it has no node group {name!r}"
        if trees[name].type != "SHADER":
            return f"its node group {name!r} is not a group of shader nodes"
        items: list[Any] = [item for item in trees[name].interface.items_tree if item.item_type == "SOCKET"]
        types = {item.name: item.socket_type for item in items if item.in_out == "INPUT"}
        for socket, type_name in inputs.items():
            if socket not in types:
                return f"its node group {name!r} has no input {socket!r}"
            if not types[socket].startswith(SOCKET_TYPES[type_name]):
                return f"the input {socket!r} of its node group {name!r} is not {type_name}"
        outputs = [item.socket_type for item in items if item.in_out == "OUTPUT"]
        if outputs[:1] != ["NodeSocketShader"]:
            return f"its node group {name!r} has no shader as its first output"
    return ""


def _check_objects(scene: bpy.types.Scene) -> str:
    """Return the first problem with the objects and the world, or ""."""
    for owner in _find_background_owners(scene.objects, scene.world):
        if owner.node_tree.nodes[BACKGROUND_NODE].bl_idname != "ShaderNodeRGB":
            return f"the node {BACKGROUND_NODE!r} of {owner.name!r} is not an RGB node"
    for floor in scene.objects:
        if strip_number_suffix(floor.name) == FLOOR_OBJECT:
            if floor.type != "MESH":
                return f"its object {FLOOR_OBJECT!r} is not a mesh"
            coordinates = [coordinate for corner in floor.bound_box for coordinate in corner[:2]]
            low, high = min(coordinates), max(coordinates)
            if abs(high - FLOOR_EXTENT) > FLOOR_TOLERANCE or abs(low + FLOOR_EXTENT) > FLOOR_TOLERANCE:
                return f"its object {FLOOR_OBJECT!r} extends from {low:.3g} to {high:.3g}, not from -1 to 1"
    return ""


def _find_lit_surface(groups: Iterable[bpy.types.NodeTree], scene: bpy.types.Scene) -> str:
    """Return the first node group, or object but the floor, whose surface reflects light, in words; "" if none does."""
    for tree in groups:
        if _reflects_light(tree):
            return f"the node group {tree.name!r}"
    for member in scene.objects:
        materials = [slot.material for slot in member.material_slots if slot.material]
        surfaces = [material.node_tree for material in materials if material.node_tree]
        is_floor = strip_number_suffix(member.name) == FLOOR_OBJECT  # shadows darken displayed values as well
        if not is_floor and any(map(_reflects_light, surfaces)):
            return f"the object {member.name!r}"
    return ""


def _reflects_light(tree: bpy.types.NodeTree) -> bool:
    nodes: list[Any] = list(tree.nodes)
    return any(
        _reflects_light(node.node_tree)
        if node.bl_idname == "ShaderNodeGroup" and node.node_tree
        else node.bl_idname.startswith(REFLECTING_NODES) and node.bl_idname != "ShaderNodeBsdfTransparent"
        for node in nodes
    )


def _is_animated(datablock: Any) -> bool:
    """Return whether a datablock changes by itself from frame to frame."""
    owners = (datablock, getattr(datablock, "node_tree", None))
    animations = [getattr(owner, "animation_data", None) for owner in owners]
    if any(data is not None and (data.action is not None or data.nla_tracks) for data in animations):
        return True
    if isinstance(datablock, bpy.types.Image):
        return datablock.source in ("SEQUENCE", "MOVIE")
    return isinstance(datablock, bpy.types.NodeTree) and any(node.bl_idname in TIME_NODES for node in datablock.nodes)


def _remove_drivers(new: list[Any]) -> int:
    """Remove the drivers of datablocks and their node trees, since drivers can run code. Return their number."""
    count = 0
    for datablock in new:
        for owner in (datablock, getattr(datablock, "node_tree", None)):
            animation = getattr(owner, "animation_data", None)
            for driver in list(animation.drivers) if animation else ():
                animation.drivers.remove(driver)
                count += 1
    return count


def _describe_left_out(path: Path, scripts: int, drivers: int) -> tuple[str, ...]:
    parts = [f"{count} {name}" for count, name in ((scripts, "scripts"), (drivers, "drivers")) if count]
    return (f"{path.name}: {' and '.join(parts)} left out, since a template must not run code",) if parts else ()


def _paint_background(template: LoadedTemplate, look: Look) -> None:
    """Set the background's color, in Solid shading too: it shows colors of materials and worlds, but no nodes."""
    for owner, name, color in _list_background_colors(template, look):
        setattr(owner, name, color)


def has_background(template: LoadedTemplate, look: Look) -> bool:
    """Return whether a template's background has the look's color."""
    return all(has_value(*each) for each in _list_background_colors(template, look))


def _list_background_colors(template: LoadedTemplate, look: Look) -> Iterator[tuple[Any, str, Any]]:
    """Yield the properties that hold the background's color, as owner, name and color."""
    color = (*look.to_scene_rgb(look.colors.background), 1.0)
    solid_color = srgb_to_linear(look.colors.background).tolist()
    for owner in _find_background_owners(template.objects, template.world):
        yield owner.node_tree.nodes[BACKGROUND_NODE].outputs[0], "default_value", color
        is_world = isinstance(owner, bpy.types.World)
        yield owner, "color" if is_world else "diffuse_color", solid_color if is_world else (*solid_color, 1.0)


def _find_background_owners(objects: Iterable[bpy.types.Object], world: bpy.types.World | None) -> list[Any]:
    """Return the materials and the world that have a node for the background color."""
    owners = [*(slot.material for member in objects for slot in member.material_slots), world]
    return [
        owner for owner in owners if owner is not None and owner.node_tree and BACKGROUND_NODE in owner.node_tree.nodes
    ]


def _template_error(path: Path, problem: str, remedy: str) -> SpecError:
    return SpecError([Problem("look.template", f"{path.name}: {problem}", remedy)])
