# SPDX-License-Identifier: GPL-3.0-or-later
"""Building again replaces what Kernelwalk made and leaves everything else alone."""

from __future__ import annotations

import numpy as np
import pytest

from ..helpers import (
    FLOAT_TOLERANCE,
    LAYERS,
    apply_settings,
    bpy,
    build_and_apply,
    build_scene,
    clear_scene,
    compat,
    count_datablocks,
    curves_by_target,
    find_lines,
    find_tiles,
    find_walk_group,
    find_walk_node,
    list_datablocks,
    make_test_plan,
    ownership,
)

BOTH = pytest.mark.parametrize("tiles", ["layer", "objects"])


class UserData:
    """Data of a user, some of it named like Kernelwalk's."""

    def __init__(self, scene):
        self.scene = scene
        self.material = bpy.data.materials.new("Input tiles")
        mesh = bpy.data.meshes.new("Input")
        mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
        mesh.materials.append(self.material)
        self.object = bpy.data.objects.new("Input", mesh)
        self.object.location = (1, 2, 3)
        self.light = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
        self.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        self.collection = bpy.data.collections.new("Convolution")
        self.group = bpy.data.node_groups.new("Walk", "ShaderNodeTree")
        self.world = bpy.data.worlds.new("World")
        self.unused = bpy.data.materials.new("Unused")
        scene.collection.children.link(self.collection)
        for item in (self.object, self.light):
            self.collection.objects.link(item)
        scene.collection.objects.link(self.camera)
        scene.camera, scene.world = self.camera, self.world
        self.object.keyframe_insert("location", frame=1)

    def state(self):
        """Return everything in it that could be changed."""
        vertices = [vertex.co[:] for vertex in self.object.data.vertices]
        return (
            sorted((type(item).__name__, item.name) for item in list_datablocks() if item.get("kernelwalk") is None),
            [item.name for item in self.collection.objects],
            [item.name for item in self.scene.collection.objects],
            self.collection.name in self.scene.collection.children,
            self.object.location[:],
            vertices,
            self.object.active_material == self.material,
            [curve.evaluate(1) for curve in compat.list_fcurves(self.object)],
            self.unused.name,
        )


@BOTH
def test_building_twice_leaves_as_many_datablocks_of_every_kind_as_once(scene, tiles):
    plan = make_test_plan(LAYERS["plain"], look={"tiles": tiles})
    build_scene(plan, scene)
    once = count_datablocks()
    for _ in range(3):
        build_scene(plan, scene)
        assert count_datablocks() == once


@BOTH
def test_building_and_applying_twice_leaves_as_many_datablocks_of_every_kind_as_once(scene, tiles):
    plan = make_test_plan(LAYERS["plain"], look={"tiles": tiles})
    build_and_apply(plan, scene)
    once = count_datablocks()
    for _ in range(3):
        build_and_apply(plan, scene)
        assert count_datablocks() == once


def test_building_another_plan_replaces_the_first(scene):
    build_and_apply(make_test_plan(LAYERS["plain"], look={"tiles": "objects"}), scene)
    plan = make_test_plan(LAYERS["transposed, strided"])
    built = build_and_apply(plan, scene)
    assert list(scene.collection.children) == [built.collection]
    assert len([item for item in bpy.data.meshes if "cell" in item.attributes]) == 2
    assert curves_by_target(built).keys() == plan.curves.keys()
    assert scene.camera == built.camera


@BOTH
def test_building_twice_and_clearing_leave_user_data_untouched(scene, tiles):
    users = UserData(scene)
    before = users.state()
    plan = make_test_plan(LAYERS["plain"], look={"tiles": tiles})
    for step in (lambda: build_scene(plan, scene), lambda: build_scene(plan, scene), lambda: clear_scene(scene)):
        step()
        assert [kind for kind in users.state()[0] if kind[0] != "Library"] == before[0]
        assert users.state()[1:] == before[1:]
        assert (scene.camera, scene.world) == (users.camera, users.world)


def without_libraries(counted):
    return {kind: number for kind, number in counted.items() if kind not in ("libraries", "all_ids")}


