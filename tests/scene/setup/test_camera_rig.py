# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's camera matches the plan's view on every frame, and regions match full pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core.spec.camera_section import VIEWS
from kernelwalk.scene.objects.line_objects import STRAIGHT_PIECES
from kernelwalk.scene.shading.facing_nodes import TUBE_SIDES
from PIL import Image

from ..helpers import (
    FLOAT_TOLERANCE,
    LAYERS,
    FrameRenderer,
    bpy,
    build_and_apply,
    build_scene,
    clear_scene,
    compat,
    find_full_frame_reason,
    find_lines,
    get_evaluated,
    make_test_plan,
    project_by_blender,
)
from ..test_partial import assert_same, make_small_plan

CAMERAS: dict[str, dict[str, Any]] = {
    "perspective": {"projection": "perspective", "field_of_view": 50.0},
    "distance": {"projection": "perspective", "distance": 1.5},
    **{name: {**VIEWS[name], "view": name} for name in ("front", "side", "top")},
    "orbit": {"projection": "perspective", "orbit": 120.0, "orbit_easing": "smooth"},
    "orthographic orbit": {"orbit": -70.0},
}

GLIDING = {"frames_per_step": 4, "hold": 2}


@pytest.mark.parametrize("name", CAMERAS)
def test_blenders_camera_sees_each_tile_where_the_plan_says_on_every_frame(scene, name):
    plan = make_test_plan(LAYERS["plain"], camera=CAMERAS[name], walk=GLIDING)
    built = build_scene(plan, scene)
    scene.camera = built.camera
    scene.render.resolution_x, scene.render.resolution_y = plan.spec.render.resolution
    points = np.concatenate([grid.base_centers for grid in plan.grids])[::3]
    for frame in list(plan.frames)[::9]:
        scene.frame_set(frame)
        view = plan.view_at(frame)
        seen = np.array([project_by_blender(scene, built.camera, point) for point in points])
        assert np.allclose(seen[:, :2], view.project(points), atol=1e-4), frame
        assert np.allclose(seen[:, 2], view.measure_depths(points), rtol=1e-4)


def test_an_orbit_is_two_keyframes_of_the_cameras_parent(scene):
    plan = make_test_plan(LAYERS["plain"], camera=CAMERAS["orbit"])
    built = build_scene(plan, scene)
    (curve,) = compat.list_fcurves(built.camera.parent)
    assert len(curve.keyframe_points) == 2
    assert not built.camera.animation_data and not built.camera.parent.animation_data.drivers
    fixed = build_scene(make_test_plan(LAYERS["plain"]), scene)
    assert fixed.camera.parent is None
    assert not [item for item in bpy.data.objects if item.name.startswith("Kernelwalk Orbit")]


def paler(built: Any) -> Any:
    (actual,) = [item for item in built.collection.all_objects if item.name == "Connectors Seen Through"]
    return actual


@pytest.mark.parametrize("name", CAMERAS)
def test_see_through_lines_cover_the_lines_in_the_picture(scene, name):
    plan = make_test_plan(LAYERS["plain"], camera=CAMERAS[name], walk=GLIDING)
    built = build_scene(plan, scene)
    lines, copy = find_lines(built), paler(built)
    assert copy.data == lines.data and not copy.visible_shadow
    for frame in [
        plan.spec.walk.start_frame(0),
        plan.spec.walk.start_frame(4) + 2,
    ]:  # on other frames they are hidden and not evaluated
        scene.frame_set(int(frame))
        ends = np.array([point.co[:3] for spline in get_evaluated(lines).data.splines for point in spline.points])
        matrix = np.array(get_evaluated(copy).matrix_world)
        nearer = ends @ matrix[:3, :3].T + matrix[:3, 3]
        view = plan.view_at(frame)
        assert np.allclose(view.project(nearer), view.project(ends), atol=2e-5)
        assert (
            view.measure_depths(nearer)
            < view.measure_depths(np.concatenate([grid.base_centers for grid in plan.grids])).min()
        ).all()
        places, normals = read_faces(get_evaluated(copy))
        camera = np.array(get_evaluated(built.camera).matrix_world)
        to_camera = camera[:3, 3] - places if plan.spec.camera.projection == "perspective" else camera[:3, 2]
        assert ((to_camera * normals).sum(axis=1) > -FLOAT_TOLERANCE).all(), "a ray meets each tube once"
        half_tube = STRAIGHT_PIECES * TUBE_SIDES / 2
        assert len(ends) / 2 * half_tube <= len(places) <= len(ends) / 2 * (half_tube + 2 * STRAIGHT_PIECES)


