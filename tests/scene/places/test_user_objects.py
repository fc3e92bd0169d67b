# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's objects in a walk's way are found, and no others; and a place where none is."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.scene.builds import built_extent
from kernelwalk.scene.places import placement
from kernelwalk.scene.places.free_place import find_free_location
from kernelwalk.scene.places.user_objects import Obstacles, find_obstacles

from ..helpers import LAYERS, bpy, build_and_apply, make_test_plan, ownership


def add_box(scene, name, location, size=0.5):
    """Add a cube of the user's, and return it."""
    mesh = bpy.data.meshes.new(name)
    corners = [(x * size, y * size, z * size) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    mesh.from_pydata(corners, [], [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)])
    box = bpy.data.objects.new(name, mesh)
    box.location = location
    scene.collection.objects.link(box)
    return box


def find(scene):
    return find_obstacles(scene, bpy.context.evaluated_depsgraph_get())


@pytest.fixture
def walk_scene(scene):
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    return scene


def test_a_walk_alone_has_nothing_in_its_way(walk_scene):
    assert not find(walk_scene)


def test_objects_among_the_tiles_in_the_picture_and_lights_are_told_apart(walk_scene):
    add_box(walk_scene, "Among", (0, 0, 0))
    add_box(walk_scene, "Seen", (2.9, -2.9, 0.3), 0.1)
    add_box(walk_scene, "Far", (0, 0, -900))
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    walk_scene.collection.objects.link(lamp)
    assert find(walk_scene) == Obstacles(("Among",), ("Seen",), ("Lamp",))
    lamp.data.energy = 0
    walk_scene.objects["Seen"].hide_render = True
    walk_scene.objects["Among"].hide_render = True
    assert find(walk_scene) == Obstacles(("Among",)), "it still stands there in the view"
    walk_scene.objects["Among"].hide_set(True)
    assert not find(walk_scene)


def test_an_object_that_an_orbiting_camera_sees_on_other_frames_is_in_the_picture(scene):
    plan = make_test_plan(LAYERS["plain"], camera={"elevation": 10.0})
    build_and_apply(plan, scene)
    height = 14.0 * np.tan(np.radians(10.0))
    beside = [14.0 * np.cos(np.radians(plan.spec.camera.azimuth)), 14.0 * np.sin(np.radians(plan.spec.camera.azimuth))]
    add_box(scene, "Beside", (*beside, height), 0.2)
    assert not find(scene)
    build_and_apply(make_test_plan(LAYERS["plain"], camera={"elevation": 10.0, "orbit": 360.0}), scene)
    assert find(scene) == Obstacles(in_picture=("Beside",))


def test_instances_count_as_the_empty_that_shows_them_and_hidden_collections_do_not_count(walk_scene):
    hidden = bpy.data.collections.new("Hidden")
    walk_scene.collection.children.link(hidden)
    hidden.objects.link(add_box(walk_scene, "Original", (50, 50, 50)))
    walk_scene.collection.objects.unlink(walk_scene.objects["Original"])
    hidden.hide_render = True
    empty = bpy.data.objects.new("Instance", None)
    empty.instance_type, empty.instance_collection, empty.location = "COLLECTION", hidden, (-50, -50, -50)
    walk_scene.collection.objects.link(empty)
    assert find(walk_scene) == Obstacles(("Instance",))


def test_a_camera_of_the_users_has_a_picture_of_the_users(walk_scene):
    add_box(walk_scene, "Seen", (2.9, -2.9, 0.3), 0.1)
    walk_scene.camera = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    assert not find(walk_scene)


def test_lights_do_not_matter_to_a_look_without_light(scene):
    build_and_apply(make_test_plan(LAYERS["plain"], look={"template": "blueprint"}), scene)
    scene.collection.objects.link(bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT")))
    assert not find(scene)


@pytest.mark.parametrize("camera", [{}, {"orbit": 360.0}, {"projection": "perspective", "elevation": 12.0}])
def test_at_the_free_place_nothing_is_in_the_way(scene, camera):
    root = build_and_apply(make_test_plan(LAYERS["plain"], camera=camera), scene).collection
    add_box(scene, "Ape", (0, 0, 1))
    add_box(scene, "Ground", (0, 0, -40), 38)
    for place in ((9, 0, 0), (-9, 0, 0), (0, 9, 0), (0, -9, 0)):
        add_box(scene, "Post", place, 1)
    assert "Ape" in find(scene).among_tiles
    location = find_free_location(scene, bpy.context.evaluated_depsgraph_get())
    placement.move_walk(root, location)
    assert not find(scene)
    assert np.array_equal(location, np.round(location))


def test_a_walk_of_an_earlier_version_has_no_known_room(walk_scene):
    add_box(walk_scene, "Among", (0, 0, 0))
    (root,) = ownership.find_root_collections(walk_scene)
    del root[built_extent.EXTENT_KEY]
    assert not find(walk_scene)