@BOTH
@pytest.mark.parametrize("with_users", [False, True])
def test_clearing_restores_the_earlier_state(scene, tiles, with_users):
    if with_users:
        UserData(scene)
    before = without_libraries(count_datablocks())
    build_scene(make_test_plan(LAYERS["plain"], look={"tiles": tiles}), scene)
    clear_scene(scene)
    assert without_libraries(count_datablocks()) == before


def test_clearing_leaves_no_library_behind(scene):
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    clear_scene(scene)
    assert len(bpy.data.libraries) == 0


def test_clearing_after_applying_leaves_neither_our_camera_nor_our_world(scene):
    before = without_libraries(count_datablocks())
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    clear_scene(scene)
    assert (scene.camera, scene.world) == (None, None)
    assert without_libraries(count_datablocks()) == before


def test_clearing_restores_the_users_camera_and_world(scene):
    users = UserData(scene)
    plan = make_test_plan(LAYERS["plain"])
    for _ in range(3):
        build_and_apply(plan, scene)
    assert (scene.camera, scene.world) != (users.camera, users.world)
    clear_scene(scene)
    assert (scene.camera, scene.world) == (users.camera, users.world)


def test_the_users_camera_and_world_are_restored_after_saving_and_opening(scene, tmp_path):
    UserData(scene)
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    scene = bpy.context.scene
    clear_scene(scene)
    assert (scene.camera.name, scene.world.name) == ("Camera", "World")


def test_a_camera_that_a_user_chose_since_is_kept(scene):
    users = UserData(scene)
    plan = make_test_plan(LAYERS["plain"])
    build_and_apply(plan, scene)
    chosen = bpy.data.objects.new("Chosen", users.camera.data)
    scene.collection.objects.link(chosen)
    scene.camera = chosen
    clear_scene(scene)
    assert scene.camera == chosen


def test_clearing_a_scene_without_a_build_does_nothing(scene):
    users = UserData(scene)
    before = users.state(), count_datablocks()
    clear_scene(scene)
    clear_scene(scene)
    assert (users.state(), count_datablocks()) == before


@BOTH
def test_user_data_in_our_collections_stays_and_moves_up(scene, tiles):
    plan = make_test_plan(LAYERS["plain"], look={"tiles": tiles})
    built = build_scene(plan, scene)
    own = bpy.data.objects.new("Mine", bpy.data.meshes.new("Mine"))
    inner = bpy.data.objects.new("Deeper", None)
    below = bpy.data.collections.new("My things")
    below.objects.link(inner)
    (built.collection.children[0] if tiles == "objects" else built.collection).objects.link(own)
    built.collection.children.link(below)
    for step in (lambda: build_scene(plan, scene), lambda: build_scene(plan, scene), lambda: clear_scene(scene)):
        assert own.name in scene.objects
        assert below in scene.collection.children_recursive
        step()
    assert [item.name for item in scene.collection.objects] == ["Mine"]
    assert list(scene.collection.children) == [below]
    assert [item.name for item in below.objects] == ["Deeper"]


def test_our_collection_stays_where_a_user_has_moved_it(scene):
    plan = make_test_plan(LAYERS["plain"])
    root = build_scene(plan, scene).collection
    mine = bpy.data.collections.new("Mine")
    scene.collection.children.link(mine)
    mine.children.link(root)
    scene.collection.children.unlink(root)
    root.color_tag = "COLOR_03"
    bpy.context.view_layer.layer_collection.children["Mine"].children[root.name].exclude = True
    again = build_scene(plan, scene).collection
    assert (list(mine.children), again.color_tag) == ([again], "COLOR_03")
    assert bpy.context.view_layer.layer_collection.children["Mine"].children[again.name].exclude


@BOTH
def test_objects_that_a_user_has_moved_out_stay_there_and_are_removed_too(scene, tiles):
    plan = make_test_plan(LAYERS["plain"], look={"tiles": tiles})
    build_scene(plan, scene)
    mine = bpy.data.collections.new("Mine")
    scene.collection.children.link(mine)
    for item in (find_tiles(build_scene(plan, scene), "Input")[0], bpy.data.objects["Kernelwalk Camera"]):
        for collection in item.users_collection:
            collection.objects.unlink(item)
        mine.objects.link(item)
    build_scene(plan, scene)
    assert len(mine.objects) == 2
    assert [item.name for item in scene.objects if item.type == "CAMERA"] == ["Kernelwalk Camera"]
    clear_scene(scene)
    assert not scene.objects


