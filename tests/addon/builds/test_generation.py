# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate and Clear, in every mode and kind of scene, and with undo and redo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

import kernelwalk  # noqa: E402  # only where there is a Blender
from kernelwalk.core import load_preset, spec_from_table  # noqa: E402
from kernelwalk.scene import apply_settings, build_scene  # noqa: E402
from kernelwalk.scene.builds import built_spec, object_store, ownership  # noqa: E402
from kernelwalk.scene.steps import step_navigation  # noqa: E402
from kernelwalk.ui.builds import live_update  # noqa: E402


def run_with_undo(*actions: Any) -> None:
    """Call each action as an undo step of its own, as Blender does for a user."""
    bpy.ops.ed.undo_push(message="before")
    for action in actions:
        action()
        bpy.ops.ed.undo_push(message="done")


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT", "SCULPT", "VERTEX_PAINT", "WEIGHT_PAINT", "TEXTURE_PAINT"])
def test_generate_works_in_any_mode(scene: Any, mode: str) -> None:
    bpy.ops.object.mode_set(mode=mode)
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    assert "Output" in scene.objects
    bpy.context.view_layer.objects.active = scene.objects["Input"]
    bpy.ops.object.mode_set(mode=mode)
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    assert bpy.ops.kernelwalk.clear() == {"FINISHED"}
    assert sorted(obj.name for obj in scene.objects) == ["Camera", "Cube", "Light"]


def test_generate_works_without_an_active_object_and_in_an_empty_file(scene: Any) -> None:
    bpy.context.view_layer.objects.active = None
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    assert bpy.context.scene.camera is not None


def test_the_panel_and_a_spec_build_the_same_scene(scene: Any) -> None:
    def describe(scene: Any) -> Any:
        (root,) = ownership.find_root_collections(scene)
        values: list[Any] = [root.name, root[built_spec.SPEC_KEY], scene.frame_end, scene.render.fps]
        for obj in sorted(root.all_objects, key=lambda obj: obj.name):
            values += [obj.name, obj.type, [round(x, 5) for row in obj.matrix_basis for x in row]]
            if obj.type == "MESH" and "cell" in obj.data.attributes:
                values += [tuple(item.vector) for item in obj.data.attributes["cell"].data]
                values += [tuple(round(x, 5) for x in vertex.co) for vertex in obj.data.vertices]
        return values

    from kernelwalk.ui.settings import spec_properties

    spec = load_preset("padding_strides_transposed")
    spec_properties.write_spec(spec, scene.kernelwalk)
    bpy.ops.kernelwalk.generate()
    by_panel = describe(scene)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    plan = kernelwalk.core.make_plan(spec)
    apply_settings(plan, build_scene(plan, scene), scene)
    assert describe(scene) == by_panel


