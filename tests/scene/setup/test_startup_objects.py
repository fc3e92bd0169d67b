# SPDX-License-Identifier: GPL-3.0-or-later
"""The cube and the light of Blender's start-up file are recognized as long as nobody has changed anything."""

from __future__ import annotations

import pytest
from kernelwalk.scene.setup import startup_objects

from ..helpers import bpy


@pytest.fixture
def startup_scene(fresh_file):
    bpy.ops.wm.read_factory_settings()
    return bpy.context.scene


def find_names(scene):
    return sorted(item.name for item in startup_objects.find_startup_objects(scene))


@pytest.mark.parametrize(
    ("removed", "left"), [("", ["Cube", "Light"]), ("Cube", ["Light"]), ("Camera", ["Cube", "Light"])]
)
def test_the_start_up_file_is_recognized_also_where_an_object_is_deleted(startup_scene, removed, left):
    if removed:
        bpy.data.objects.remove(bpy.data.objects[removed])
    assert find_names(startup_scene) == left


CHANGES = {
    "moved": "objects['Cube'].location.x = 1",
    "scaled": "objects['Cube'].scale.z = 2",
    "a vertex moved": "objects['Cube'].data.vertices[3].co.z = 1.5",
    "modified": "objects['Cube'].modifiers.new('Bevel', 'BEVEL')",
    "animated": "objects['Cube'].keyframe_insert('location')",
    "painted": "materials['Material'].node_tree.nodes['Principled BSDF'].inputs[0].default_value = (1, 0, 0, 1)",
    "no material": "objects['Cube'].data.materials.clear()",
    "a brighter light": "objects['Light'].data.energy = 500",
    "a turned camera": "objects['Camera'].rotation_euler.x = 0",
    "with a property": "objects['Cube'].__setitem__('mine', 1)",
    "one more object": "scenes[0].collection.objects.link(objects.new('Mine', None))",
    "a second cube": "scenes[0].collection.objects.link(objects['Cube'].copy())",
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_makes_the_objects_the_users(startup_scene, change):
    exec(CHANGES[change], {"objects": bpy.data.objects, "materials": bpy.data.materials, "scenes": bpy.data.scenes})
    assert find_names(startup_scene) == []


def test_hidden_objects_are_shown_as_they_were(startup_scene):
    cube, light = bpy.data.objects["Cube"], bpy.data.objects["Light"]
    light.hide_set(True)
    startup_objects.hide_objects(startup_scene, [cube, light])
    assert all(item.hide_get() and item.hide_render for item in (cube, light))
    assert startup_objects.list_hidden_objects(startup_scene) == [cube, light]
    startup_objects.show_hidden_objects(startup_scene)
    assert [(item.hide_get(), item.hide_render) for item in (cube, light)] == [(False, False), (True, False)]
    assert startup_objects.list_hidden_objects(startup_scene) == [] and not cube.keys()
