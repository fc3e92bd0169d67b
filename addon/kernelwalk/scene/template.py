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
from .owned import KINDS, mark

TILE, LINE, BACKGROUND, FLOOR = "Kernelwalk Tile", "Kernelwalk Line", "Kernelwalk Background", "Floor"
SOCKETS = {TILE: ("Color", "Opacity"), LINE: ("Color",)}


@dataclass(frozen=True)
class Template:
    """What was read and is in the file now.

    settings: the template's own scene, which the caller removes once it has read it
    data:     all of it, marked as ours
    """

    tile: bpy.types.NodeTree
    line: bpy.types.NodeTree
    stage: tuple[bpy.types.Object, ...]
    world: bpy.types.World | None
    settings: bpy.types.Scene
    data: frozenset[Any]


def load_template(look: Look) -> Template:
    """Append the template's data, marked as ours. Raises SpecError where the file breaks the contract."""
    path = blend_file(look.template)
    before = {kind: set(getattr(bpy.data, kind)) for kind in KINDS}
    texts = set(bpy.data.texts)
    try:
        library: Any = bpy.data.libraries.load(str(path), link=False)  # type: ignore[func-returns-value]  # it does
        with library as (there, wanted):
            scenes, groups = list(there.scenes), [name for name in SOCKETS if name in there.node_groups]
            wanted.scenes, wanted.node_groups = scenes[:1], list(groups)
    except OSError as error:
        remedy = "Save it with this version of Blender, or an older one"
        raise _broken(path, f"Blender cannot read it: {error}", remedy) from None
    new: list[Any] = []
    for kind, known in before.items():
        for data in getattr(bpy.data, kind):
            if data not in known:
                new.append(mark(data))
    bpy.data.batch_remove([text for text in bpy.data.texts if text not in texts])
    missing = [name for name in SOCKETS if name not in groups]
    if missing or not scenes:
        what = f"it has no node group {missing[0]!r}" if missing else "it has no scene"
        raise _broken(path, what, "Start from a template that ships")
    scene, (tile, line) = wanted.scenes[0], _in_order(wanted.node_groups, groups)
    for tree in (tile, line):
        has = {item.name for item in tree.interface.items_tree if getattr(item, "in_out", "") == "INPUT"}
        lacking = [name for name in SOCKETS[_base(tree.name)] if name not in has]
        if lacking:
            raise _broken(path, f"its node group {tree.name!r} has no input {lacking[0]!r}", "Add it")
    template = Template(tile, line, tuple(scene.objects), scene.world, scene, frozenset(new))
    _paint_background(template, look)
    return template


def _base(name: str) -> str:
    return TILE if name.startswith(TILE) else LINE


def _in_order(trees: list[bpy.types.NodeTree], names: list[str]) -> list[bpy.types.NodeTree]:
    found = dict(zip(names, trees, strict=True))
    return [found[name] for name in SOCKETS]


def _paint_background(template: Template, look: Look) -> None:
    color = (*linear(look.colors.background), 1.0)
    owners = [slot.material for each in template.stage for slot in each.material_slots] + [template.world]
    for owner in owners:
        if owner is not None and owner.node_tree and BACKGROUND in owner.node_tree.nodes:
            owner.node_tree.nodes[BACKGROUND].outputs[0].default_value = color  # type: ignore[attr-defined]


def _broken(path: Path, what: str, remedy: str) -> SpecError:
    return SpecError([Problem("look.template", f"{path.name}: {what}", remedy)])
