# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells by its nodes whether a surface has one color on all of a flat face.

Only nodes that are known to have no light, no texture and no place in their result count as such; all others, and so a
template's own, may do anything.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import bpy

EVEN_NODES = {
    *("NodeFrame", "NodeGroupInput", "NodeGroupOutput", "NodeReroute"),
    *("ShaderNodeGroup", "ShaderNodeOutputMaterial", "ShaderNodeOutputWorld"),
    *("ShaderNodeAddShader", "ShaderNodeBackground", "ShaderNodeBsdfTransparent", "ShaderNodeEmission"),
    *("ShaderNodeMixShader", "ShaderNodeAttribute", "ShaderNodeLightPath", "ShaderNodeNewGeometry"),
    *("ShaderNodeRGB", "ShaderNodeValue", "ShaderNodeMix", "ShaderNodeMixRGB", "ShaderNodeClamp"),
    *("ShaderNodeMapRange", "ShaderNodeMath", "ShaderNodeVectorMath", "ShaderNodeValToRGB", "ShaderNodeRGBCurve"),
    *("ShaderNodeBrightContrast", "ShaderNodeGamma", "ShaderNodeHueSaturation", "ShaderNodeInvert"),
    *("ShaderNodeCombineColor", "ShaderNodeCombineRGB", "ShaderNodeCombineXYZ", "ShaderNodeRGBToBW"),
    *("ShaderNodeSeparateColor", "ShaderNodeSeparateRGB", "ShaderNodeSeparateXYZ"),
}
"""Types of nodes that give one result on all of a flat face, as far as their inputs and the outputs in use do."""

EVEN_OUTPUTS = {"ShaderNodeNewGeometry": ("Normal", "True Normal", "Backfacing"), "ShaderNodeLightPath": ("Is ",)}
"""Beginnings of the names of outputs that are so, of nodes that have others too."""

UNEVEN_INPUTS = {"ShaderNodeOutputMaterial": ("Volume", "Displacement"), "ShaderNodeOutputWorld": ("Volume",)}
"""Inputs of nodes that must not be used."""


class Evenness(NamedTuple):
    """is_even:    whether a surface has one color on all of a face, where all of `attributes` have one value there
    attributes: names of the attributes of a mesh that it reads
    """

    is_even: bool
    attributes: frozenset[str]


UNEVEN = Evenness(False, frozenset())


class SurfaceJudge:
    """Judges materials and worlds, each once."""

    def __init__(self) -> None:
        self._known: dict[int, Evenness] = {}

    def judge(self, owner: bpy.types.Material | bpy.types.World | None) -> Evenness:
        """Return the evenness of a material or a world; a surface without nodes reflects light."""
        tree = None if owner is None else owner.node_tree
        return UNEVEN if tree is None else self._judge_tree(tree)

    def _judge_tree(self, tree: bpy.types.NodeTree) -> Evenness:
        key = tree.as_pointer()
        if key not in self._known:
            self._known[key] = UNEVEN  # if the tree holds itself
            self._known[key] = self._judge_nodes(list(tree.nodes))
        return self._known[key]

    def _judge_nodes(self, nodes: list[Any]) -> Evenness:
        attributes: set[str] = set()
        for node in nodes:
            kind = node.bl_idname
            if kind not in EVEN_NODES:
                return UNEVEN
            if kind in EVEN_OUTPUTS and any(
                output.is_linked and not output.name.startswith(EVEN_OUTPUTS[kind]) for output in node.outputs
            ):
                return UNEVEN
            if any(node.inputs[name].is_linked for name in UNEVEN_INPUTS.get(kind, ()) if name in node.inputs):
                return UNEVEN
            if kind == "ShaderNodeAttribute" and node.attribute_type == "GEOMETRY":
                attributes.add(node.attribute_name)
            if kind == "ShaderNodeGroup" and node.node_tree is not None:
                inner = self._judge_tree(node.node_tree)
                if not inner.is_even:
                    return UNEVEN
                attributes |= inner.attributes
        return Evenness(True, frozenset(attributes))
