# SPDX-License-Identifier: GPL-3.0-or-later
"""Another build uses parts of the earlier one again, and is as one of its own would be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.scene.builds import hand_losses, ownership
from kernelwalk.scene.shading.node_builder import NodeBuilder, write_nodes

from ..helpers import bpy, build_scene, compat, make_plan

PLAIN: dict[str, Any] = {"layer": {"op": "conv", "input": [5, 4], "kernel": 3, "padding": 1}}

TABLES: dict[str, dict[str, Any]] = {
    "plain": PLAIN,
    "title": {**PLAIN, "title": "Another"},
    "colors": {**PLAIN, "look": {"colors": {"input": "#ff0000", "output": "#00ff00", "text": "#0000ff"}}},
    "background": {**PLAIN, "look": {"colors": {"background": "#123456"}}},
    "kernel": {"layer": {**PLAIN["layer"], "kernel": 2}},
    "larger, dilated": {"layer": {"op": "conv", "input": [7, 9], "kernel": 3, "dilation": [2, 1], "stride": 2}},
    "pooled": {"layer": {"op": "max_pool", "input": [6, 5], "kernel": 2}, "look": {"shadows": False}},
    "transposed, with kernel": {
        "layer": {"op": "conv_transpose", "input": [3, 2], "kernel": 3, "stride": 2},
        "show": {"kernel": "on"},
    },
    "other walk": {**PLAIN, "walk": {"order": "serpentine", "easing": "step", "trail": True, "lift": 0.3}},
    "orbit": {**PLAIN, "camera": {"orbit": 90}, "labels": {"position": True, "indices": True}},
    "perspective, outlined": {**PLAIN, "camera": {"projection": "perspective"}, "look": {"outline": 0.05}},
    "values": {**PLAIN, "values": {"input": "random", "kernel": "random"}, "labels": {"sum": True}},
    "another template": {**PLAIN, "look": {"template": "studio"}},
    "frustum": {**PLAIN, "look": {"frustum": 0.3}},
    "beside another": {**PLAIN, "compare": {"op": "conv", "kernel": 2}, "beside": "B"},
    "excerpt": {"layer": {**PLAIN["layer"], "input": [30, 4]}, "show": {"excerpt": 9}},
    "single tiles": {**PLAIN, "look": {"tiles": "objects"}},
}
"""Specs that differ from the first in what the parts of a build depend on."""


OFTEN = ("colors", "larger, dilated", "beside another")
"""Those that are always tried."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in OFTEN else pytest.mark.thorough) for name in TABLES if name != "plain"],
)
def test_a_build_after_another_is_as_one_of_its_own(scene: Any, name: str) -> None:
    plans = {each: make_plan(spec_from_table(TABLES[each])) for each in ("plain", name)}
    build_scene(plans["plain"], scene, for_views=True)
    for each in (name, "plain"):
        build_scene(plans[each], scene, for_views=True)
        found = describe_build(scene)
        build_scene(plans[each], scene, for_views=True, keeps_changes=False)
        expected = describe_build(scene)
        assert found.keys() == expected.keys()
        for role, described in expected.items():
            assert found[role] == described, role


def test_an_equal_build_makes_nothing_anew(scene: Any) -> None:
    plan = make_plan(spec_from_table(PLAIN))
    build_scene(plan, scene, for_views=True)
    before = {each.session_uid for kind in KINDS for each in getattr(bpy.data, kind)}
    build_scene(plan, scene, for_views=True)
    assert {each.session_uid for kind in KINDS for each in getattr(bpy.data, kind)} == before


def test_what_the_user_has_changed_or_uses_is_made_anew(scene: Any) -> None:
    """A user's object keeps what it shows, and a mesh that was edited does not stay."""
    plan, other = (make_plan(spec_from_table(TABLES[name])) for name in ("plain", "colors"))
    build_scene(plan, scene, for_views=True)
    tiles = scene.objects["Input"]
    own = bpy.data.objects.new("Own", tiles.data)
    scene.collection.objects.link(own)
    before = describe_material(own.data.materials[0])
    build_scene(other, scene, for_views=True)
    assert own.data != tiles.data
    assert describe_material(own.data.materials[0]) == before
    tiles.data.vertices[0].co.z += 1
    edited = tiles.data.vertices[0].co.z
    build_scene(other, scene, for_views=True)
    assert tiles.data.vertices[0].co.z != pytest.approx(edited)


def test_edited_parts_are_used_again_as_planned(scene: Any) -> None:
    """What is edited by hand without being a loss does not stay."""
    plan = make_plan(spec_from_table({"layer": {"op": "conv", "input": [2, 3], "kernel": 2}, "title": "Title"}))
    build_scene(plan, scene, for_views=True)
    expected = describe_build(scene)
    tiles, output, connectors, title = (scene.objects[name] for name in ("Input", "Output", "Connectors", "Title"))
    meshes = tiles.data, output.data
    tiles.data.attributes["cell"].data[0].vector = (7, 7, 7)
    tiles.data.attributes["kind"].data[-1].value = 9
    tiles.data.attributes.new("Own", "FLOAT", "FACE")
    roll_corners(tiles.data)
    output.data.polygons.foreach_set("use_smooth", [False] * len(output.data.polygons))
    keys = compat.list_fcurves(connectors.data)[0].keyframe_points
    keys[0].interpolation = "CONSTANT"
    keys[1].co.y = 99
    tree = tiles.modifiers[0].node_group
    tree.links.remove(tree.links[0])
    title.data.materials[0].diffuse_color = (0.1, 0.2, 0.3, 1.0)
    assert not hand_losses.find_losses(ownership.find_root_collections(scene)[0])
    build_scene(plan, scene, for_views=True)
    assert (tiles.data, output.data) == meshes
    found = describe_build(scene)
    for role, described in expected.items():
        assert found[role] == described, role


