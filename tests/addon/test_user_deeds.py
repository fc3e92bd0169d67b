# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a user deletes, copies or renames, in whatever order: nothing of the user's or the scene's is lost."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.scene.builds import ownership  # noqa: E402  # only where there is a Blender
from kernelwalk.scene.setup import saved_settings  # noqa: E402  # only where there is a Blender
from kernelwalk.ui.builds import live_update  # noqa: E402

EXAMPLES = round(2 * float(os.environ.get("KERNELWALK_EXAMPLES", "1")))

NUMBERS = st.integers(0, 10**6)

SETTINGS = ("frame_start", "frame_end", "render.fps", "render.resolution_x", "render.engine", "cycles.samples")


def list_built(scene: Any) -> list[Any]:
    """Return the built objects that are in the scene, sorted by name."""
    record = scene.get(ownership.RECORD_KEY)
    built = set() if record is None else set(ownership._list_pointers(record, "objects"))
    return sorted((each for each in scene.objects if each in built), key=lambda each: each.name)


def list_collections(scene: Any) -> list[Any]:
    """Return the collections that were built and are in the scene, sorted by name."""
    record = scene.get(ownership.RECORD_KEY, {})
    built = [record.get("root"), *record.get("rooms", {}).values()]
    here = [each for each in scene.collection.children_recursive if each in built]
    return sorted(here, key=lambda each: each.name)


