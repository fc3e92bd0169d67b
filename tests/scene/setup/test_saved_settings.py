# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene's earlier settings are restored, and settings that the user has changed since stay."""

from __future__ import annotations

import json

import pytest
from kernelwalk.scene.render_settings import make_render_values
from kernelwalk.scene.setup import saved_settings
from kernelwalk.scene.setup.scene_setup import SETUP_PARTS

from ..helpers import LAYERS, apply_settings, bpy, build_and_apply, build_scene, clear_scene, make_test_plan


def settings(scene):
    paths = [
        *make_render_values(make_test_plan(LAYERS["plain"]).spec.render, 24),
        "frame_start",
        "frame_end",
        "camera",
        "world",
    ]
    paths += ["view_settings.view_transform", "view_settings.look"]
    return {path: saved_settings.get_setting(scene, path) for path in paths if saved_settings.has_setting(scene, path)}


@pytest.fixture
def own(scene):
    """Give the scene settings of a user."""
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.fps, scene.render.fps_base = 30, 1.001
    scene.render.resolution_x, scene.render.resolution_percentage = 777, 50
    scene.frame_start, scene.frame_end = 7, 77
    scene.view_settings.exposure = 0.3
    scene.cycles.samples = 99
    scene.camera = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    scene.collection.objects.link(scene.camera)
    scene.world = bpy.data.worlds.new("Mine")
    return settings(scene)


def test_clearing_restores_every_setting(scene, own):
    for resolution in ([64, 36], [128, 72]):
        plan = make_test_plan(LAYERS["plain"], render={"resolution": resolution})
        apply_settings(plan, build_scene(plan, scene), scene)
        assert settings(scene) != own
    clear_scene(scene)
    assert settings(scene) == own


def test_settings_that_the_user_has_changed_since_stay(scene, own):
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    scene.render.fps = 12
    scene.camera = bpy.data.objects.new("New", bpy.data.cameras.new("New"))
    clear_scene(scene)
    assert (scene.render.fps, scene.camera.name) == (12, "New")
    changed = {path for path, value in settings(scene).items() if value != own[path]}
    assert changed == {"render.fps", "camera"}


def test_the_engine_is_not_set_again_if_it_is_the_same(scene):
    class Watched:
        def __init__(self):
            object.__setattr__(self, "engine", "CYCLES")

        def __setattr__(self, name, value):
            raise AssertionError(f"{name} was set")

    scene = type("Scene", (), {"render": Watched()})()
    saved_settings.set_setting(scene, "render.engine", "CYCLES")


def test_a_deleted_camera_is_not_restored(scene, own):
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    bpy.data.objects.remove(bpy.data.objects["Mine"])
    clear_scene(scene)
    assert scene.camera is None
    assert scene.render.fps == 30


def test_a_setting_that_depends_on_another_is_restored(scene):
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Punchy"
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    clear_scene(scene)
    assert (scene.view_settings.view_transform, scene.view_settings.look) == ("AgX", "AgX - Punchy")
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    scene.view_settings.view_transform = "Filmic"
    clear_scene(scene)
    assert (scene.view_settings.view_transform, scene.view_settings.look) == ("Filmic", "None")


@pytest.mark.parametrize("builds_again", [False, True])
def test_everything_is_restored_when_our_collection_was_deleted(scene, own, builds_again):
    plan = make_test_plan(LAYERS["plain"])
    root = build_and_apply(plan, scene).collection
    bpy.data.batch_remove([*root.all_objects, root])
    if builds_again:
        build_and_apply(plan, scene)
    clear_scene(scene)
    assert settings(scene) == own


def test_a_camera_that_the_user_has_deleted_stays_deleted(scene, own):
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    scene.collection.objects.unlink(bpy.data.objects["Mine"])
    clear_scene(scene)
    assert scene.camera is None


def noted(scene, path, value):
    """Store another saved value in the scene."""
    memory = json.loads(scene[saved_settings.SAVED_KEY])
    memory[path][0] = value
    scene[saved_settings.SAVED_KEY] = json.dumps(memory)


@pytest.mark.parametrize("engine", ["BLENDER_EEVEE", "BLENDER_EEVEE_NEXT"])
def test_an_engine_that_another_version_has_saved_is_restored(scene, engine):
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    noted(scene, "render.engine", engine)
    clear_scene(scene)
    assert "EEVEE" in scene.render.engine


def test_a_rejected_value_does_not_stop_the_others(scene, own):
    build_and_apply(make_test_plan(LAYERS["plain"]), scene)
    noted(scene, "render.engine", "GONE")
    clear_scene(scene)
    changed = {path for path, value in settings(scene).items() if value != own[path]}
    assert changed == {"render.engine"}


OWN_PATHS = {
    "camera": {"camera"},
    "world": {"world"},
    "frames": {"frame_start", "frame_end", "render.fps", "render.fps_base"},
}


@pytest.mark.parametrize(
    "part", ["camera", *(pytest.param(part, marks=pytest.mark.thorough) for part in ("world", "frames", "render"))]
)
def test_a_part_that_is_left_out_is_as_before_at_first_and_also_after_all_were_set_up(scene, own, part):
    plan = make_test_plan(LAYERS["plain"])
    rest = set(own) - set().union(*OWN_PATHS.values())
    for parts in (set(SETUP_PARTS) - {part}, SETUP_PARTS, set(SETUP_PARTS) - {part}, {part}):
        apply_settings(plan, build_scene(plan, scene), scene, parts=parts)
        for each in SETUP_PARTS:
            paths = OWN_PATHS.get(each, rest)
            assert any(settings(scene)[path] != own[path] for path in paths) == (each in parts), each
    clear_scene(scene)
    assert settings(scene) == own