def roll_corners(mesh: Any) -> None:
    """Let the first face begin at its second corner."""
    for name in (".corner_vert", ".corner_edge"):
        corners = mesh.attributes[name].data
        values = [corners[index].value for index in range(mesh.polygons[0].loop_total)]
        for index, value in enumerate([*values[1:], values[0]]):
            corners[index].value = value


def test_nodes_stay_where_only_values_differ() -> None:
    tree = bpy.data.node_groups.new("Group", "ShaderNodeTree")

    def write(nodes: NodeBuilder, operation: str, value: float) -> None:
        nodes.math("ADD", nodes.math(operation, value, 1.0), value)

    write_nodes(tree, lambda nodes: write(nodes, "MULTIPLY", 0.1))
    first = list(tree.nodes)
    write_nodes(tree, lambda nodes: write(nodes, "MULTIPLY", 0.7))
    assert list(tree.nodes) == first
    assert tree.nodes[0].inputs[0].default_value == pytest.approx(0.7)
    tree.links.remove(tree.links[0])
    write_nodes(tree, lambda nodes: write(nodes, "MULTIPLY", 0.7))
    assert len(tree.links) == 1
    tree.nodes.new("ShaderNodeValue")
    write_nodes(tree, lambda nodes: write(nodes, "DIVIDE", 0.7))
    assert [node.bl_idname for node in tree.nodes] == ["ShaderNodeMath"] * 2
    assert tree.nodes[0].operation == "DIVIDE"


KINDS = ("objects", "meshes", "curves", "materials", "node_groups", "fonts", "actions", "worlds", "collections")


def describe_build(scene: Any) -> dict[str, Any]:
    """Return all that a build has made, by the roles of its objects."""
    return {each.get("kernelwalk_role"): describe_object(each) for each in scene.objects}


def describe_object(built: Any) -> Any:
    described = [read_plain(built, "location", "rotation_euler", "scale", "hide_render", "hide_viewport", "color")]
    described.append([slot.link for slot in built.material_slots])
    described.append([describe_material(slot.material) for slot in built.material_slots])
    described.append([built.parent.get("kernelwalk_role") if built.parent else None, describe_animation(built)])
    for modifier in built.modifiers:
        described.append([modifier.name, modifier.show_viewport, modifier.show_render])
        described.append(describe_tree(modifier.node_group))
    data = built.data
    if data is not None:
        described.append([type(data).__name__, describe_animation(data), data.users])
    if built.type == "MESH":
        described.append({each.name: describe_attribute(each) for each in data.attributes if each.name[0] != "."})
        described.append([tuple(face.vertices) for face in data.polygons])
        described.append([tuple(edge.vertices) for edge in data.edges])
    elif built.type == "FONT":
        described.append([data.body, round(data.size, 6), data.align_x, data.font.name.partition(".")[0], data.name])
    elif built.type == "CURVE":
        described.append([round(data.bevel_depth, 6), [(each.type, len(each.points)) for each in data.splines]])
    return described


def read_plain(owner: Any, *names: str) -> list[Any]:
    animated = {curve.data_path for curve in compat.list_fcurves(owner)}
    values = [getattr(owner, name) for name in names if name not in animated]
    return [value if isinstance(value, bool) else [round(part, 5) for part in value] for value in values]


def describe_attribute(attribute: Any) -> Any:
    field, kind = ("vector", np.float32) if attribute.data_type == "FLOAT_VECTOR" else ("value", np.float32)
    if attribute.data_type in ("INT", "BOOLEAN", "INT32_2D"):
        kind = bool if attribute.data_type == "BOOLEAN" else np.int32  # type: ignore[assignment]
    if attribute.data_type in ("FLOAT_COLOR", "BYTE_COLOR"):
        field = "color"
    width = len(getattr(attribute.data[0], field)) if field != "value" or attribute.data_type == "INT32_2D" else 1
    values = np.empty(len(attribute.data) * width, kind)
    attribute.data.foreach_get(field, values)
    return attribute.data_type, attribute.domain, values.tobytes()


def describe_material(material: Any) -> Any:
    if material is None:
        return None
    settings = [round(part, 5) for part in material.diffuse_color], material.surface_render_method
    return material.name.partition(".")[0], settings, describe_tree(material.node_tree)


def describe_tree(tree: Any) -> Any:
    is_animated = bool(compat.list_fcurves(tree))
    nodes = []
    for node in tree.nodes:
        described = [node.bl_idname, node.label.partition(".")[0], getattr(node, "operation", None)]
        described += [read_socket(socket) for socket in node.inputs if not socket.is_linked]
        if not is_animated and not getattr(node, "node_tree", None):
            described += [read_socket(socket) for socket in node.outputs]
        if getattr(node, "node_tree", None):
            described.append(describe_tree(node.node_tree))
        nodes.append(described)
    links = [(link.from_node.name, link.from_socket.identifier, link.to_node.name, link.to_socket.identifier)
             for link in tree.links]  # fmt: skip
    return nodes, sorted(links), describe_animation(tree)


def read_socket(socket: Any) -> Any:
    value = getattr(socket, "default_value", None)
    if isinstance(value, bpy.types.ID):
        return value.name.partition(".")[0]
    return value if value is None or isinstance(value, (int, float, str)) else list(value)


def describe_animation(owner: Any) -> Any:
    return [
        (
            curve.data_path,
            curve.array_index,
            [(*key.co, key.interpolation, key.easing) for key in curve.keyframe_points],
        )
        for curve in compat.list_fcurves(owner)
    ]
