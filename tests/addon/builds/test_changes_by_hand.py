# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user has changed by hand in a walk stays over changes of settings, or is named before it goes."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.scene.builds import built_spec, hand_losses, ownership  # noqa: E402  # only where there is a Blender
from kernelwalk.ui.builds import changes_by_hand, generation, live_update  # noqa: E402

from ..text_layout import draw  # noqa: E402

Walk = Any


@pytest.fixture
def walk(scene: Any) -> Walk:
    """Return the objects of a generated walk by their names, and its scene as `scene`."""
    bpy.ops.kernelwalk.generate()
    return SimpleNamespace(scene=scene, objects=bpy.data.objects)


def change_kernel(scene: Any, size: int) -> bool:
    """Change the kernel's size with Live on, and return whether the walk follows."""
    scene.kernelwalk.layer.kernel = (size,) * 3
    live_update.update_pending_scenes()
    return bool(built_spec.get_built_walk(scene).spec.layer.kernel == (size, size))


def make_material() -> Any:
    return bpy.data.materials.get("Mine") or bpy.data.materials.new("Mine")


def hide_in_view(objects: Any) -> None:
    objects["Input"].hide_set(True)
    objects["Kernelwalk Camera"].hide_set(True)


def hide_collections(_objects: Any) -> None:
    collections, layer = bpy.data.collections, bpy.context.view_layer.layer_collection.children["Convolution"].children
    collections["Labels"].hide_viewport = collections["Convolution"].hide_render = True
    layer["Light and Floor"].exclude = layer["Labels"].hide_viewport = True


def read_hidden_collections(_objects: Any) -> list[Any]:
    collections, layer = bpy.data.collections, bpy.context.view_layer.layer_collection.children["Convolution"].children
    flags = [[layer[name].exclude, layer[name].hide_viewport] for name in ("Light and Floor", "Labels", "Camera")]
    return [collections["Labels"].hide_viewport, collections["Convolution"].hide_render, *flags]


def hide(objects: Any) -> None:
    objects["Output"].hide_render = objects["Floor"].hide_viewport = True


def move(objects: Any) -> None:
    objects["Output"].location.x, objects["Output"].scale.y, objects["Sun"].location.z = 1.5, 2, 7


def rename(objects: Any) -> None:
    objects["Caption"].name, objects["Output"].name = "What it says", "My output"


def rename_collections(_objects: Any) -> None:
    bpy.data.collections["Convolution"].name, bpy.data.collections["Labels"].name = "My walk", "My words"


def make_selectable(objects: Any) -> None:
    objects["Floor"].hide_select = False


def select(objects: Any) -> None:
    for each in bpy.context.scene.objects:
        each.select_set(each.name == "Connectors")
    bpy.context.view_layer.objects.active = objects["Connectors"]


def place_camera(objects: Any) -> None:
    camera = objects["Kernelwalk Camera"]
    camera.location, camera.data.type, camera.data.lens = (1, 2, 30), "PERSP", 35


def put_material(objects: Any) -> None:
    objects["Output"].data.materials[0] = make_material()


def write_text(objects: Any) -> None:
    objects["Output Size"].data.body = "small"


def delete(objects: Any) -> None:
    objects.remove(objects["Connectors"])
    (collection,) = objects["Caption"].users_collection
    collection.objects.unlink(objects["Caption"])


def add_below(objects: Any) -> None:
    mine = bpy.data.objects.new("Mine", None)
    bpy.context.scene.collection.objects.link(mine)
    mine.parent = objects["Output"]
    mine.constraints.new("COPY_LOCATION").target = objects["Input"]
    objects["Output"].modifiers.new("Mine", "BEVEL")
    objects["Input"].constraints.new("LIMIT_SCALE")


def set_up(objects: Any) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.cycles.samples, scene.frame_end = 30, 77, 99
    scene.world = bpy.data.worlds.new("Mine")
    objects["Sun"].data.energy = 9


READINGS: dict[Callable[[Any], None], Callable[[Any], list[Any]]] = {
    hide_in_view: lambda all: [all["Input"].hide_get(), all["Kernelwalk Camera"].hide_get()],
    hide_collections: read_hidden_collections,
    hide: lambda all: [all["Output"].hide_render, all["Floor"].hide_viewport],
    move: lambda all: [*all["Output"].location, *all["Output"].scale, *all["Sun"].location],
    rename: lambda all: [all["What it says"].type, all["My output"].type, "Caption" in all, "Output" in all],
    rename_collections: lambda _: [
        name in bpy.data.collections for name in ("Convolution", "Labels", "My walk", "My words")
    ],
    make_selectable: lambda all: [all["Floor"].hide_select],
    select: lambda all: [[each.name for each in bpy.context.selected_objects], bpy.context.active_object.name],
    place_camera: lambda all: [
        *all["Kernelwalk Camera"].location, all["Kernelwalk Camera"].data.type, all["Kernelwalk Camera"].data.lens
    ],
    put_material: lambda all: [all["Output"].material_slots[0].material.name],
    write_text: lambda all: [all["Output Size"].data.body, all["Input Size"].data.body],
    delete: lambda all: [name in bpy.context.scene.objects for name in ("Connectors", "Caption", "Output")],
    add_below: lambda all: [
        all["Mine"].parent.name, all["Mine"].constraints[0].target.name, all["Output"].modifiers[-1].name,
        [each.type for each in all["Input"].constraints], len(all["Output"].modifiers),
    ],
    set_up: lambda all: [
        bpy.context.scene.render.fps, bpy.context.scene.cycles.samples, bpy.context.scene.world.name,
        all["Sun"].data.energy,
    ],
}  # fmt: skip
"""A user's deed → what it is seen by."""