class UserDeeds(RuleBasedStateMachine):
    """A user at work in a file with a cube, a light, a camera and a world."""

    def __init__(self) -> None:
        super().__init__()
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        scene = bpy.context.scene
        scene.frame_end, scene.render.fps = 123, 25
        scene.render.engine = "BLENDER_WORKBENCH"
        scene["marker"] = 1
        self.before = {path: saved_settings.get_setting(scene, path) for path in SETTINGS}
        self.own = {"Cube", "Light", "Camera"}
        self.count = 0

    @property
    def scene(self) -> Any:
        return next(scene for scene in bpy.data.scenes if "marker" in scene)

    def name_own(self) -> str:
        """Return a new name for a thing of the user's."""
        self.count += 1
        return f"Mine {self.count}"

    @initialize()
    def begin(self) -> None:
        self.generate()

    @rule()
    def generate(self) -> None:
        assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
        assert list_built(self.scene)

    @rule(kernel=st.integers(1, 5), setup=st.booleans(), tiles=st.sampled_from(["layer", "layer", "objects"]))
    def change_settings(self, kernel: int, setup: bool, tiles: str) -> None:
        props = self.scene.kernelwalk
        props.layer.kernel, props.setup, props.look.tiles = (kernel,) * 3, setup, tiles
        live_update.update_pending_scenes()

    @rule()
    def reset(self) -> None:
        if bpy.ops.kernelwalk.reset_changes.poll():
            bpy.ops.kernelwalk.reset_changes()

    @rule()
    def clear(self) -> None:
        if bpy.ops.kernelwalk.clear.poll():
            assert bpy.ops.kernelwalk.clear() == {"FINISHED"}
        scene = self.scene
        assert {path: saved_settings.get_setting(scene, path) for path in SETTINGS} == self.before
        assert (scene.camera.name, scene.world.name) == ("Camera", "World")
        assert {each.name for each in scene.objects} == self.own
        assert not [each.name for each in scene.objects if each.name in ("Cube", "Light") and each.hide_render]
        assert not list_built(scene) and not ownership.find_root_collections(scene)
        kept = [copy for each in scene.objects if ownership.is_tagged(each) for copy in (each, each.data)]
        leftovers = [each for each in bpy.data.objects if ownership.is_tagged(each) and each not in kept]
        assert not leftovers
        if not kept and self.count == 0:
            assert not [each for each in ownership.list_datablocks() if ownership.is_tagged(each)]

    def pick(self, number: int) -> Any:
        built = list_built(self.scene)
        return built[number % len(built)] if built else None

    @rule(number=NUMBERS)
    def delete_object(self, number: int) -> None:
        picked = self.pick(number)
        if picked is not None:
            bpy.data.objects.remove(picked)

    @rule(number=NUMBERS)
    def delete_object_as_blender_does(self, number: int) -> None:
        picked = self.pick(number)
        if picked is not None:
            with bpy.context.temp_override(selected_objects=[picked], scene=self.scene):
                bpy.ops.object.delete()

    @rule(number=NUMBERS)
    def copy_object(self, number: int) -> None:
        picked = self.pick(number)
        if picked is not None:
            copy = picked.copy()
            copy.name = self.name_own()
            self.own.add(copy.name)
            (picked.users_collection or [self.scene.collection])[0].objects.link(copy)

    @rule(number=NUMBERS)
    def hide_move_and_select_object(self, number: int) -> None:
        picked = self.pick(number)
        if picked is not None:
            picked.hide_render, picked.location.x = True, number / 1e5
            picked.select_set(True)

    @rule(number=NUMBERS)
    def rename_object(self, number: int) -> None:
        picked = self.pick(number)
        if picked is not None:
            picked.name = f"Renamed {number}"

    @rule(number=NUMBERS)
    def move_object_to_the_scenes_collection(self, number: int) -> None:
        picked = self.pick(number)
        if picked is not None:
            for collection in picked.users_collection:
                collection.objects.unlink(picked)
            self.scene.collection.objects.link(picked)

    @rule(number=NUMBERS)
    def add_a_child(self, number: int) -> None:
        picked = self.pick(number)
        if picked is not None:
            child = bpy.data.objects.new(self.name_own(), None)
            self.own.add(child.name)
            (picked.users_collection or [self.scene.collection])[0].objects.link(child)
            child.parent = picked

    @rule(number=NUMBERS, deletes_objects=st.booleans())
    def delete_collection(self, number: int, deletes_objects: bool) -> None:
        """Delete a collection as the Outliner does: its objects and collections go up, or with it."""
        collections = list_collections(self.scene)
        if not collections:
            return
        root = self.scene[ownership.RECORD_KEY].get("root")
        picked = root if number % 2 and root in collections else collections[number % len(collections)]
        parents = [self.scene.collection, *self.scene.collection.children_recursive]
        parent = next(each for each in parents if picked in list(each.children))
        if deletes_objects:
            built = list_built(self.scene)
            bpy.data.batch_remove([each for each in picked.all_objects if each in built])
        for each in picked.objects:
            if each.name not in parent.objects:
                parent.objects.link(each)
        for each in picked.children:
            parent.children.link(each)
        bpy.data.collections.remove(picked)

    @rule(number=NUMBERS)
    def rename_collection(self, number: int) -> None:
        collections = list_collections(self.scene)
        if collections:
            collections[number % len(collections)].name = f"Renamed {number}"

    @rule(number=NUMBERS)
    def copy_collection(self, number: int) -> None:
        """Copy a collection with its objects, as Duplicate Collection does."""
        collections = list_collections(self.scene)
        if collections:
            picked = collections[number % len(collections)]
            copy = bpy.data.collections.new(self.name_own())
            for key in picked.keys():  # noqa: SIM118  # it is no dict
                copy[key] = picked[key]
            self.scene.collection.children.link(copy)
            for each in list(picked.objects)[:3]:
                twin = each.copy()
                twin.name = self.name_own()
                self.own.add(twin.name)
                copy.objects.link(twin)

    @rule()
    def delete_our_world(self) -> None:
        world = self.scene.world
        if world is not None and ownership.is_tagged(world):
            bpy.data.worlds.remove(world)

    @rule(number=NUMBERS)
    def delete_materials_and_node_groups(self, number: int) -> None:
        ours = [each for each in (*bpy.data.materials, *bpy.data.node_groups) if ownership.is_tagged(each)]
        if ours:
            bpy.data.batch_remove([ours[number % len(ours)]])

    @precondition(lambda self: bpy.context.scene is not None)
    @rule()
    def save_and_open(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "file.blend")
            bpy.ops.wm.save_as_mainfile(filepath=path)
            bpy.ops.wm.open_mainfile(filepath=path)

    @rule()
    def undo(self) -> None:
        bpy.ops.ed.undo_push(message="before")
        if bpy.ops.kernelwalk.generate.poll():
            bpy.ops.kernelwalk.generate()
        bpy.ops.ed.undo_push(message="Generate")
        bpy.ops.ed.undo()

    @invariant()
    def the_users_objects_are_there(self) -> None:
        assert self.own <= {each.name for each in self.scene.objects}

    def teardown(self) -> None:
        self.clear()


def test_what_a_user_and_the_scene_had_outlives_any_deeds(scene: Any) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # Hypothesis has no types here
        UserDeeds,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # to find a shorter example takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
