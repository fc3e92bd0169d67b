# SPDX-License-Identifier: GPL-3.0-or-later
"""Several walks in one scene: each has its own settings, build and markers, and one sets the scene up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.core import load_preset  # noqa: E402
from kernelwalk.scene.builds import active_walk, built_spec, ownership  # noqa: E402
from kernelwalk.scene.places import placement  # noqa: E402
from kernelwalk.scene.steps import tile_picking  # noqa: E402
from mathutils import Vector  # noqa: E402  # only where there is a Blender

from ..builds.test_generation import run_with_undo  # noqa: E402
from ..text_layout import draw  # noqa: E402


def list_kernels(scene: Any) -> dict[int, int]:
    """Return the kernel's size of each walk that stands in a scene, by the walk's number."""
    from kernelwalk.ui.fields import walk_settings

    kernels = {}
    for props in walk_settings.list_settings(scene):
        with active_walk.acting_on(scene, props.number):
            built = built_spec.get_built_walk(scene)
        if built is not None:
            kernels[props.number] = built.spec.layer.kernel[0]
    return kernels


def read_scene(scene: Any) -> list[Any]:
    """Return what a walk sets of its scene."""
    return [scene.camera, scene.world, scene.frame_start, scene.frame_end, scene.render.engine, scene.render.fps]


def read_walk(scene: Any, number: int) -> list[Any]:
    """Return the objects of a walk, with their places, data and materials."""
    with active_walk.acting_on(scene, number):
        (root,) = ownership.find_root_collections(scene)
    bpy.context.view_layer.update()
    return [
        (built, [*map(tuple, built.matrix_world)], built.data, [slot.material for slot in built.material_slots])
        for built in ownership.get_built_objects(root)
    ]


@pytest.fixture
def pair(scene: Any) -> Any:
    """Return a scene with a walk of a 3×3 kernel, which sets it up, and an active one of a 2×2 kernel."""
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.add_walk()
    scene.kernelwalk_more_walks[0].layer.kernel = (2, 2, 2)
    bpy.ops.kernelwalk.generate()
    return scene


def test_a_second_walk_stands_beside_the_first_and_leaves_it_and_the_scene_as_they_are(scene: Any) -> None:
    from kernelwalk.ui.walks import surroundings

    started = read_scene(scene)
    bpy.ops.kernelwalk.generate()
    alone, settings, frame = read_walk(scene, 1), read_scene(scene), scene.frame_current
    run_with_undo(bpy.ops.kernelwalk.add_walk)
    scene = bpy.data.scenes[0]
    scene.kernelwalk_more_walks[0].layer.kernel = (2, 2, 2)
    run_with_undo(bpy.ops.kernelwalk.generate)
    scene = bpy.data.scenes[0]
    assert list_kernels(scene) == {1: 3, 2: 2} and (read_scene(scene), scene.frame_current) == (settings, frame)
    assert [state[1:] for state in read_walk(scene, 1)] == [state[1:] for state in alone]
    (root,) = ownership.find_root_collections(scene)
    assert placement.get_location(root).any() and {"Input 2", "Output 2"} <= set(scene.objects.keys())
    assert "Labels 2" in {room.name for room in root.children}
    for number in (1, 2):
        bpy.ops.kernelwalk.choose_walk(number=number)
        assert not surroundings.get_surroundings(bpy.context).obstacles
    bpy.ops.kernelwalk.clear()
    assert list_kernels(scene) == {1: 3} and read_scene(scene) == settings
    assert [state[1:] for state in read_walk(scene, 1)] == [state[1:] for state in alone]
    bpy.ops.ed.undo()
    scene = bpy.data.scenes[0]
    assert list_kernels(scene) == {1: 3}
    bpy.ops.ed.redo()
    scene = bpy.data.scenes[0]
    assert list_kernels(scene) == {1: 3, 2: 2}
    bpy.ops.kernelwalk.remove_walk()
    bpy.ops.kernelwalk.clear()
    assert read_scene(scene)[2:] == started[2:] and (scene.camera.name, scene.world.name) == ("Camera", "World")
    assert sorted(item.name for item in scene.objects) == ["Camera", "Cube", "Light"]
    assert not scene.objects["Cube"].hide_render
    assert not [data for data in ownership.list_datablocks() if ownership.is_tagged(data)]


def test_one_walk_sets_the_scene_up_and_clear_of_that_one_gives_it_back(pair: Any) -> None:
    second = pair.kernelwalk_more_walks[0]
    assert (pair.kernelwalk.setup, second.setup) == (True, False)
    second.walk.frames_per_step = 20
    second.setup = True
    bpy.ops.kernelwalk.generate()
    assert not pair.kernelwalk.setup and pair.camera.name == "Kernelwalk Camera 2" and pair.frame_end > 600
    settings = read_scene(pair)
    bpy.ops.kernelwalk.choose_walk(number=1)
    pair.kernelwalk.layer.stride = (2, 2, 2)
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.clear()
    assert list_kernels(pair) == {2: 2} and read_scene(pair) == settings
    assert pair.objects["Cube"].hide_render, "it stood in the way of the first walk"
    bpy.ops.kernelwalk.choose_walk(number=2)
    bpy.ops.kernelwalk.clear()
    assert (pair.camera.name, pair.world.name, pair.frame_end) == ("Camera", "World", 250)
    assert not pair.objects["Cube"].hide_render


def test_the_panel_tells_which_walk_sets_the_scene_up_and_whether_it_has(pair: Any) -> None:
    from kernelwalk.ui.builds.live_update import draw_status
    from kernelwalk.ui.walks.walk_operators import draw_walks

    second = pair.kernelwalk_more_walks[0]
    assert draw(draw_walks)[0].endswith("Walk 1 sets the scene up")
    pair.kernelwalk.live = second.live = False
    second.setup = True
    assert draw(draw_status)[0].endswith("The scene shows earlier settings. Press Generate")
    bpy.ops.kernelwalk.choose_walk(number=1)
    assert draw(draw_walks)[0].endswith("Walk 2 sets the scene up at its next Generate")
    assert draw(draw_status)[0].endswith("The scene shows earlier settings. Generate Walk 2 first")
    bpy.ops.kernelwalk.choose_walk(number=2)
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.choose_walk(number=1)
    assert draw(draw_walks)[0].endswith("Walk 2 sets the scene up")
    assert draw(draw_status)[0].endswith("Text and lines are for another camera or world. Press Generate")


@pytest.mark.parametrize("remove", ["clear", "remove_walk"])
def test_the_scene_keeps_a_camera_where_a_walk_goes_whose_camera_was_chosen_by_hand(pair: Any, remove: str) -> None:
    pair.camera = pair.objects["Kernelwalk Camera 2"]
    getattr(bpy.ops.kernelwalk, remove)()
    assert pair.camera.name == "Kernelwalk Camera"
    bpy.ops.kernelwalk.choose_walk(number=1)
    bpy.ops.kernelwalk.clear()
    assert pair.camera.name == "Camera"


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
@pytest.mark.parametrize("chosen", ["Kernelwalk Camera", "Kernelwalk Camera 2"])
@pytest.mark.parametrize("remove", ["clear", "move_to_own_scene"])
def test_the_users_camera_comes_back_after_all_walks_whichever_camera_was_chosen_between(
    pair: Any, chosen: str, order: tuple[int, int], remove: str
) -> None:
    pair.camera = pair.objects[chosen]
    pair.kernelwalk.layer.kernel = (1, 1, 1)
    for number in (1, 2):  # both are built again meanwhile
        bpy.ops.kernelwalk.choose_walk(number=number)
        bpy.ops.kernelwalk.generate()
    assert pair.camera.name == chosen
    for number in order:
        bpy.context.window.scene = pair
        bpy.ops.kernelwalk.choose_walk(number=number)
        getattr(bpy.ops.kernelwalk, remove)()
        assert pair.camera is not None
    assert (pair.camera.name, pair.world.name) == ("Camera", "World")


def test_settings_are_copied_whole_and_without_consequences_and_stay_apart(scene: Any) -> None:
    from kernelwalk.ui.fields import settings_copy, walk_settings
    from kernelwalk.ui.settings import spec_properties

    for name in ("receptive_field", "digit", "mathematica"):
        spec_properties.write_spec(load_preset(name), scene.kernelwalk)
        scene.kernelwalk.look.gap = 0.25
        expected = spec_properties.read_spec(scene.kernelwalk)
        scene.kernelwalk.output.folder = f"//{name}"
        bpy.ops.kernelwalk.add_walk()
        first, *others = walk_settings.list_settings(scene)
        assert [spec_properties.read_spec(props) for props in (first, others[-1])] == [expected] * 2
        assert others[-1].output.folder == f"//{name}" and not others[-1].setup
        others[-1].look.template = "dark"
        assert spec_properties.read_spec(first) == expected, "the template of the other walk has changed"
        bpy.ops.kernelwalk.choose_walk(number=1)
    last = spec_properties.read_spec(others[-1])
    assert [props.number for props in others] == [2, 3, 4]
    bpy.ops.kernelwalk.remove_walk()
    assert [props.number for props in walk_settings.list_settings(scene)] == [2, 3, 4]
    assert walk_settings.active_settings(scene).number == 2
    assert spec_properties.read_spec(walk_settings.settings_of(scene, 4)) == last
    settings_copy.copy_settings(walk_settings.settings_of(scene, 4), scene.kernelwalk)
    assert spec_properties.read_spec(scene.kernelwalk) == last


@pytest.mark.thorough
def test_a_walk_in_a_linked_copy_of_a_scene_stands_where_it_stood(pair: Any) -> None:
    (root,) = ownership.find_root_collections(pair)
    bpy.ops.scene.new(type="LINK_COPY")
    copied = bpy.context.scene
    copied.kernelwalk_more_walks[0].layer.kernel = (1, 1, 1)
    bpy.ops.kernelwalk.generate()
    assert (list_kernels(pair), list_kernels(copied)) == ({1: 3, 2: 2}, {1: 3, 2: 1})
    (own,) = ownership.find_root_collections(copied)
    assert placement.get_location(own).tolist() == placement.get_location(root).tolist()


def test_live_steps_markers_and_clicks_belong_to_one_walk(pair: Any) -> None:
    from kernelwalk.ui.builds import live_update
    from kernelwalk.ui.walks import walk_follower

    first, second = pair.kernelwalk, pair.kernelwalk_more_walks[0]
    before = read_walk(pair, 1)
    second.layer.kernel = (4, 4, 4)
    live_update.update_pending_scenes()
    assert list_kernels(pair) == {1: 3, 2: 4} and read_walk(pair, 1) == before
    first.layer.kernel = (1, 1, 1)  # by a script, while the second walk is active
    live_update.update_pending_scenes()
    assert list_kernels(pair) == {1: 1, 2: 4} and active_walk.get_active_number(pair) == 2
    first.walk.frames_per_step, first.steps.markers, second.steps.markers = 20, True, True
    live_update.update_pending_scenes()
    second.steps.step = 3
    assert (first.steps.step, second.steps.step) == (1, 3), "a step of the first takes 20 frames, one of the second 12"
    names = {marker.name for marker in pair.timeline_markers}
    assert {"Step 48", "Walk 2 Step 15"} <= names
    first.steps.markers = False
    assert {name.startswith("Walk 2 ") for name in (marker.name for marker in pair.timeline_markers)} == {True}
    output, view = pair.objects["Output"], bpy.context.evaluated_depsgraph_get()
    above = output.matrix_world @ output.data.polygons[0].center + Vector((0, 0, 9))
    picked = tile_picking.pick_tile(pair, view, above, Vector((0, 0, -1)))
    assert picked is not None and picked[0] == 1
    for name, number in (("Output", 1), ("Cube", 1), ("Kernelwalk Camera 2", 2)):
        bpy.context.view_layer.objects.active = pair.objects[name]
        walk_follower.follow_active_object()  # Blender calls it from its event loop alone
        assert active_walk.get_active_number(pair) == number


def test_a_walk_moves_to_its_own_scene_and_its_files_have_names_of_their_own(pair: Any, tmp_path: Path) -> None:
    from kernelwalk.ui.fields import walk_settings
    from kernelwalk.ui.output import render_buttons, render_files
    from kernelwalk.ui.walks import walk_operators

    pair.kernelwalk_more_walks[0].name, pair.kernelwalk_more_walks[0].output.folder = "Small", str(tmp_path)
    assert "Walk 1 sets the scene up" in draw(walk_operators.draw_walks)[0]
    shown = "The picture shows all walks, at the frames of Small, as the camera of Walk 1 sees them"
    assert shown in draw(render_buttons.draw_render_buttons)[0]
    assert render_files.output_path(pair, True) == tmp_path / "Convolution (Small).mp4"
    lights = [item for item in pair.objects if item.name.startswith("Sun")]
    linked = {light.name: light.light_linking.receiver_collection for light in lights}
    assert linked == {"Sun": bpy.data.collections["Convolution"], "Sun 2": bpy.data.collections["Convolution 2"]}
    bpy.ops.kernelwalk.move_to_own_scene()
    own = bpy.context.scene
    assert (list_kernels(pair), list_kernels(own)) == ({1: 3}, {2: 2})
    assert [len(walk_settings.list_settings(scene)) for scene in (pair, own)] == [1, 1]
    assert (pair.camera.name, own.camera.name) == ("Kernelwalk Camera", "Kernelwalk Camera 2")
    assert {light.light_linking.receiver_collection for light in lights} == {None}
    bpy.ops.kernelwalk.generate()
    assert own.frame_end == 456 and list_kernels(own) == {2: 2}