@pytest.mark.parametrize("deed", READINGS, ids=lambda deed: deed.__name__)
def test_a_users_deed_stays_over_changes_until_it_is_reset(walk: Walk, deed: Callable[[Any], None]) -> None:
    read = READINGS[deed]
    before = None if deed in (rename, add_below) else read(walk.objects)
    deed(walk.objects)
    done = read(walk.objects)
    assert done != before
    for size in (5, 3):
        assert change_kernel(walk.scene, size)
        assert read(walk.objects) == done
    bpy.ops.kernelwalk.generate()
    assert read(walk.objects) == done
    names = ("Input", "Output", "Caption", "Kernelwalk Camera")
    if deed not in (select, add_below, set_up):
        assert draw(changes_by_hand.draw_changes)[0].startswith("Changed by hand, and kept: ")
    if deed not in (select, add_below):
        assert bpy.ops.kernelwalk.reset_changes() == {"FINISHED"}
        assert all(name in walk.scene.objects for name in names)
        assert before is None or read(walk.objects) == before
        assert not changes_by_hand.find_changes(walk.scene).kept


def test_the_panel_names_hidden_collections_each_once(walk: Walk) -> None:
    hide_collections(walk.objects)
    bpy.context.view_layer.update()
    text = draw(changes_by_hand.draw_changes)[0]
    assert text == "Changed by hand, and kept: Convolution, Labels and Light and Floor"
    bpy.context.view_layer.layer_collection.children["Convolution"].exclude = True
    bpy.data.collections["Labels"].hide_viewport = False
    assert changes_by_hand.find_changes(walk.scene).kept == ("Convolution",), "with it go all collections in it"
    bpy.ops.kernelwalk.reset_changes()
    layer = bpy.context.view_layer.layer_collection.children["Convolution"]
    assert not any(part.exclude or part.hide_viewport for part in (layer, *layer.children))


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("Input Size", "visible_shadow"),
        ("Input", "visible_shadow"),
        ("Twin of Input", "hide_select"),
        ("Connectors Seen Through", "hide_select"),
    ],
)
def test_a_flag_that_each_build_sets_stays_as_a_user_has_set_it(walk: Walk, name: str, flag: str) -> None:
    built = walk.objects[name]
    before = getattr(built, flag)
    setattr(built, flag, not before)
    for size in (5, 3):
        assert change_kernel(walk.scene, size)
        assert getattr(built, flag) is not before and changes_by_hand.find_changes(walk.scene).kept == (name,)
    bpy.ops.kernelwalk.reset_changes()
    assert getattr(walk.objects[name], flag) is before


def test_what_was_moved_moves_on_with_its_place(walk: Walk) -> None:
    size = walk.objects["Input Size"]
    start = size.location.copy()
    size.location.x += 2
    walk.scene.kernelwalk.layer.input = (9, 9, 9)
    live_update.update_pending_scenes()
    moved = size.location.copy()
    bpy.ops.kernelwalk.reset_changes()
    place = walk.objects["Input Size"].location
    assert place != start and moved.x - place.x == pytest.approx(2, abs=1e-5) and moved.yz == place.yz


def test_a_hidden_label_is_hidden_when_it_comes_back(walk: Walk) -> None:
    walk.objects["Caption"].hide_render = True
    for shown in (False, True):
        walk.scene.kernelwalk.labels.caption = shown
        live_update.update_pending_scenes()
    assert walk.objects["Caption"].hide_render


def test_a_camera_placed_by_hand_stays_until_a_setting_of_the_camera_changes_and_the_panel_says_so(walk: Walk) -> None:
    from kernelwalk.ui import panels

    place_camera(walk.objects)
    assert changes_by_hand.get_changes(walk.scene).camera
    assert hasattr(panels, "KERNELWALK_PT_camera")
    walk.scene.kernelwalk.camera.elevation = 50
    live_update.update_pending_scenes()
    assert walk.objects["Kernelwalk Camera"].data.type == "ORTHO"
    changes_by_hand._cache.forget()
    assert not changes_by_hand.get_changes(walk.scene).camera


