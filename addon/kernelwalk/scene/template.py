# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a template's .blend.

The contract: one scene, whose objects are the stage (lights, a floor), whose world is the world, and whose view
transform and light bounces are used; a node group "Kernelwalk Tile" with inputs Color and Opacity and a shader as its
output, and one "Kernelwalk Line" with an input Color. An object "Floor" is a square from -1 to 1, which is scaled to
hold the shadows, and left out where there are none. In materials and the world, an RGB node "Kernelwalk Background"
gets the look's background colour. All else may be changed freely.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.errors import Problem, SpecError
from ..core.look import Look, linear
from ..core.templates import blend_file
from .owned import everything, mark

TILE, LINE, BACKGROUND, FLOOR = "Kernelwalk Tile", "Kernelwalk Line", "Kernelwalk Background", "Floor"
SOCKETS = {TILE: ("Color", "Opacity"), LINE: ("Color",)}


@dataclass(frozen=True)
class Template:
    """What was read and is in the file now.

    settings: the template's own scene, which the caller removes once it has read it
    data:     all of it, marked as ours
    left_out: what of the file was not taken, in words
    """

    tile: bpy.types.NodeTree
    line: bpy.types.NodeTree
    stage: tuple[bpy.types.Object, ...]
    world: bpy.types.World | None
    settings: bpy.types.Scene
    data: frozenset[Any]
    left_out: tuple[str, ...]


def load_template(look: Look) -> Template:
    """Append the template's data, marked as ours. Raises SpecError where the file breaks the contract."""
    path = blend_file(look.template)
    if bpy.data.filepath and path.samefile(bpy.data.filepath):
        raise _broken(path, "it is the file that is open, of which Blender takes no part", "Use it from another file")
    before, libraries = set(everything()), set(bpy.data.libraries)
    try:
        library: Any = bpy.data.libraries.load(str(path), link=False)  # type: ignore[func-returns-value]  # it does
        with library as (there, wanted):
            scenes, groups = list(there.scenes)[:1], [name for name in SOCKETS if name in there.node_groups]
            wanted.scenes, wanted.node_groups = list(scenes), list(groups)
    except (OSError, ValueError) as error:
        remedy = "Save it with this version of Blender, or an older one"
        raise _broken(path, f"Blender cannot read it: {error}", remedy) from None
    new = [mark(data) for data in everything() if data not in before]
    # a template is looks, not programs; and what is appended needs its file no more
    scripts = [data for data in new if isinstance(data, bpy.types.Text)]
    new = [data for data in new if not isinstance(data, bpy.types.Text)]
    left_out = _left_out(path, len(scripts), _remove_drivers(new))
    bpy.data.batch_remove([*scripts, *(library for library in bpy.data.libraries if library not in libraries)])
    trees = dict(zip(groups, wanted.node_groups, strict=True))
    problem = _problem(scenes, trees)
    if problem:
        bpy.data.batch_remove(new)
        raise _broken(path, problem, "Mend it, or start from a template that ships")
    scene = wanted.scenes[0]
    template = Template(trees[TILE], trees[LINE], tuple(scene.objects), scene.world, scene, frozenset(new), left_out)
    _paint_background(template, look)
    return template


def _problem(scenes: list[str], trees: dict[str, bpy.types.NodeTree]) -> str:
    """What is wrong with the template, or nothing."""
    if not scenes:
        return "it has no scene"
    for name, sockets in SOCKETS.items():
        if name not in trees:
            return f"it has no node group {name!r}"
        if trees[name].type != "SHADER":
            return f"its node group {name!r} is not one of shader nodes"
        items: list[Any] = [item for item in trees[name].interface.items_tree if item.item_type == "SOCKET"]
        inputs = {item.name for item in items if item.in_out == "INPUT"}
        lacking = [socket for socket in sockets if socket not in inputs]
        if lacking:
            return f"its node group {name!r} has no input {lacking[0]!r}"
        outputs = [item.socket_type for item in items if item.in_out == "OUTPUT"]
        if outputs[:1] != ["NodeSocketShader"]:
            return f"its node group {name!r} has no shader as its first output"
    return ""


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


def _left_out(path: Path, scripts: int, drivers: int) -> tuple[str, ...]:
    what = [f"{count} {name}" for count, name in ((scripts, "scripts"), (drivers, "drivers")) if count]
    return (f"{path.name}: {' and '.join(what)} left out: a template is looks, not programs",) if what else ()


def _paint_background(template: Template, look: Look) -> None:
    color = (*linear(look.colors.background), 1.0)
    owners = [slot.material for each in template.stage for slot in each.material_slots] + [template.world]
    for owner in owners:
        if owner is not None and owner.node_tree and BACKGROUND in owner.node_tree.nodes:
            owner.node_tree.nodes[BACKGROUND].outputs[0].default_value = color  # type: ignore[attr-defined]  # of no kind, to the stubs


def _broken(path: Path, what: str, remedy: str) -> SpecError:
    return SpecError([Problem("look.template", f"{path.name}: {what}", remedy)])
