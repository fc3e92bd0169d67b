# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts: the meshes, texts, materials and trees of nodes of which the objects of a build are made.

Another build takes those of the earlier one and makes them equal to what its plan says. What is equal already is not
touched, so that Blender does not evaluate, compile or draw it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

import bpy

from .ownership import TAG, is_tagged

PART_KEY = f"{TAG}_part"
"""Key of a datablock: what it is for in the build, such as "mesh Input"."""


class Parts:
    """The parts of an earlier build that nothing else uses, by what they are for.

    taken:  those that this build has used again so far, and the new ones
    suffix: what is added to what a part is for: "" but for parts of a layer beside another
    """

    def __init__(self, objects: Iterable[Any] = (), materials: Iterable[Any] = (), others: Set[Any] = frozenset()):
        """Find the parts of objects.

        materials: those of the earlier build
        others:    what may use them beside the objects
        """
        ours, found = set(objects), set(filter(is_tagged, _list_parts(objects, materials)))
        users = bpy.data.user_map(subset=found) if found else {}
        while shared := {each for each in found if not users[each] <= {*ours, *found, *others}}:
            found -= shared  # another user would see the changes
        self._earlier: dict[str, Any] = {}
        for each in found:
            if PART_KEY in each:
                self._earlier.setdefault(each[PART_KEY], each)
        self.taken: set[Any] = set()
        self.suffix = ""

    def take(self, part: str, make: Callable[[], Any]) -> Any:
        """Return the earlier build's datablock for a part, or else a new one that `make` has tagged."""
        part += self.suffix
        taken = self._earlier.pop(part, None)
        if taken is None:
            taken = make()
            taken[PART_KEY] = part
        self.taken.add(taken)
        return taken

    @property
    def waiting(self) -> set[Any]:
        """The parts of the earlier build that wait for their use."""
        return set(self._earlier.values())

    def remove_waiting_modifiers(self, built: Any) -> None:
        """Remove the modifiers of an object that run trees which this build has not taken."""
        for modifier in [each for each in built.modifiers if each.type == "NODES" and self.holds(each.node_group)]:
            built.modifiers.remove(modifier)

    def holds(self, datablock: Any) -> bool:
        """Return whether a datablock is a part of the earlier build that waits for its use."""
        return datablock is not None and self._earlier.get(datablock.get(PART_KEY)) == datablock


def _list_parts(objects: Iterable[Any], materials: Iterable[Any]) -> Iterator[Any]:
    """Yield the datablocks of which objects are made, and the groups of nodes in them."""
    trees = [material.node_tree for material in materials]
    yield from materials
    for each in objects:
        if each.data is not None:
            yield each.data
        if each.type == "FONT":
            yield each.data.font
        trees += [modifier.node_group for modifier in each.modifiers if modifier.type == "NODES"]
    known: set[Any] = set()
    while trees:
        tree = trees.pop()
        if tree is None or tree in known:
            continue
        known.add(tree)
        if tree.id_data == tree and not tree.is_embedded_data:
            yield tree
        trees += [node.node_tree for node in tree.nodes if node.bl_idname in ("ShaderNodeGroup", "GeometryNodeGroup")]
