# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels in Blender match the plan's boxes, are seen by the camera alone, and are removed completely."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from kernelwalk.core import make_plan, spec_from_table
from PIL import Image

from ..helpers import (
    LAYERS,
    FrameRenderer,
    Vector,
    bpy,
    build_and_apply,
    build_scene,
    clear_scene,
    find_full_frame_reason,
    linear_to_srgb,
    ownership,
    project_by_blender,
    render_frame,
)

ALL = {"equation": True, "position": True, "indices": True, "legend": True}
LAYER = LAYERS["strided, leaving cells unused"]


def make_labeled_plan(**sections):
    usual = {
        "title": "Ångström: a test",
        "layer": LAYER,
        "labels": ALL,
        "walk": {"frames_per_step": 4, "lead_in": 2, "lead_out": 2},
        "render": {"resolution": [320, 240], "samples": 2},
    }
    return make_plan(spec_from_table({**usual, **sections}))


def find_text_objects(scene):
    return [item for item in scene.objects if item.type == "FONT"]


def project_extent(scene, text_object):
    """Return left, bottom, right and top of an object in the picture, in pixels."""
    bpy.context.view_layer.update()
    made = text_object.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = made.to_mesh()
    points = np.array(
        [project_by_blender(scene, scene.camera, made.matrix_world @ vertex.co) for vertex in mesh.vertices]
    )
    made.to_mesh_clear()
    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    return (*(points[:, :2].min(axis=0) * size), *(points[:, :2].max(axis=0) * size)), points[:, 2]


@pytest.mark.parametrize("camera", [{}, {"azimuth": -120, "elevation": 12}, {"azimuth": 0, "elevation": 90}])
def test_labels_fill_the_boxes_of_the_plan_and_face_the_camera(scene, camera):
    made = make_labeled_plan(camera=camera)
    build_and_apply(made, scene)
    by_text = {}
    for label in made.labels:
        by_text.setdefault(label.text, []).append(label)
    for item in find_text_objects(scene):
        if item.name.startswith("Position"):
            continue
        extents, depths = project_extent(scene, item)
        boxes = [label.box for label in by_text[item.data.body]]
        nearest = min(boxes, key=lambda box: abs(box[0] - extents[0]) + abs(box[1] - extents[1]))
        assert extents[0] > nearest[0] - 0.3, item.name
        assert extents[1] > nearest[1] - 0.3, item.name
        assert extents[2] < nearest[2] + 0.3, item.name
        assert extents[3] < nearest[3] + 0.3, item.name
        assert extents[2] - extents[0] > 0.55 * (nearest[2] - nearest[0]), item.name
        assert np.ptp(depths) < 1e-3  # in a plane that faces the camera
        assert depths.min() > scene.camera.data.clip_start


TITLES = ("卷积层 3×3", "קונבולוציה (3)", "∫⟶∂", "★☃", "Свёртка Συνέλιξη")


def check_title_is_as_measured(scene, made):
    """Check that a plan's title fills its box, in one font that is packed into the file; return its label."""
    (label,) = [label for label in made.labels if label.role == "title"]
    build_and_apply(made, scene)
    (item,) = [item for item in find_text_objects(scene) if item.name.startswith("Title")]
    extents, _ = project_extent(scene, item)
    assert extents[0] > label.box[0] - 0.5, label.text
    assert extents[2] < label.box[2] + 0.5, label.text
    assert extents[1] > label.box[1] - 0.5, label.text
    assert extents[3] < label.box[3] + 0.5, label.text
    # letters have room at both sides
    assert extents[2] - extents[0] > 0.88 * (label.box[2] - label.box[0]), label.text
    assert item.data.font.filepath == f"//{Path(label.font.file).name}"
    assert item.data.font.packed_file
    return label


def test_titles_in_other_scripts_are_as_wide_as_measured_and_have_no_boxes(scene):
    for title in TITLES:
        check_title_is_as_measured(scene, make_labeled_plan(title=title, labels={"names": False, "caption": False}))