def read_faces(seen: Any) -> tuple[Any, Any]:
    """Return the centers and the normals of an evaluated object's faces, in the world, each (faces, 3)."""
    mesh, matrix = seen.to_mesh(), np.array(seen.matrix_world)
    centers, normals = (np.array([getattr(face, name) for face in mesh.polygons]) for name in ("center", "normal"))
    return centers @ matrix[:3, :3].T + matrix[:3, 3], normals @ matrix[:3, :3].T


def test_without_see_through_there_are_no_such_lines(scene):
    built = build_scene(make_test_plan(LAYERS["plain"], look={"see_through": False}), scene)
    assert not [item for item in built.collection.all_objects if "Seen Through" in item.name]


@pytest.mark.parametrize("name", ["perspective", "top"])
def test_in_perspective_lines_are_as_wide_as_the_plan_says(scene, name):
    plan = make_test_plan(LAYERS["plain"], camera=CAMERAS[name] | {"projection": "perspective"}, walk=GLIDING)
    built = build_scene(plan, scene)
    for frame in [plan.spec.walk.start_frame(0), plan.spec.walk.start_frame(4) + 2]:
        scene.frame_set(int(frame))
        splines = get_evaluated(find_lines(built)).data.splines
        radii = np.array([[point.radius for point in spline.points] for spline in splines])
        assert np.allclose(radii * plan.view.compute_magnification(plan.lines_at(frame)[0]), 1, atol=1e-4)


def test_the_frustum_moves_and_hides_with_the_connectors(scene):
    plan = make_test_plan(LAYERS["strided, leaving cells unused"], look={"frustum": 0.2}, walk=GLIDING)
    built = build_scene(plan, scene)
    (body,) = [item for item in built.collection.all_objects if item.name == "Frustum"]
    assert not body.visible_shadow
    for frame in list(plan.frames)[::5]:
        scene.frame_set(frame)
        corners = plan.frustum_at(frame).reshape(-1, 3)
        assert get_evaluated(body).hide_render == (len(corners) == 0)
        if len(corners):
            mesh = get_evaluated(body).to_mesh()
            assert np.allclose([vertex.co for vertex in mesh.vertices], corners, atol=2e-5)
    names = [key.name for key in body.data.shape_keys.key_blocks]
    assert len(names) == 1 + len(plan.frustum.moving_coordinates)


PARTS: dict[str, dict[str, Any]] = {
    "perspective": {"camera": CAMERAS["perspective"]},
    "perspective from above": {"camera": CAMERAS["top"] | {"projection": "perspective"}},
    "a frustum": {"look": {"frustum": 0.2}},
    "a frustum in perspective": {"look": {"frustum": 0.2}, "camera": CAMERAS["perspective"]},
    "tiles that fade": {"look": {"gap": 1.0}},
    "tiles that fade in perspective, without shadows": {
        "look": {"gap": 0.8, "shadows": False}, "camera": CAMERAS["perspective"],
    },
}  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("name", PARTS)
def test_regions_match_the_full_picture(scene, tmp_path, name):
    plan = make_small_plan(LAYERS["strided, leaving cells unused"], walk=GLIDING, **PARTS[name])
    build_and_apply(plan, scene)
    assert_same(plan, scene, tmp_path, list(plan.frames)[3::9])


@pytest.mark.once
def test_regions_match_the_full_picture_with_arches_in_perspective(scene, tmp_path):
    layer = {"op": "conv", "input": 5, "kernel": 3, "padding": 1, "padding_mode": "reflect"}
    plan = make_small_plan(layer, walk=GLIDING, camera=CAMERAS["perspective"])
    build_and_apply(plan, scene)
    assert_same(plan, scene, tmp_path, list(plan.frames)[3::25])


