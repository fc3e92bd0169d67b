# SPDX-License-Identifier: GPL-3.0-or-later
"""Live updates of a scene. Blender's timers do not run here, so the tests call their function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.scene.builds import built_spec, ownership  # noqa: E402  # only where there is a Blender


def run_timer() -> float | None:
    """Call the timer's function if one is registered, and return its delay."""
    from kernelwalk.ui.builds import live_update

    if not bpy.app.timers.is_registered(live_update.update_pending_scenes):
        return None
    bpy.app.timers.unregister(live_update.update_pending_scenes)
    return live_update.update_pending_scenes()


def kernel_size(scene: Any) -> Any:
    built = built_spec.get_built_walk(scene)
    return built and built.spec.layer.kernel[0]


def test_nothing_is_built_before_generate(scene: Any) -> None:
    scene.kernelwalk.layer.kernel = (2, 2, 2)
    run_timer()
    assert not ownership.find_root_collections(scene)


def test_a_change_of_each_section_updates_the_scene(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    props = scene.kernelwalk
    props.layer.kernel = (2, 2, 2)
    run_timer()
    assert kernel_size(scene) == 2
    props.look.colors.input = (1, 0, 0)
    run_timer()
    assert built_spec.get_stored_table(scene)["look"]["colors"]["input"] == "#FF0000"
    props.walk.hold_auto = False
    props.walk.hold = 3
    run_timer()
    assert built_spec.get_stored_table(scene)["walk"]["hold"] == 3
    props.camera.elevation = 60
    run_timer()
    assert built_spec.get_stored_table(scene)["camera"]["elevation"] == 60
    props.title = "New"
    run_timer()
    assert ownership.find_root_collections(scene)[0].name == "New"


def test_a_change_keeps_objects_and_world_and_adds_no_datablocks(scene: Any) -> None:
    props = scene.kernelwalk
    props.title = "One"
    bpy.ops.kernelwalk.generate()

    def list_kept() -> dict[str, int]:
        return {each.name: each.session_uid for each in (*scene.objects, scene.camera.data, scene.world)}

    def count_datablocks() -> dict[str, int]:
        names = ownership.list_datablock_collections()
        return {name: len(getattr(bpy.data, name)) for name in names}

    before, count = list_kept(), count_datablocks()
    changes: dict[str, tuple[Any, str, Any]] = {
        "kernel": (props.layer, "kernel", (2, 2, 2)),
        "stride": (props.layer, "stride", (2, 2, 2)),
        "frames per step": (props.walk, "frames_per_step", 8),
        "color": (props.look.colors, "input", (1, 0, 0)),
        "elevation": (props.camera, "elevation", 50),
        "title": (props, "title", "Two"),
    }
    for name, (group, setting, value) in changes.items():
        setattr(group, setting, value)
        run_timer()
        kept = list_kept()
        assert {each: kept.get(each) for each in before} == before, name
        assert count_datablocks() == count, name


def test_another_background_color_takes_the_place_of_the_world(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    before, count = scene.world.session_uid, len(bpy.data.worlds)
    scene.kernelwalk.look.colors.background = (1, 0, 0)
    run_timer()
    assert scene.world.session_uid != before and len(bpy.data.worlds) == count
    assert scene.world.node_tree.nodes["Kernelwalk Background"].outputs[0].default_value[:3] == (1, 0, 0)


def test_every_property_of_a_spec_requests_an_update(scene: Any) -> None:
    from kernelwalk.ui.builds import live_update
    from kernelwalk.ui.settings import spec_properties

    bpy.ops.kernelwalk.generate()

    def set_each(group: Any) -> None:
        for prop in group.bl_rna.properties:
            if prop.identifier in ("rna_type", "name") or prop.identifier.endswith("_grid"):
                continue  # a grid of fields also holds what it shows
            value = getattr(group, prop.identifier)
            if prop.type == "POINTER" and not isinstance(prop.fixed_type, bpy.types.ID):
                set_each(value)
                continue
            live_update._pending.clear()
            setattr(group, prop.identifier, value)
            assert live_update._pending == {(scene.session_uid, 1)}, prop.identifier

    for name in spec_properties.SECTION_GROUPS:
        set_each(getattr(scene.kernelwalk, name))


def test_undo_past_live_updates_keeps_the_file_whole(scene: Any) -> None:
    """Without ui/builds/whole_undo.py, the second undo crashes Blender.

    The first one's update removes data of that step.
    """
    from kernelwalk.ui.builds import live_update

    bpy.ops.ed.undo_push(message="before")
    bpy.ops.kernelwalk.generate()
    bpy.ops.ed.undo_push(message="generated")
    bpy.ops.ed.undo_push(message="something else")
    scene.kernelwalk.layer.kernel = (4, 4, 4)
    bpy.ops.ed.undo_push(message="set")
    live_update.update_pending_scenes()
    bpy.ops.kernelwalk.clear()
    bpy.ops.ed.undo_push(message="cleared")
    preferences = bpy.context.preferences
    before = preferences.view.show_developer_ui, preferences.experimental.use_undo_legacy
    kernels = []
    for move in (*[bpy.ops.ed.undo] * 4, *[bpy.ops.ed.redo] * 4):
        move()
        live_update.update_pending_scenes()
        built = built_spec.get_built_walk(bpy.data.scenes[0])
        kernels.append(built and built.spec.layer.kernel[0])
    assert kernels == [4, 3, 3, None, 3, 3, 4, None]
    assert (preferences.view.show_developer_ui, preferences.experimental.use_undo_legacy) == before


def test_changes_are_gathered_into_one_update(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kernelwalk.ui.builds import live_update

    bpy.ops.kernelwalk.generate()
    builds: list[int] = []
    generate_scene = live_update.generate_scene

    def build(*values: Any, **named: Any) -> Any:
        builds.append(1)
        return generate_scene(*values, **named)

    monkeypatch.setattr(live_update, "generate_scene", build)
    for size in (6, 7, 8):
        scene.kernelwalk.layer.input = (size, size, size)
    run_timer()
    scene.kernelwalk.layer.input = (8, 8, 8)
    run_timer()
    assert builds == [1]


def test_invalid_settings_leave_the_scene_unchanged(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    scene.kernelwalk.layer.kernel = (9, 9, 9)
    run_timer()
    assert kernel_size(scene) == 3


def test_large_layers_wait_for_generate(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kernelwalk.ui.fields import preferences

    bpy.ops.kernelwalk.generate()
    monkeypatch.setattr(preferences.DEFAULTS, "live_tiles", 50)
    scene.kernelwalk.layer.kernel = (2, 2, 2)
    run_timer()
    assert kernel_size(scene) == 3


def test_a_change_of_set_up_scene_updates_the_scene(scene: Any) -> None:
    camera = scene.camera
    bpy.ops.kernelwalk.generate()
    scene.kernelwalk.setup = False
    run_timer()
    assert scene.camera == camera
    scene.kernelwalk.setup = True
    run_timer()
    assert scene.camera != camera


def test_nothing_is_updated_while_live_is_off(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    scene.kernelwalk.live = False
    scene.kernelwalk.layer.kernel = (2, 2, 2)
    run_timer()
    assert kernel_size(scene) == 3
    scene.kernelwalk.live = True
    run_timer()
    assert kernel_size(scene) == 2


def test_a_generated_mesh_in_edit_mode_is_not_deleted(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    bpy.context.view_layer.objects.active = scene.objects["Input"]
    bpy.ops.object.mode_set(mode="EDIT")
    scene.kernelwalk.layer.kernel = (2, 2, 2)
    assert run_timer() is not None
    assert bpy.context.mode == "EDIT_MESH" and kernel_size(scene) == 3
    bpy.ops.object.mode_set(mode="OBJECT")
    from kernelwalk.ui.builds import live_update

    live_update.update_pending_scenes()
    assert kernel_size(scene) == 2


def test_undo_and_redo_update_the_scene(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    bpy.ops.ed.undo_push(message="generate")
    scene.kernelwalk.layer.kernel = (2, 2, 2)
    bpy.ops.ed.undo_push(message="kernel")  # as the panel does, before the timer
    run_timer()
    bpy.ops.ed.undo()
    run_timer()
    assert kernel_size(bpy.data.scenes[0]) == 3
    bpy.ops.ed.redo()
    run_timer()
    assert kernel_size(bpy.data.scenes[0]) == 2


def test_a_deleted_scene_is_not_updated(scene: Any) -> None:
    bpy.ops.scene.new(type="NEW")
    other = bpy.context.scene
    bpy.ops.kernelwalk.generate()
    other.kernelwalk.layer.kernel = (2, 2, 2)
    bpy.data.scenes.remove(other)
    assert run_timer() is None


def evaluate_connectors(view_layer: Any) -> list[tuple[float, ...]]:
    """Return the points of the connectors as they are drawn."""
    view_layer.update()
    shown = bpy.data.objects["Connectors"].evaluated_get(bpy.context.evaluated_depsgraph_get())
    return [tuple(point.co) for spline in shown.data.splines for point in spline.points]


def test_connectors_stay_at_the_step_that_is_shown(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    expected = evaluate_connectors(scene.view_layers[0])
    scene.kernelwalk.look.colors.input = (1, 0, 0)
    run_timer()
    assert evaluate_connectors(scene.view_layers[0]) == expected
    scene.frame_set(scene.frame_current)
    assert evaluate_connectors(scene.view_layers[0]) == expected


def note_updates(scene: Any, change: Callable[[Any], None]) -> dict[str, set[str]]:
    """Return the names of what Blender takes for changed after a live update: of shapes, and of what was moved."""
    names: dict[str, set[str]] = {"geometry": set(), "transform": set()}

    def note(_scene: Any, depsgraph: Any) -> None:
        for kind, known in names.items():
            known |= {update.id.name for update in depsgraph.updates if getattr(update, f"is_updated_{kind}")}

    scene.view_layers[0].update()
    bpy.app.handlers.depsgraph_update_post.append(note)
    try:
        change(scene.kernelwalk)
        run_timer()
        scene.view_layers[0].update()
    finally:
        bpy.app.handlers.depsgraph_update_post.remove(note)
    return names


def test_another_title_evaluates_no_tiles(scene: Any) -> None:
    """Colors of tiles take more time than all else that is evaluated."""
    scene.kernelwalk.title = "One"
    bpy.ops.kernelwalk.generate()
    shapes = note_updates(scene, lambda props: setattr(props, "title", "Two"))["geometry"]
    assert "Title" in shapes
    assert not {"Input", "Output"} & shapes


def test_another_color_moves_nothing(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    updates = note_updates(scene, lambda props: setattr(props.look.colors, "input", (1, 0, 0)))
    assert "Input" in updates["geometry"]
    assert not {"Kernelwalk Camera", "Floor", "Caption", "Input Size"} & updates["transform"]
