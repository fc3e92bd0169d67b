# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk's move to a scene of its own."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..builds.active_walk import acting_on, get_active_number
from ..builds.ownership import (
    WORLD_KEY,
    find_camera,
    find_root_collections,
    forget_build,
    get_built_objects,
    has_any_build,
    list_recorded,
    release_user_data,
    unlink_from_scene,
)
from ..setup import light_links, saved_settings, scene_setup, startup_objects
from ..steps import step_markers
from .placement import move_walk
from .walk_scale import scale_walk


def move_to_own_scene(scene: bpy.types.Scene) -> bpy.types.Scene:
    """Move the active walk of `scene` to a new scene, and return that. `scene` gets back its own settings.

    The new scene has the settings of `scene`, also those of the panel; if another walk has set `scene` up, those from
    before that.
    """
    root = find_root_collections(scene)[0]
    objects = get_built_objects(root)
    release_user_data(root, {*objects}, scene)
    own = _copy_settings(scene, root.name)
    own.collection.children.link(root)
    unlink_from_scene(root, scene)
    forget_build(scene)  # the copy has its record
    _forget_other_walks(own)
    move_walk(root, np.zeros(3))
    scale_walk(root, 1.0)
    if own.camera not in objects:
        own.camera = find_camera(root)
    saved, had_camera = saved_settings.load_saved(scene), scene.camera is not None
    if scene.camera in objects:
        scene.camera = None
    if scene.world == root.get(WORLD_KEY):
        scene.world = None
    if scene_setup.is_set_up(scene):
        scene_setup.restore_setup(scene, saved)
    elif had_camera and scene.camera is None:
        scene_setup.restore_camera(scene, saved)
    if step_markers.has_markers(scene):
        step_markers.show_markers(own)
    step_markers.remove_markers(scene)
    light_links.link_lights(own)
    light_links.link_lights(scene)
    if not has_any_build(scene):
        startup_objects.show_hidden_objects(scene, even_shared=False)
    return own


def _forget_other_walks(own: bpy.types.Scene) -> None:
    """Remove from a copy of a scene what it knows of walks that are not active, and the settings that they have set."""
    for number in list_recorded(own):
        if number != get_active_number(own):
            with acting_on(own, number):
                forget_build(own)
                step_markers.remove_markers(own)
    if not scene_setup.is_set_up(own):
        scene_setup.restore_setup(own, saved_settings.load_saved(own))


def _copy_settings(scene: bpy.types.Scene, name: str) -> bpy.types.Scene:
    """Return an empty copy of a scene."""
    own: Any = scene.copy()
    own.use_fake_user = True  # a copied scene has no user, unlike other scenes, and Blender would not save it
    own.name = name
    for child in list(own.collection.children):
        own.collection.children.unlink(child)
    for member in list(own.collection.objects):
        own.collection.objects.unlink(member)
    own.background_set = None
    own.animation_data_clear()
    own.sequence_editor_clear()
    own.timeline_markers.clear()
    return own