def test_a_users_copy_stays_under_any_name(scene):
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    original = bpy.data.objects["Sun"]
    copy = original.copy()
    original.users_collection[0].objects.link(copy)
    original.name = "Ours"
    copy.name = "Sun"
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    clear_scene(scene)
    assert list(scene.objects) == [copy]


def test_a_users_copy_of_our_world_stays(scene):
    plan = make_test_plan(LAYERS["plain"])
    apply_settings(plan, build_scene(plan, scene), scene)
    scene.world = scene.world.copy()
    scene.world.name = "My sky"
    clear_scene(scene)
    assert scene.world.name == "My sky"


def test_a_linked_copy_of_a_scene_with_our_collection_below_a_users_leaves_the_first_alone(scene):
    mine = bpy.data.collections.new("Mine")
    scene.collection.children.link(mine)
    root = build_scene(make_test_plan(LAYERS["plain"]), scene).collection
    mine.children.link(root)
    scene.collection.children.unlink(root)
    other = scene.copy()
    build_scene(make_test_plan(LAYERS["plain"]), other)
    assert ownership.get_built_objects(root) and root in scene.collection.children_recursive


def test_a_users_object_in_two_collections_stays_in_the_other_one(scene):
    plan = make_test_plan(LAYERS["plain"])
    users = UserData(scene)
    build_scene(plan, scene).collection.objects.link(users.object)
    build_scene(plan, scene)
    assert users.object.name in users.collection.objects


def test_a_users_object_keeps_our_material_and_its_walk(scene):
    plan = make_test_plan(LAYERS["plain"])
    built = build_scene(plan, scene)
    material = find_tiles(built, "Input")[0].active_material
    own = bpy.data.objects.new("Mine", bpy.data.meshes.new("Mine"))
    own.data.materials.append(material)
    scene.collection.objects.link(own)
    build_scene(plan, scene)
    second = count_datablocks()
    assert own.active_material == material
    group = find_walk_node(material).node_tree
    assert group.animation_data.action is not None
    build_scene(plan, scene)
    assert count_datablocks() == second, "what a user keeps is kept once"
    assert own.active_material == material
    scene.frame_set(plan.frames[-3])
    value = group.nodes["x"].outputs[0].default_value
    assert value == pytest.approx(plan.state_at(plan.frames[-3]).position[0])


def test_a_users_child_of_a_built_object_stays_its_child_and_keeps_its_place_after_clear(scene):
    plan = make_test_plan(LAYERS["plain"])
    built = build_scene(plan, scene)
    own = bpy.data.objects.new("Mine", None)
    scene.collection.objects.link(own)
    own.parent, own.location = find_tiles(built, "Input")[0], (1, 2, 3)
    built = build_scene(plan, scene)
    assert own.parent == find_tiles(built, "Input")[0]
    own.parent.location.x = 5
    bpy.context.view_layer.update()
    clear_scene(scene)
    assert own.name in scene.objects and own.parent is None
    assert np.allclose(own.matrix_world.translation, (6, 2, 3))


def test_two_scenes_of_a_file_do_not_affect_each_other(scene):
    other = bpy.data.scenes.new("Other")
    here, other_plan = make_test_plan(LAYERS["plain"]), make_test_plan(LAYERS["transposed, strided"])
    build_and_apply(here, scene)
    first = count_datablocks()
    build_and_apply(other_plan, other)
    both = count_datablocks()

    def state(which):
        return sorted(item.name for item in which.objects), which.world, which.camera

    assert set(scene.objects).isdisjoint(other.objects)
    before = state(scene)
    build_and_apply(other_plan, other)
    assert count_datablocks() == both
    assert state(scene) == before
    before = state(other)
    build_and_apply(here, scene)
    assert count_datablocks() == both
    assert state(other) == before
    clear_scene(other)
    assert {kind: number for kind, number in count_datablocks().items() if number != first[kind]}.keys() <= {
        "scenes",
        "all_ids",
    }
    assert scene.world is not None and scene.camera is not None