def edit_mesh(objects: Any) -> None:
    objects["Input"].data.vertices[3].co.z += 1


def edit_nodes(_objects: Any) -> None:
    bpy.data.materials["Output tiles"].node_tree.nodes.new("ShaderNodeValue")


def add_keyframe(objects: Any) -> None:
    objects["Connectors"].keyframe_insert("location", frame=7)


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        (edit_mesh, "the mesh of Input"),
        (edit_nodes, "the nodes of the material Output tiles"),
        (add_keyframe, "the keyframes of Connectors"),
    ],
)
def test_live_updates_wait_and_generate_asks_before_they_undo_an_edit(
    walk: Walk, deed: Callable[[Any], None], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not changes_by_hand.find_losses(walk.scene)
    deed(walk.objects)
    assert not change_kernel(walk.scene, 2), "nothing is undone without a word"
    changes_by_hand._cache.forget()
    assert f"Generate would undo your changes of {what}" in draw(changes_by_hand.draw_changes)[0]
    assert "Live updates wait" in draw(live_update.draw_status)[0]
    asked: list[str] = []
    manager = SimpleNamespace(invoke_confirm=lambda *_, message, **__: asked.append(message) or {"RUNNING_MODAL"})
    context = SimpleNamespace(scene=walk.scene, window_manager=manager)
    assert generation.KERNELWALK_OT_generate.invoke(None, context, None) == {"RUNNING_MODAL"}
    assert asked == [f"This undoes what you have changed by hand: {what}"]
    bpy.ops.kernelwalk.generate()
    assert change_kernel(walk.scene, 3) and not changes_by_hand.find_losses(walk.scene)


def test_the_panel_looks_for_losses_only_after_what_follows_a_live_update(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        assert change_kernel(walk.scene, 2)
        patched.setattr(hand_losses, "find_losses", None)
        assert not changes_by_hand.get_changes(walk.scene).losses
        assert change_kernel(walk.scene, 3), "nor does the next one look"
    edit_mesh(walk.objects)
    bpy.context.view_layer.update()
    assert changes_by_hand.get_changes(walk.scene).losses == ("the mesh of Input",)


def test_a_mesh_is_not_read_while_it_is_edited(walk: Walk) -> None:
    bpy.context.view_layer.objects.active = walk.objects["Input"]
    bpy.ops.object.mode_set(mode="EDIT")
    assert not changes_by_hand.find_losses(walk.scene), "Blender 5 has no positions of vertices then"


def test_nodes_of_another_blenders_file_are_not_taken_for_changed(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_nodes(walk.objects)
    edit_mesh(walk.objects)
    monkeypatch.setattr(hand_losses, "bpy", SimpleNamespace(app=SimpleNamespace(version=(9, 0, 0)), types=bpy.types))
    assert changes_by_hand.find_losses(walk.scene) == ["the mesh of Input"]


def test_a_copy_of_the_whole_walk_is_the_users(walk: Walk) -> None:
    (root,) = ownership.find_root_collections(walk.scene)
    copy = root.copy()
    walk.scene.collection.children.link(copy)
    twin = walk.objects["Input"].copy()
    copy.objects.link(twin)
    assert change_kernel(walk.scene, 2)
    bpy.ops.kernelwalk.clear()
    assert copy in list(walk.scene.collection.children) and twin.name in copy.objects
    assert not ownership.find_root_collections(walk.scene)


def test_a_full_copy_of_a_scene_has_no_changes_by_hand_but_those_of_the_first(walk: Walk) -> None:
    bpy.ops.scene.new(type="FULL_COPY")
    copied = bpy.context.scene
    assert changes_by_hand.find_changes(copied) == changes_by_hand.ChangesByHand()
    assert change_kernel(copied, 2)
    assert changes_by_hand.find_changes(copied) == changes_by_hand.ChangesByHand()
    copied.objects["Output.001"].name = "Mine"
    assert changes_by_hand.find_changes(copied).kept == ("Mine",)


@pytest.mark.parametrize("title", ["T" * 63, "T" + "é" * 31, "T" + 20 * "五" + "é"])
def test_a_full_copy_cuts_a_long_title_which_is_no_change_by_hand(walk: Walk, title: str) -> None:
    walk.scene.kernelwalk.title = title
    bpy.ops.kernelwalk.generate()
    for _ in range(2):
        bpy.ops.scene.new(type="FULL_COPY")
        copied = bpy.context.scene
        assert changes_by_hand.find_changes(copied) == changes_by_hand.ChangesByHand()
        assert change_kernel(copied, 2)
        assert changes_by_hand.find_changes(copied) == changes_by_hand.ChangesByHand()
    (root,) = ownership.find_root_collections(copied)
    root.name = "Mine"
    assert changes_by_hand.find_changes(copied).kept == ("Mine",)