OWN_FONTS = {
    "DejaVuSansMono": ("A title (3×3) = ½·Ωж", []),
    "NotoSansEthiopic-Regular": ("ኮንቮሉሽን", []),
    "Noto Sans CJK Regular": ("AVAT 卷积 to", [pytest.mark.thorough]),  # of 16 MB, with PostScript outlines
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks) for name, (_, marks) in OWN_FONTS.items()])
def test_titles_in_a_font_of_ones_own_are_as_wide_as_measured(scene, tmp_path, name):
    """The fonts are Blender's, unpacked. Between two bars, a title is as long as its letters are wide."""
    source = TTFont(Path(bpy.utils.system_resource("DATAFILES", path="fonts")) / f"{name}.woff2")
    source.flavor = None
    path = tmp_path / "own.ttf"
    source.save(path)
    labels = {"names": False, "caption": False, "font": str(path)}
    label = check_title_is_as_measured(scene, make_labeled_plan(title=OWN_FONTS[name][0], labels=labels))
    assert label.font.file == str(path)
    curve = bpy.data.curves.new("Measure", "FONT")
    curve.font = next(font for font in bpy.data.fonts if font.filepath == "//own.ttf")
    curve.size = label.font.max_ascent + label.font.max_descent
    text = bpy.data.objects.new("Measure", curve)
    scene.collection.objects.link(text)
    widths = []
    for curve.body in ("||", f"|{label.text}|"):
        bpy.context.view_layer.update()
        widths.append(text.dimensions.x)
    assert widths[1] - widths[0] == pytest.approx(label.font.width(label.text), abs=2e-3)


def test_labels_have_exact_colors_and_change_no_other_pixels(scene, tmp_path):
    made = make_labeled_plan(render={"resolution": [640, 400], "samples": 2})
    build_and_apply(made, scene)
    with_words = render_frame(scene, 9, tmp_path / "with.png")
    for item in scene.objects:
        if item.type == "FONT" or item.name.startswith("Legend"):
            item.hide_render = True
    without = render_frame(scene, 9, tmp_path / "without.png")
    changed = (with_words != without).any(axis=2)
    boxes = [label.box for label in made.labels] + [swatch.box for swatch in made.swatches] + [made.counter_box]
    inside = np.zeros_like(changed)
    for left, bottom, right, top in boxes:
        inside[int(400 - top) - 1 : int(400 - bottom) + 2, int(left) - 1 : int(right) + 2] = True
    assert not (changed & ~inside).any()
    for label in made.labels:
        if label.role not in ("title", "name"):
            continue  # thinner than a pixel
        left, bottom, right, top = (round(side) for side in label.box)
        own = with_words[400 - top : 400 - bottom, left:right].reshape(-1, 3)
        assert (np.abs(own - linear_to_srgb(np.array(label.color))).max(axis=1) < 25).any(), label.text
    for swatch in made.swatches:
        x, y = (round((swatch.box[side] + swatch.box[side + 2]) / 2) for side in (0, 1))
        assert np.abs(with_words[400 - y, x] - linear_to_srgb(np.array(swatch.color))).max() <= 1


def test_the_counter_shows_the_current_step(scene):
    made = make_labeled_plan()
    build_and_apply(made, scene)
    for frame in list(made.frames)[::3]:
        scene.frame_set(frame)
        seen = []
        for item in find_text_objects(scene):
            if item.name.startswith("Position"):
                x, _, depth = project_by_blender(scene, scene.camera, item.matrix_world.translation)
                if depth > scene.camera.data.clip_start:
                    seen.append((x, item.data.body))
        step = made.spec.walk.step_at(frame, made.spec.step_count)
        shown = "".join(text for _, text in sorted(seen))
        if step is None:
            assert shown == ""
        else:
            x, y = made.spec.walk_order.positions[step][:2].astype(int)
            assert shown == f"Output ({y}, {x})"


@pytest.mark.parametrize("walk", [{}, {"lead_in": 0, "lead_out": 0, "easing": "step"}])
def test_regions_match_the_full_picture(scene, tmp_path, walk):
    made = make_labeled_plan(walk={"frames_per_step": 4, **walk})
    build_and_apply(made, scene)
    assert not find_full_frame_reason(made, scene)
    parts, full = (FrameRenderer(made, scene, tmp_path, why) for why in ("", "to compare"))
    base = tmp_path / "still.png"
    parts.render_frame(parts.base_frame, tmp_path / "none").rename(base)
    for frame in list(made.frames)[2::14]:
        actual, expected = ((rendered_by(item, frame, base)) for item in (parts, full))
        assert not parts.full_frame_reason
        assert np.array_equal(actual, expected), f"frame {frame}"
    shown = [np.array(made.counter_box).round().astype(int)]
    left, bottom, right, top = shown[0]
    frames = [made.spec.walk.start_frame(step) for step in (0, 1)]
    first, second = (rendered_by(parts, frame, base)[240 - top : 240 - bottom, left:right] for frame in frames)
    assert (first != second).any()