def test_two_scenes_have_separate_walks(scene):
    other = bpy.data.scenes.new("Other")
    here = make_test_plan(LAYERS["plain"], walk={"order": "rows"})
    other_plan = make_test_plan(LAYERS["plain"], walk={"order": "columns"})
    built = build_scene(here, scene), build_scene(other_plan, other)
    for plan, item in zip((here, other_plan), built, strict=True):
        curves = compat.list_fcurves(find_walk_group(item))
        assert len(curves) == 3
        for curve in curves:
            channel = plan.curves["walk." + curve.data_path.split('"')[1]]
            frames = np.array(plan.frames, float)
            assert np.allclose(
                [curve.evaluate(frame) for frame in frames], channel.value_at(frames), atol=FLOAT_TOLERANCE
            )


def test_a_built_scene_can_be_applied_after_another_was_built(scene):
    other = bpy.data.scenes.new("Other")
    plan = make_test_plan(LAYERS["plain"])
    built = [build_scene(plan, item) for item in (scene, other)]
    for item, made in zip((scene, other), built, strict=True):
        apply_settings(plan, made, item)
    assert scene.world is not None and other.world is not None


def test_our_collection_is_found_where_a_user_has_moved_it(scene):
    plan = make_test_plan(LAYERS["plain"])
    built = build_scene(plan, scene)
    folder = bpy.data.collections.new("My folder")
    scene.collection.children.link(folder)
    scene.collection.children.unlink(built.collection)
    folder.children.link(built.collection)
    objects = len(bpy.data.objects)
    build_scene(plan, scene)
    assert len(bpy.data.objects) == objects


def test_linked_data_is_not_ours(scene, tmp_path):
    plan = make_test_plan(LAYERS["plain"])
    build_scene(plan, scene)
    path = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.collections = ["Convolution"]
    (linked,) = wanted.collections
    scene.collection.children.link(linked)
    before = sorted(item.name for item in linked.all_objects)
    build_scene(plan, scene)
    clear_scene(scene)
    assert linked.name in scene.collection.children
    assert sorted(item.name for item in linked.all_objects) == before


def test_names_get_no_numbers_when_building_again(scene):
    plan = make_test_plan(LAYERS["plain"])
    first = build_scene(plan, scene).camera.name
    built = build_scene(plan, scene)
    assert (built.collection.name, built.camera.name) == ("Convolution", first)
    assert {item.name for item in built.collection.all_objects} >= {"Input", "Output", "Connectors"}
    assert {item.name for item in built.collection.children} >= {"Tiles", "Lines", "Camera", "Light and Floor"}


def test_the_templates_objects_keep_their_names_when_building_again(scene):
    plan = make_test_plan(LAYERS["plain"])
    build_scene(plan, scene)
    built = build_scene(plan, scene)
    assert {item.name for item in built.collection.all_objects} >= {"Floor", "Sun"}


def test_the_lines_of_a_second_build_are_animated(scene):
    plan = make_test_plan(LAYERS["plain"])
    build_scene(plan, scene)
    built = build_scene(plan, scene)
    lines = find_lines(built)
    scene.frame_set(plan.frames[-3])
    first = lines.data.splines[0].points[0].co[:3]
    assert np.allclose(first, plan.lines_at(plan.frames[-3])[0][0, 0], atol=FLOAT_TOLERANCE)


def test_a_users_copy_of_a_tile_layer_stays(scene):
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    original = bpy.data.objects["Input"]
    copy = original.copy()
    copy.data = original.data.copy()
    original.users_collection[0].objects.link(copy)
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    assert copy.name in scene.objects
    assert (
        len(
            [
                item
                for item in ownership.get_built_objects(ownership.find_root_collections(scene)[0])
                if item.name.startswith("Input")
            ]
        )
        == 1
    )
    clear_scene(scene)
    assert [item.name for item in scene.objects] == [copy.name]


def test_a_renamed_grid_is_removed_too(scene):
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    bpy.data.objects["Input"].name = "My input"
    clear_scene(scene)
    assert not scene.objects


def test_a_linked_copy_of_a_scene_is_cleared_alone(scene):
    build_scene(make_test_plan(LAYERS["plain"]), scene)
    other = scene.copy()
    for child in other.collection.children:
        assert child in list(scene.collection.children)
    clear_scene(other)
    assert not ownership.find_root_collections(other)
    assert "Input" in scene.objects
    build_scene(make_test_plan(LAYERS["plain"]), other)
    assert ownership.find_root_collections(other)[0] != ownership.find_root_collections(scene)[0]