def test_a_moving_camera_needs_full_pictures_and_the_reason_is_given(scene, tmp_path):
    plan = make_test_plan(LAYERS["plain"], camera=CAMERAS["orbit"])
    build_and_apply(plan, scene)
    why = find_full_frame_reason(plan, scene)
    assert why == "the camera moves"
    pictures = FrameRenderer(plan, scene, tmp_path, why)
    paths = [
        pictures.render_frame(frame, tmp_path / "none").rename(tmp_path / f"{frame}.png") for frame in plan.frames[:2]
    ]
    one, other = (np.asarray(Image.open(path)) for path in paths)
    assert (one != other).any(), "nothing is lit yet, but the camera has moved"


def contrast(picture: Any, plan: Any, points: Any) -> Any:
    height, width = picture.shape[:2]
    across, up = plan.view.project(points).T
    return picture[(height * (1 - up)).astype(int), (width * across).astype(int)].astype(int).sum(axis=1)


def test_hidden_parts_of_connectors_show_through_tiles_but_paler(scene, picture):
    taken = []
    for through in (True, False):
        look = {"connector_width": 0.12, "see_through": through, "shadows": False}
        plan = make_test_plan(LAYERS["plain"], look=look, render={"resolution": [480, 320]})
        build_and_apply(plan, scene)
        taken.append(picture(scene, int(plan.spec.walk.start_frame(0))))
    line = plan.lines_at(int(plan.spec.walk.start_frame(0)))[0][
        3
    ]  # behind the tiles of two rows, in front of the input
    points = line[0] + np.linspace(0.03, 0.97, 60)[:, None] * (line[1] - line[0])
    shows, hides = (contrast(item, plan, points) for item in taken)
    behind = hides > 500  # a tile's color rather than the line's
    assert 5 < behind.sum() < 55
    assert (hides - shows)[behind].min() > 100, "it shows"
    assert shows[behind].min() > hides[~behind].max() + 60, "paler than where nothing is before it"


@pytest.mark.parametrize("name", CAMERAS)
def test_every_version_renders_the_golden_picture_of_each_camera(scene, picture, golden, name):
    small = {"render": {"resolution": [96, 54], "samples": 64, "noise": 0.0}, "walk": GLIDING}
    look = {"frustum": 0.15} if name == "perspective" else {}
    build_and_apply(make_test_plan(LAYERS["transposed, strided"], camera=CAMERAS[name], look=look, **small), scene)
    golden(f"camera {name}", picture(scene, 31))


def test_another_section_camera_sets_the_same_camera_as_if_it_were_new(scene):
    camera = build_and_apply(make_test_plan(LAYERS["plain"], camera=CAMERAS["orbit"]), scene).camera
    data = camera.data
    camera.location.x, camera.scale.y, camera.delta_location.z, camera.rotation_mode = 9, 3, 2, "QUATERNION"
    camera.constraints.new("COPY_LOCATION")
    data.shift_x, data.lens, data.dof.use_dof = 0.5, 11, True
    plan = make_test_plan(LAYERS["plain"])
    assert build_and_apply(plan, scene).camera == camera == scene.camera and camera.data == data
    users_data = bpy.data.cameras.new("Mine")
    camera.data = users_data
    users_data.lens = 77
    plan = make_test_plan(LAYERS["plain"], camera={"elevation": 50.0})
    assert build_and_apply(plan, scene).camera == camera and camera.data != users_data and users_data.lens == 77
    used_again = describe_camera(camera)
    clear_scene(scene)
    assert scene.camera is None and "Kernelwalk Camera" not in bpy.data.objects
    assert describe_camera(build_and_apply(plan, scene).camera) == used_again


def describe_camera(camera):
    """Return the values of a camera and its data that affect the picture."""
    bpy.context.view_layer.update()
    data, names = camera.data, ("type", "ortho_scale", "lens", "sensor_width", "shift_x", "shift_y", "clip_end")
    return camera.matrix_world.copy(), [getattr(data, name) for name in names], data.dof.use_dof, camera.name