def rendered_by(pictures, frame, base):
    with Image.open(pictures.render_frame(frame, base)) as file:
        return np.asarray(file.convert("RGB")).astype(int)


def contents():
    return {
        kind: sorted(data.name for data in getattr(bpy.data, kind)) for kind in ownership.list_datablock_collections()
    }


def test_building_again_replaces_labels_and_clearing_removes_them(scene):
    before = contents()
    build_scene(make_labeled_plan(), scene)
    once = contents()
    build_scene(make_labeled_plan(), scene)
    assert contents() == once
    build_scene(make_labeled_plan(labels={"title": False, "names": False, "caption": False}), scene)
    assert not find_text_objects(scene)
    assert not [font for font in bpy.data.fonts if ownership.is_tagged(font)]
    build_scene(make_labeled_plan(look={"tiles": "objects"}), scene)
    clear_scene(scene)
    assert contents() == before


def test_a_users_own_text_and_font_stay(scene):
    own = bpy.data.objects.new("Mine", bpy.data.curves.new("Mine", "FONT"))
    scene.collection.objects.link(own)
    build_scene(make_labeled_plan(), scene)
    clear_scene(scene)
    assert own.data.font.name.startswith("Bfont")
    assert list(scene.objects) == [own]


def test_a_saved_file_contains_its_fonts_and_looks_the_same(scene, tmp_path):
    made = make_labeled_plan()
    build_and_apply(made, scene)
    first = render_frame(scene, 9, tmp_path / "first.png")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    fonts = [font for font in bpy.data.fonts if ownership.is_tagged(font)]
    assert {font.filepath for font in fonts} == {"//regular.ttf", "//strong.ttf"}
    assert all(font.packed_file for font in fonts)
    assert np.array_equal(first, render_frame(bpy.context.scene, 9, tmp_path / "second.png"))


def test_only_the_camera_sees_labels_and_it_carries_those_in_corners(scene):
    made = make_labeled_plan()
    built = build_and_apply(made, scene)
    for item in find_text_objects(scene):
        assert not any(getattr(item, f"visible_{ray}") for ray in ("shadow", "diffuse", "glossy", "transmission"))
        assert item.parent == (None if re.search("Name|Size|Index", item.name) else scene.camera)
    camera = scene.camera
    title = next(item for item in find_text_objects(scene) if item.name.startswith("Title"))
    bpy.context.view_layer.update()
    before = project_by_blender(scene, camera, title.matrix_world.translation)
    camera.location += Vector((3, 1, 2))
    camera.rotation_euler.z += 0.5
    bpy.context.view_layer.update()
    assert project_by_blender(scene, camera, title.matrix_world.translation) == pytest.approx(before, abs=1e-4)
    assert built is not None


@pytest.mark.parametrize("kind", ["orthographic", "perspective"])
def test_labels_face_the_camera_during_its_orbit(scene, kind):
    layer = {"op": "conv", "input": 5, "kernel": 3}
    labels = {"names": True, "title": True, "indices": True}
    made = make_labeled_plan(layer=layer, labels=labels, camera={"projection": kind, "orbit": 50.0})
    built = build_and_apply(made, scene)
    resolution = np.array(made.spec.render.resolution)
    assert any(label.is_facing_camera for label in made.labels)
    for frame in (made.frames[0], made.frames[len(made.frames) // 2], made.frames[-1]):
        scene.frame_set(frame)
        facing = built.camera.matrix_world.to_3x3()
        locations = {}
        for item in find_text_objects(scene):
            assert np.allclose(item.matrix_world.to_3x3(), facing, atol=1e-5), (item.name, frame)
            locations.setdefault(item.data.body, []).append(np.array(item.matrix_world.translation))
        for label in made.labels:
            if label.is_facing_camera:
                assert min(np.linalg.norm(place - label.location) for place in locations[label.text]) < 1e-5
            else:  # fixed in the picture
                view = made.view_at(frame)
                projected = [view.project(place) * resolution for place in locations[label.text]]
                at = made.view.project(np.array(label.location)) * resolution
                assert min(np.abs(place - at).max() for place in projected) < 0.05
