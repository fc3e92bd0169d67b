# SPDX-License-Identifier: GPL-3.0-or-later
"""After Generate the picture holds nothing but the walk; what the panel says of other objects, and its buttons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.scene.builds import built_spec, ownership  # noqa: E402
from kernelwalk.scene.places import placement  # noqa: E402
from kernelwalk.scene.setup import saved_settings  # noqa: E402
from kernelwalk.scene.steps import step_navigation  # noqa: E402
from kernelwalk.ui.builds import live_update  # noqa: E402
from PIL import Image  # noqa: E402

from ..builds.test_generation import run_with_undo  # noqa: E402
from ..text_layout import draw, draw_layout  # noqa: E402

STARTUP_LINE = "Cube and Light of the start-up file are hidden"


def draw_panel() -> tuple[str, list[str]]:
    """Return the text and the buttons that the panel shows of what stands around the walk."""
    from kernelwalk.ui.walks import surroundings

    return draw(surroundings.draw_surroundings)


def make_small_renders(scene: Any, template: str) -> None:
    scene.kernelwalk.look.template = template
    scene.kernelwalk.render.resolution, scene.kernelwalk.render.samples = (80, 45), 4


def render(path: Path) -> Any:
    scene = bpy.context.scene
    scene.render.filepath = str(path)
    scene.render.image_settings.file_format = "PNG"
    bpy.ops.render.render(write_still=True)
    return np.array(Image.open(path).convert("RGB"))


def add_monkey(scene: Any, location: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Any:
    """Add an object of the user's: four corners, named like Blender's monkey."""
    mesh = bpy.data.meshes.new("Suzanne")
    mesh.from_pydata([(1, 1, 1), (-1, -1, 1), (-1, 1, -1), (1, -1, -1)], [], [(0, 1, 2), (0, 1, 3), (0, 2, 3)])
    monkey = bpy.data.objects.new("Suzanne", mesh)
    monkey.location = location
    scene.collection.objects.link(monkey)
    return monkey


@pytest.fixture
def own_scene(scene: Any) -> Iterator[Any]:
    """Yield a scene with a walk and a monkey of the user's among its tiles, seen by the user's camera before."""
    for name in ("Cube", "Light"):
        bpy.data.objects.remove(bpy.data.objects[name])
    add_monkey(scene)
    bpy.ops.kernelwalk.generate()
    yield scene


@pytest.mark.parametrize("template", ["paper", "studio"])
def test_in_the_start_up_file_the_picture_is_that_of_an_empty_file(scene: Any, tmp_path: Path, template: str) -> None:
    make_small_renders(scene, template)
    bpy.ops.kernelwalk.generate()
    started = render(tmp_path / "started.png")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    make_small_renders(bpy.context.scene, template)
    bpy.ops.kernelwalk.generate()
    assert np.array_equal(started, render(tmp_path / "empty.png"))


def test_the_hidden_objects_are_told_and_come_back(scene: Any) -> None:
    bpy.ops.kernelwalk.generate()
    cube, light = scene.objects["Cube"], scene.objects["Light"]
    assert draw_panel() == (STARTUP_LINE, ["show_hidden"])
    bpy.ops.kernelwalk.generate()
    assert draw_panel() == (STARTUP_LINE, ["show_hidden"]), "generating again keeps them hidden"
    assert bpy.ops.kernelwalk.show_hidden() == {"FINISHED"}
    assert not any(item.hide_get() or item.hide_render for item in (cube, light))
    assert not bpy.ops.kernelwalk.show_hidden.poll()
    text, buttons = draw_panel()
    assert text == "Cube stands among the tiles Light shines on the walk"
    assert buttons == ["move_to_own_scene", "place_beside"]
    bpy.ops.kernelwalk.generate()
    assert not cube.hide_get(), "who has shown them wants to see them"
    bpy.ops.kernelwalk.clear()
    bpy.ops.kernelwalk.generate()
    assert cube.hide_render
    bpy.ops.kernelwalk.clear()
    assert not any(item.hide_get() or item.hide_render or item.keys() for item in (cube, light))
    assert draw_panel() == ("", [])


def test_undo_shows_the_start_up_file_again(scene: Any) -> None:
    run_with_undo(bpy.ops.kernelwalk.generate)
    for _ in range(2):
        bpy.ops.ed.undo()
        cube = bpy.data.objects["Cube"]
        assert not cube.hide_get() and not cube.hide_render
        bpy.ops.ed.redo()
        cube = bpy.data.objects["Cube"]
        assert cube.hide_get() and cube.hide_render
        assert draw_panel() == (STARTUP_LINE, ["show_hidden"])


def test_objects_of_the_users_are_told_and_stay(own_scene: Any) -> None:
    assert draw_panel() == ("Suzanne stands among the tiles", ["move_to_own_scene", "place_beside"])
    assert not own_scene.objects["Suzanne"].hide_get()


@pytest.mark.parametrize(("width", "name"), [(253, "To Own Scene"), (300, "Move to Own Scene"), (142, "To Own Scene")])
def test_the_name_of_a_button_is_short_where_another_stands_beside_it(own_scene: Any, width: int, name: str) -> None:
    from kernelwalk.ui.walks import surroundings

    assert draw_layout(surroundings.draw_surroundings, width).names["move_to_own_scene"] == name
    own_scene.objects["Suzanne"].location = (0, 0, -500)
    bpy.context.view_layer.update()
    assert draw_panel() == ("", [])


def test_the_walk_moves_to_a_scene_of_its_own_with_its_settings(own_scene: Any, tmp_path: Path) -> None:
    make_small_renders(own_scene, "paper")
    bpy.ops.kernelwalk.generate()
    step_navigation.go_to_step(own_scene, 7)
    objects, frame = sorted(item.name for item in bpy.data.objects), own_scene.frame_current
    run_with_undo(bpy.ops.kernelwalk.move_to_own_scene)
    first, moved = bpy.data.scenes["Scene"], bpy.context.scene
    assert moved.name == "Convolution"
    assert sorted(item.name for item in first.objects) == ["Camera", "Suzanne"]
    assert "Suzanne" not in moved.objects and sorted(item.name for item in bpy.data.objects) == objects
    assert (first.camera.name, first.world.name, first.frame_end) == ("Camera", "World", 250)
    assert not saved_settings.has_saved(first) and built_spec.get_built_walk(first) is None
    assert (moved.camera.name, moved.frame_current) == ("Kernelwalk Camera", frame)
    assert moved.kernelwalk.render.samples == 4
    assert draw_panel() == ("", [])
    in_own = render(tmp_path / "own.png")
    bpy.ops.ed.undo()
    assert [scene.name for scene in bpy.data.scenes] == ["Scene"]
    assert {"Suzanne", "Output"} <= set(bpy.data.scenes[0].objects.keys())
    bpy.ops.ed.redo()
    bpy.context.window.scene = bpy.data.scenes["Convolution"]
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    make_small_renders(bpy.context.scene, "paper")
    bpy.ops.kernelwalk.generate()
    step_navigation.go_to_step(bpy.context.scene, 7)
    assert np.array_equal(in_own, render(tmp_path / "empty.png"))


def test_clear_in_its_own_scene_leaves_an_empty_scene(own_scene: Any) -> None:
    bpy.ops.kernelwalk.move_to_own_scene()
    bpy.ops.kernelwalk.clear()
    moved = bpy.context.scene
    assert (list(moved.objects), moved.frame_end, list(moved.collection.children)) == ([], 250, [])


def test_what_the_user_has_put_into_the_walks_collection_stays_in_the_first_scene(own_scene: Any) -> None:
    (root,) = ownership.find_root_collections(own_scene)
    monkey, mine = own_scene.objects["Suzanne"], bpy.data.collections.new("Mine")
    root.objects.link(monkey)
    own_scene.collection.objects.unlink(monkey)
    root.children.link(mine)
    bpy.ops.kernelwalk.move_to_own_scene()
    assert monkey.name in own_scene.objects and mine.name in own_scene.collection.children
    assert monkey.name not in bpy.context.scene.objects and mine not in list(root.children)


def test_the_walk_is_placed_beside_and_stays_there(own_scene: Any) -> None:
    run_with_undo(bpy.ops.kernelwalk.place_beside)
    scene = bpy.data.scenes[0]
    (root,) = ownership.find_root_collections(scene)
    location = placement.get_location(root)
    assert location.any() and draw_panel() == ("", [])
    scene.kernelwalk.layer.stride = (2, 2, 2)
    bpy.ops.kernelwalk.generate()
    assert np.array_equal(placement.get_location(root), location) and draw_panel() == ("", [])
    assert tuple(scene.objects["Suzanne"].location) == (0, 0, 1)
    bpy.ops.ed.undo()
    assert placement.ORIGIN_NAME not in bpy.data.objects
    assert draw_panel()[0] == "Suzanne stands among the tiles"


def test_the_walk_comes_to_the_3d_cursor_and_its_location_can_be_typed(own_scene: Any) -> None:
    from kernelwalk.ui.walks import place_panel

    (root,) = ownership.find_root_collections(own_scene)
    assert draw(place_panel.draw_place)[1] == ["place_at_cursor", "place_beside"]
    own_scene.cursor.location = (4.5, -30, 2)
    run_with_undo(bpy.ops.kernelwalk.place_at_cursor)
    scene = bpy.data.scenes[0]
    (root,) = ownership.find_root_collections(scene)
    origin = placement.get_origin(root)
    assert placement.get_location(root).tolist() == [4.5, -30, 2] and scene.camera in origin.children_recursive
    origin.location.x = 9
    scene.kernelwalk.layer.stride = (2, 2, 2)
    bpy.ops.kernelwalk.generate()
    assert placement.get_location(root).tolist() == [9, -30, 2]
    scene.cursor.location = (0, 0, 0)
    bpy.ops.kernelwalk.place_at_cursor()
    assert not placement.get_location(root).any()


def test_many_objects_take_one_line(own_scene: Any) -> None:
    for number in range(4):
        add_monkey(own_scene, (number, 0, 1))
    assert draw_panel()[0] == "Suzanne, Suzanne.001 and 3 more stand among the tiles"


def test_both_buttons_need_a_walk_and_place_beside_one_of_this_version(own_scene: Any) -> None:
    (root,) = ownership.find_root_collections(own_scene)
    del root["kernelwalk_extent"]
    with pytest.raises(RuntimeError, match=r"earlier version.*Press Generate"):
        bpy.ops.kernelwalk.place_beside()
    bpy.ops.kernelwalk.clear()
    assert not bpy.ops.kernelwalk.place_beside.poll() and not bpy.ops.kernelwalk.move_to_own_scene.poll()


def test_in_a_scene_of_its_own_a_walk_has_its_camera_and_its_caption(own_scene: Any) -> None:
    own_scene.kernelwalk.setup = False
    bpy.ops.kernelwalk.generate()
    bpy.ops.kernelwalk.move_to_own_scene()
    live_update.update_pending_scenes()
    moved = bpy.context.scene
    assert moved != own_scene and moved.camera.name == "Kernelwalk Camera" and "Caption" in moved.objects
    assert moved.frame_end == own_scene.frame_end == 250
    bpy.ops.kernelwalk.clear()
    assert moved.camera is None and not moved.objects


def test_a_narrow_sidebar_writes_the_name_of_the_place_as_of_other_fields(scene: Any) -> None:
    from kernelwalk.ui.walks import place_panel

    bpy.ops.kernelwalk.generate()
    assert "Location" not in draw_layout(place_panel.draw_place, 150).text
    scene.cursor.location = (9, 0, 0)
    bpy.ops.kernelwalk.place_at_cursor()
    assert "Location" in draw_layout(place_panel.draw_place, 150).text
    assert "Location" not in draw_layout(place_panel.draw_place, 300).text, "Blender writes it"