def test_each_scene_has_its_own_walk(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    bpy.ops.scene.new(type="NEW")
    other = bpy.context.scene
    assert other != scene
    other.kernelwalk.layer.kernel = (2, 2, 2)
    bpy.ops.kernelwalk.generate()
    assert built_spec.get_built_walk(scene).spec.layer.kernel == (3, 3)
    assert built_spec.get_built_walk(other).spec.layer.kernel == (2, 2)
    bpy.ops.kernelwalk.clear()
    assert built_spec.get_built_walk(other) is None
    assert built_spec.get_built_walk(scene) is not None


@pytest.mark.parametrize("kind", ["LINK_COPY", "FULL_COPY"])
def test_a_walk_in_a_copy_of_a_scene_leaves_that_of_the_first_alone(scene: Any, kind: str) -> None:
    def describe() -> Any:
        materials = {item.name: [slot.material for slot in item.material_slots] for item in scene.objects}
        settings = [scene.camera, scene.world, scene.frame_end, scene.render.engine]
        hidden = [scene.objects[name].hide_render for name in ("Cube", "Light")]
        return materials, settings, hidden, built_spec.get_stored_table(scene)

    bpy.ops.kernelwalk.generate()
    before = describe()
    bpy.ops.scene.new(type=kind)
    copied = bpy.context.scene
    copied.kernelwalk.layer.kernel = (2, 2, 2)
    bpy.ops.kernelwalk.generate()
    assert copied.camera != scene.camera and describe() == before
    bpy.ops.kernelwalk.clear()
    assert built_spec.get_built_walk(copied) is None and describe() == before
    bpy.context.window.scene = scene
    bpy.ops.kernelwalk.clear()
    assert not any(ownership.is_tagged(datablock) for datablock in ownership.list_datablocks())
    assert not bpy.data.objects["Cube"].hide_render


def test_a_linked_scene_is_not_editable(scene: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "other.blend")
    scene.name = "Linked"
    bpy.ops.kernelwalk.generate()
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(path, link=True) as (there, wanted):
        wanted.scenes = list(there.scenes)
    linked = wanted.scenes[0]
    with bpy.context.temp_override(scene=linked):
        for name in ("generate", "clear", "import_spec"):
            assert not getattr(bpy.ops.kernelwalk, name).poll()
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    assert "Input" in bpy.context.scene.objects


def test_generate_and_clear_can_be_undone_and_redone(scene: Any) -> None:
    run_with_undo(bpy.ops.kernelwalk.generate, bpy.ops.kernelwalk.clear)
    for _ in range(2):
        bpy.ops.ed.undo()
        scene = bpy.data.scenes[0]
        assert "Output" in scene.objects and scene.camera.name == "Kernelwalk Camera"
        scene.frame_set(40)
        bpy.ops.ed.undo()
        scene = bpy.data.scenes[0]
        assert "Output" not in scene.objects and scene.camera.name == "Camera"
        bpy.ops.ed.redo()
        assert "Output" in bpy.data.scenes[0].objects
        bpy.ops.ed.redo()
        assert "Output" not in bpy.data.scenes[0].objects


def test_regenerating_keeps_the_step_and_the_users_objects(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    step_navigation.go_to_step(scene, 7)
    cube = scene.objects["Cube"]
    (root,) = ownership.find_root_collections(scene)
    root.objects.link(cube)
    scene.collection.children[0].objects.unlink(cube)
    cube.location.x = 12
    scene.render.fps = 24
    scene.kernelwalk.walk.frames_per_step = 5
    bpy.ops.kernelwalk.generate()
    assert step_navigation.get_current_step(scene) == 7
    assert cube.name in scene.objects and cube.location.x == 12


def test_generating_shows_the_representative_step(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    assert step_navigation.get_current_step(scene) == 13


def test_switching_set_up_scene_off_restores_the_scenes_settings(scene: Any) -> None:
    end, engine, camera = scene.frame_end, scene.render.engine, scene.camera
    bpy.ops.kernelwalk.generate()
    assert (scene.frame_end, scene.render.engine, scene.camera) != (end, engine, camera)
    scene.kernelwalk.setup = False
    bpy.ops.kernelwalk.generate()
    assert (scene.frame_end, scene.render.engine, scene.camera) == (end, engine, camera)
    bpy.ops.kernelwalk.clear()
    assert (scene.frame_end, scene.render.engine, scene.camera) == (end, engine, camera)


def test_a_generated_scene_is_recognized_after_saving_and_loading(scene: Any, tmp_path: Path) -> None:
    scene.kernelwalk.layer.stride = (2, 2, 2)
    bpy.ops.kernelwalk.generate()
    path = str(tmp_path / "a.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    kernelwalk.unregister()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    kernelwalk.register()
    scene = bpy.data.scenes[0]
    assert built_spec.get_built_walk(scene).spec.layer.stride == (2, 2)
    assert built_spec.is_built_from(scene, spec_from_table(built_spec.get_stored_table(scene)))
    bpy.ops.kernelwalk.clear()
    assert sorted(obj.name for obj in scene.objects) == ["Camera", "Cube", "Light"]
    assert scene.camera.name == "Camera"


def test_a_missing_template_is_rejected_before_anything_changes(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    scene.kernelwalk.look.template = "/nowhere/none.blend"
    assert not bpy.ops.kernelwalk.generate.poll()
    assert "Output" in scene.objects


def test_without_cycles_another_engine_is_suggested_and_nothing_is_lost(scene: Any) -> None:
    import addon_utils

    bpy.ops.kernelwalk.generate()
    addon_utils.disable("cycles")
    try:
        before = sorted(obj.name for obj in bpy.data.objects)
        with pytest.raises(RuntimeError, match=r"(?s)Cycles is switched off.*EEVEE"):
            bpy.ops.kernelwalk.generate()
        assert sorted(obj.name for obj in bpy.data.objects) == before
        scene.kernelwalk.render.engine = "eevee"
        assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
        assert bpy.ops.kernelwalk.clear() == {"FINISHED"}
        assert sorted(obj.name for obj in scene.objects) == ["Camera", "Cube", "Light"]
        assert len(bpy.data.scenes) == 1
    finally:
        addon_utils.enable("cycles")


def test_a_mode_that_cannot_be_left_is_reported(scene: Any) -> None:
    bpy.ops.object.mode_set(mode="SCULPT")
    bpy.context.active_object.hide_viewport = True
    with pytest.raises(RuntimeError, match="Unhide it first"):
        bpy.ops.kernelwalk.generate()
    assert not ownership.find_root_collections(scene)


def test_clear_restores_settings_even_if_the_collection_was_deleted(scene: Any) -> None:
    end = scene.frame_end
    bpy.ops.kernelwalk.generate()
    (root,) = ownership.find_root_collections(scene)
    bpy.data.batch_remove([*root.all_objects, root])
    assert bpy.ops.kernelwalk.clear() == {"FINISHED"}
    assert (scene.frame_end, scene.camera.name, scene.world.name) == (end, "Camera", "World")
    assert not bpy.ops.kernelwalk.clear.poll()


def test_parts_of_the_scene_are_left_out_and_come_back(scene: Any) -> None:
    end, engine, camera, world = scene.frame_end, scene.render.engine, scene.camera, scene.world
    props = scene.kernelwalk
    props.setup_world = props.setup_frames = props.setup_render = props.lights = False
    props.labels.legend = props.labels.position = props.labels.sum = props.values.on = True
    bpy.ops.kernelwalk.generate()
    assert (scene.frame_end, scene.render.engine, scene.world) == (end, engine, world)
    assert scene.camera.name == "Kernelwalk Camera"
    in_picture = {"Connectors Seen Through", "Caption", "Legend Square 1", "Position text0", "Sum"}
    assert in_picture <= set(scene.objects.keys())
    (root,) = ownership.find_root_collections(scene)
    template_room = next(room for room in root.children if room.name == object_store.TEMPLATE_ROOM)
    assert all(built.hide_render and built.hide_viewport for built in template_room.objects)
    assert not scene.objects["Light"].hide_render and scene.objects["Cube"].hide_render
    props.setup_camera, props.setup_frames = False, True
    bpy.ops.kernelwalk.generate()
    assert (scene.camera, scene.world, scene.render.engine) == (camera, world, engine) and scene.frame_end == 324
    assert in_picture.isdisjoint(scene.objects.keys()), "the scene's camera would see them elsewhere"
    assert "Output Name" in scene.objects
    props.lights = True
    live_update.update_pending_scenes()
    assert not any(built.hide_render for built in template_room.objects if built.type == "LIGHT")
    bpy.ops.kernelwalk.clear()
    assert (scene.frame_end, scene.render.engine, scene.camera, scene.world) == (end, engine, camera, world)


def test_a_camera_alone_goes_where_there_was_none(scene: Any) -> None:
    scene.camera = None
    props = scene.kernelwalk
    props.setup_world = props.setup_frames = props.setup_render = False
    bpy.ops.kernelwalk.generate()
    assert scene.camera is not None
    props.setup_camera, props.setup_world = False, True
    bpy.ops.kernelwalk.generate()
    assert scene.camera is None
    props.setup_camera = True
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.clear()
    assert scene.camera is None and not [key for key in scene.keys() if key.startswith("kernelwalk_")]  # noqa: SIM118
