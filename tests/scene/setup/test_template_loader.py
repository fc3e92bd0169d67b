# SPDX-License-Identifier: GPL-3.0-or-later
"""A template is used as its contract says, and a broken one changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kernelwalk.core import SpecError
from kernelwalk.core.spec.colors_section import srgb_to_linear
from kernelwalk.core.spec.templates import find_blend_file

from ..helpers import (
    DUPLICATES,
    LAYERS,
    LINE_OBJECTS,
    bpy,
    build_and_apply,
    build_scene,
    clear_scene,
    count_datablocks,
    find_tiles,
    make_test_plan,
)

PAPER = find_blend_file("paper")


@pytest.fixture
def template(tmp_path, scene):
    """Return a function that changes the template paper, saves it, opens an empty file, and returns the path."""

    def make(change):
        bpy.ops.wm.open_mainfile(filepath=str(PAPER))
        change()
        path = tmp_path / "mine.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
        bpy.ops.wm.read_factory_settings(use_empty=True)
        return str(path)

    return make


def with_template(path):
    return make_test_plan(LAYERS["plain"], look={"template": path})


def group(name):
    return bpy.data.node_groups[name]


def remove_group(name):
    return lambda: bpy.data.node_groups.remove(group(name))


def remove_socket(name, socket):
    return lambda: group(name).interface.remove(group(name).interface.items_tree[socket])


def geometry_group():
    bpy.data.node_groups.remove(group("Kernelwalk Line"))
    tree = bpy.data.node_groups.new("Kernelwalk Line", "GeometryNodeTree")
    tree.use_fake_user = True
    tree.interface.new_socket("Color", in_out="INPUT", socket_type="NodeSocketColor")
    tree.interface.new_socket("Shader", in_out="OUTPUT", socket_type="NodeSocketFloat")


BROKEN = {
    "no tile group": (remove_group("Kernelwalk Tile"), "Kernelwalk Tile"),
    "no line group": (remove_group("Kernelwalk Line"), "Kernelwalk Line"),
    "no opacity": (remove_socket("Kernelwalk Tile", "Opacity"), "Opacity"),
    "no color": (remove_socket("Kernelwalk Line", "Color"), "Color"),
}


def retype(name, socket, kind):
    def change():
        items = group(name).interface
        items.remove(items.items_tree[socket])
        items.new_socket(socket, in_out="INPUT", socket_type=kind)

    return change


def other_background():
    nodes = bpy.context.scene.world.node_tree.nodes
    nodes.remove(nodes["Kernelwalk Background"])
    nodes.new("ShaderNodeValue").name = "Kernelwalk Background"


def lamp_for_a_floor():
    bpy.data.objects.remove(bpy.data.objects["Floor"])
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Floor", bpy.data.lights.new("Floor", "POINT")))


def wide_floor():
    for vertex in bpy.data.objects["Floor"].data.vertices:
        vertex.co *= 12


BROKEN |= {
    "a color that is a number": (retype("Kernelwalk Tile", "Color", "NodeSocketFloat"), "not a color"),
    "an opacity that is a color": (retype("Kernelwalk Tile", "Opacity", "NodeSocketColor"), "not a number"),
    "a background that is no color": (other_background, "Kernelwalk Background"),
    "two scenes": (lambda: bpy.data.scenes.new("Variant"), "'Variant'"),
    "a lamp for a floor": (lamp_for_a_floor, "'Floor' is not a mesh"),
    "a floor of another size": (wide_floor, "from -12 to 12"),
}
NOT_SHADERS = {
    "no output": (remove_socket("Kernelwalk Tile", "Shader"), "Kernelwalk Tile"),
    "no shader group": (geometry_group, "Kernelwalk Line"),
}


def refused(plan, scene):
    with pytest.raises(SpecError) as caught:
        build_scene(plan, scene)
    return caught.value.problems


@pytest.mark.parametrize("broken", BROKEN | NOT_SHADERS)
def test_an_error_names_a_template_that_breaks_the_contract_and_a_remedy(template, broken):
    change, culprit = (BROKEN | NOT_SHADERS)[broken]
    plan = with_template(template(change))
    (problem,) = refused(plan, bpy.context.scene)
    assert problem.where == "look.template"
    assert "mine.blend" in problem.what
    assert culprit in problem.what
    assert problem.remedy


@pytest.mark.once_beyond(3)
@pytest.mark.parametrize("broken", BROKEN | NOT_SHADERS)
def test_a_template_that_breaks_the_contract_removes_nothing(template, broken):
    plan = with_template(template((BROKEN | NOT_SHADERS)[broken][0]))
    scene = bpy.context.scene
    built = build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    before = sorted(item.name for item in scene.objects), scene.world, scene.camera
    refused(plan, scene)
    assert (sorted(item.name for item in scene.objects), scene.world, scene.camera) == before
    assert find_tiles(built, "Input")[0].active_material is not None


@pytest.mark.once_beyond(3)
@pytest.mark.parametrize("broken", BROKEN | NOT_SHADERS)
def test_a_template_that_breaks_the_contract_leaves_nothing_behind(template, broken):
    plan = with_template(template((BROKEN | NOT_SHADERS)[broken][0]))
    scene = bpy.context.scene
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    before = count_datablocks()
    refused(plan, scene)
    assert count_datablocks() == before


UNREADABLE = {
    "no blend file": b"This is a letter.\n" * 100,
    "an empty file": b"",
    "a file cut short": PAPER.read_bytes()[:30_000],
    "a header alone": b"BLENDER-v402",
}


@pytest.mark.parametrize("content", UNREADABLE)
def test_a_file_that_cannot_be_read_is_rejected_and_changes_nothing(scene, tmp_path, content):
    path = tmp_path / "mine.blend"
    path.write_bytes(UNREADABLE[content])
    plan = with_template(str(path))
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    before = count_datablocks(), sorted(item.name for item in bpy.data.objects)
    (problem,) = refused(plan, scene)
    assert problem.where == "look.template"
    assert problem.what.startswith("mine.blend")
    assert "\n" not in problem.what.strip() + problem.remedy
    assert problem.remedy
    assert (count_datablocks(), sorted(item.name for item in bpy.data.objects)) == before


def test_a_template_deleted_since_the_spec_was_read_is_rejected_and_changes_nothing(scene, tmp_path):
    path = tmp_path / "mine.blend"
    path.write_bytes(PAPER.read_bytes())
    plan = with_template(str(path))
    path.unlink()
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    before = count_datablocks()
    (problem,) = refused(plan, scene)
    assert "no such file" in problem.what
    assert count_datablocks() == before


def test_a_template_may_have_no_world_no_floor_and_no_light(template):
    def bare():
        for item in [*bpy.data.objects]:
            bpy.data.objects.remove(item)
        bpy.context.scene.world = None

    plan = with_template(template(bare))
    scene = bpy.context.scene
    built = build_and_apply(plan, scene)
    assert built.lighting.world is None
    assert scene.world is None
    names = {item.name for item in built.collection.all_objects if item.type != "FONT"}
    assert names == {"Input", "Output", *DUPLICATES, *LINE_OBJECTS, built.camera.name}


def test_world_and_floor_have_the_background_color_of_the_look(scene):
    built = build_and_apply(make_test_plan(LAYERS["plain"], look={"colors": {"background": "#204060"}}), scene)
    floor = built.collection.all_objects["Floor"].active_material
    for owner in (scene.world, floor):
        value = owner.node_tree.nodes["Kernelwalk Background"].outputs[0].default_value
        assert np.allclose(value, [*srgb_to_linear("#204060"), 1], atol=1e-6)


def test_a_templates_own_view_transform_and_bounces_are_used(template):
    def change():
        scene = bpy.context.scene
        scene.view_settings.view_transform = "AgX"
        scene.view_settings.look = "AgX - Punchy"
        scene.cycles.max_bounces, scene.cycles.transparent_max_bounces = 5, 17

    plan = with_template(template(change))
    scene = bpy.context.scene
    build_and_apply(plan, scene)
    assert (scene.view_settings.view_transform, scene.view_settings.look) == ("AgX", "AgX - Punchy")
    assert (scene.cycles.max_bounces, scene.cycles.transparent_max_bounces) == (5, 17)


def test_a_templates_scripts_are_not_loaded(template):
    def change():
        text = bpy.data.texts.new("run_me.py")
        text.use_module = True
        text.write("raise SystemExit")
        bpy.context.scene.world["script"] = text  # so that it is loaded with the world

    plan = with_template(template(change))
    own = bpy.data.texts.new("mine.py")
    build_scene(plan, bpy.context.scene)
    assert list(bpy.data.texts) == [own]


def test_a_template_that_links_another_file_is_rejected_with_that_files_name(template, tmp_path):
    library = tmp_path / "surfaces.blend"
    library.write_bytes(PAPER.read_bytes())

    def link():
        bpy.data.node_groups.remove(group("Kernelwalk Line"))
        with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
            wanted.node_groups = ["Kernelwalk Line"]
        group("Kernelwalk Line").use_fake_user = True
        shown = bpy.context.scene.world.node_tree.nodes.new("ShaderNodeGroup")
        shown.node_tree = group("Kernelwalk Line")

    plan = with_template(template(link))
    before = count_datablocks()
    (problem,) = refused(plan, bpy.context.scene)
    assert "surfaces.blend" in problem.what
    assert "make it local" in problem.what
    assert count_datablocks() == before


def furnished():
    """Add an image to the world and an armature to the scene: types of data that the built-in template lacks."""
    image = bpy.data.images.new("Sky", 4, 4)
    image.pack()
    bpy.context.scene.world.node_tree.nodes.new("ShaderNodeTexImage").image = image
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig")))


def test_all_objects_of_a_template_are_in_the_scene(template):
    plan = with_template(template(furnished))
    built = build_scene(plan, bpy.context.scene)
    assert "Rig" in built.collection.all_objects
    assert [image.name for image in bpy.data.images if image.users] == ["Sky"]


def test_building_twice_from_a_furnished_template_leaves_as_many_datablocks_as_once(template):
    plan = with_template(template(furnished))
    scene = bpy.context.scene
    before = count_datablocks()
    build_scene(plan, scene)
    once = count_datablocks()
    build_scene(plan, scene)
    assert count_datablocks() == once
    clear_scene(scene)
    assert {kind for kind, number in count_datablocks().items() if number != before[kind]} <= {"libraries", "all_ids"}


def test_a_users_floor_is_not_mistaken_for_the_templates(scene):
    own = bpy.data.objects.new("Floor", bpy.data.meshes.new("Floor"))
    scene.collection.objects.link(own)
    plan = make_test_plan(LAYERS["plain"])
    built = build_scene(plan, scene)
    assert own.scale[:] == (1, 1, 1)
    (floor,) = [item for item in built.collection.all_objects if item.name.startswith("Floor")]
    assert floor != own
    assert floor.scale.x > 2


def test_all_built_in_templates_load_and_have_a_toml_file(scene):
    for path in Path(PAPER).parent.glob("*.blend"):
        built = build_and_apply(make_test_plan(LAYERS["plain"], look={"template": path.stem}), scene)
        assert built.camera == scene.camera
        assert path.with_suffix(".toml").is_file()


def test_the_open_file_is_rejected_as_a_template(scene, tmp_path):
    path = tmp_path / "own.blend"
    path.write_bytes(find_blend_file("paper").read_bytes())
    bpy.ops.wm.open_mainfile(filepath=str(path))
    scene = bpy.data.scenes[0]
    with pytest.raises(SpecError, match="the file that is open"):
        build_scene(make_test_plan(LAYERS["plain"], look={"template": str(path)}), scene)
