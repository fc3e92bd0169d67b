# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels overlap nothing, stay inside the picture, and cost the tiles little room."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from kernelwalk.core.camera.framing import fit_view
from kernelwalk.core.labels.label import Label
from kernelwalk.core.spec import presets, templates
from kernelwalk.core.text_direction import order_letters
from kernelwalk.core.tiles.tile_grid import TileGrid

from ..helpers import NO_LABELS, one_of_four
from .labeled_plans import (
    CAMERAS,
    MORE_LABELS,
    MORE_SPECS,
    SIZES,
    find_distances,
    make_labeled_plan,
    project,
)

NAMES = [*presets.list_presets(), *MORE_SPECS]

IN_SIZES = [
    pytest.param(name, size, marks=[] if number % 8 == turn else pytest.mark.weekly)
    for number, name in enumerate(NAMES)
    for turn, size in enumerate(SIZES)
]
"""Every other four specs, each in one of the sizes, which others of its kind have in the other sizes."""

IN_SIZES_WITH_CAMERAS = [
    pytest.param(name, size, camera, marks=[] if number % 4 == 1 and number // 4 % 4 == turn else pytest.mark.weekly)
    for number, name in enumerate(NAMES)
    for turn, size in enumerate(SIZES)
    for camera in [list(CAMERAS)[(number // 4 + turn) % 3]]
]
"""Every fourth spec in one of the sizes, with one of the cameras; each camera with every size."""


def find_boxes(plan: Plan, frame: int = 1) -> dict[str, tuple[float, ...]]:
    """Return the boxes of all labels and swatches on a frame, by their roles and texts."""
    boxes = {
        f"{number} {label.role} {label.text}": find_box(plan, label, frame) for number, label in enumerate(plan.labels)
    }
    boxes |= {f"swatch {number}": swatch.box for number, swatch in enumerate(plan.swatches)}
    if plan.counter_box is not None:
        boxes["position"] = plan.counter_box
    if plan.sum_label is not None:
        boxes["sum"] = plan.sum_label.box
    return boxes


def find_box(plan: Plan, label: Label, frame: int) -> tuple[float, ...]:
    if not label.is_facing_camera:
        return label.box
    location = np.array(label.location)
    x, y = project(plan, location, frame)
    size = label.font_size * plan.pixels_per_unit * float(plan.view_at(frame).compute_magnification(location))
    descent, ascent = label.font.vertical_extent(label.text)
    half = label.font.width(label.text) * size / 2
    return x - half, y - descent * size, x + half, y + ascent * size


EDGES = [(0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7)]
"""Pairs of corners of a tile that share an edge; corners count as binary numbers of x, y and z."""


def project_tiles(plan: Plan, grid: TileGrid, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of a grid's tiles in the picture, shape (n, 8, 2), and the directions of their edges."""
    half = grid.size / 2
    unit = np.array(list(itertools.product((-half, half), (-half, half), (0, 1))))
    stretch = np.ones((len(grid.cells), 1, 3))
    stretch[:, 0, 2] = np.array(grid.thicknesses)[grid.kinds]
    offset = plan.kernel_offset_at(frame) if grid is plan.kernel else 0.0
    points = project(plan, grid.base_centers[:, None] + unit * stretch + offset, frame)
    if plan.view.distance is None:
        return points, points[0, [4, 2, 1]] - points[0, 0]
    return points, np.stack([points[:, begin] - points[:, end] for begin, end in EDGES], axis=1)


def sample_frames(plan: Plan) -> list[int]:
    """Return the frames of a film; where the camera orbits, some and both ends."""
    frames = plan.frames
    return [*frames[:: max(1, len(frames) // 12)], frames[-1]] if plan.has_moving_camera else list(frames)


def assert_labels_are_clear(plan: Plan) -> None:
    width, height = plan.spec.render.resolution
    min_margin = 0.03 * min(width, height)
    frames = sample_frames(plan)
    for frame in frames:
        named = find_boxes(plan, frame)
        names, boxes = list(named), np.array([*named.values()]).reshape(-1, 4)
        is_new = frame == frames[0] or plan.has_moving_camera  # otherwise only the kernel and the lines have moved
        if is_new:
            assert (boxes >= min_margin).all() and (boxes[:, :2] < boxes[:, 2:]).all(), (named, frame)
            assert (boxes[:, 2:] <= [width - min_margin, height - min_margin]).all(), (named, frame)
            beside = np.maximum(boxes[:, None, :2] - boxes[None, :, 2:], boxes[None, :, :2] - boxes[:, None, 2:])
            clear = beside.max(axis=2) + np.where(np.eye(len(boxes)), np.inf, 0)
            # the parts of a name are side by side
            assert (clear > -1e-6).all(), (np.array(names)[np.argwhere(clear <= -1e-6)], frame)
        for grid in plan.all_grids:
            if is_new or grid is plan.kernel:
                assert_clear(names, boxes, *project_tiles(plan, grid, frame), 0.5, frame)
        for lines, points in zip(plan.lines, plan.lines_at(frame), strict=True):
            if len(points):
                seen = project(plan, points, frame)
                assert_clear(names, boxes, seen, np.diff(seen, axis=1), lines.width * plan.pixels_per_unit / 2, frame)


def assert_clear(
    names: list[str], boxes: np.ndarray, points: np.ndarray, edges: np.ndarray, margin: float, frame: int
) -> None:
    """Assert that boxes are further than a margin from convex shapes: see find_distances."""
    distances = find_distances(boxes, points, edges).min(axis=1)
    assert (distances > margin).all(), (np.array(names)[distances <= margin], frame)


@pytest.mark.parametrize(("name", "size"), IN_SIZES)
def test_labels_overlap_nothing_and_are_inside_the_picture(name: str, size: str) -> None:
    assert_labels_are_clear(make_labeled_plan(name, size, **({} if name == "large" else MORE_LABELS)))


@pytest.mark.parametrize(
    ("name", "size"),
    [
        pytest.param(name, size, marks=[] if (number + turn) % 2 else pytest.mark.weekly)
        for number, name in enumerate(["padding_strides", "chain", "channels", "one axis", "from above"])
        for turn, size in enumerate(SIZES)
    ],
)
def test_default_and_larger_labels_overlap_nothing(name: str, size: str) -> None:
    assert_labels_are_clear(make_labeled_plan(name, size))
    assert_labels_are_clear(make_labeled_plan(name, size, size=1.6, **MORE_LABELS))


@pytest.mark.parametrize(("name", "size"), IN_SIZES)
def test_a_name_is_far_enough_from_corner_labels_not_to_read_as_their_continuation(name: str, size: str) -> None:
    plan = make_labeled_plan(name, size)
    for name_label, corner_label in itertools.product(plan.labels, plan.labels):
        (left, bottom, right, top), (other_left, other_bottom, other_right, other_top) = (
            name_label.box,
            corner_label.box,
        )
        is_level = bottom < other_top and other_bottom < top
        if is_level and name_label.role == "name" and corner_label.role in ("title", "caption"):
            clear = max(left - other_right, other_left - right)
            needed = 2 * name_label.font_size * plan.pixels_per_unit - 0.01
            assert clear >= needed, (name_label.text, corner_label.text)


@pytest.mark.parametrize(("name", "size", "camera"), IN_SIZES_WITH_CAMERAS)
def test_labels_overlap_nothing_in_perspective_and_all_along_an_orbit(name: str, size: str, camera: str) -> None:
    """All names are still there."""
    plan = make_labeled_plan(name, size, camera, **({} if name == "large" else MORE_LABELS))
    assert_labels_are_clear(plan)
    names = [
        [label.text for label in each.labels if label.role == "name"] for each in (plan, make_labeled_plan(name, size))
    ]
    assert names[0] == names[1]


def test_in_an_orbit_names_are_fixed_in_the_picture_and_indices_stay_at_their_grids() -> None:
    for camera in ("orbit", "orbit in perspective"):
        plan = make_labeled_plan("padding_strides", "16:9", camera, indices=True)
        assert {label.role for label in plan.labels if label.is_facing_camera} == {"index"}
        assert all(label.is_fixed != label.is_facing_camera for label in plan.labels)
    assert not any(
        label.is_fixed
        for label in make_labeled_plan("padding_strides", "16:9", "perspective").labels
        if label.role == "name"
    )


@pytest.mark.parametrize("camera", ["", *CAMERAS])
def test_no_label_at_a_grid_intersects_the_floor(camera: str) -> None:
    plan = make_labeled_plan("padding_strides", "16:9", camera, indices=True)
    at_grids = [label for label in plan.labels if not label.is_fixed]
    assert any(label.role == "index" for label in at_grids)
    assert min(label.location[2] for label in at_grids) > 0


@pytest.mark.parametrize(
    ("size", "camera"),
    [
        pytest.param(size, camera, marks=[] if (number + turn) % 2 else pytest.mark.weekly)
        for number, size in enumerate(SIZES)
        for turn, camera in enumerate(CAMERAS)
    ],
)
def test_labels_cost_the_tiles_little_in_perspective(size: str, camera: str) -> None:
    number = 3 * list(SIZES).index(size) + list(CAMERAS).index(camera)
    name = ("padding_strides", "max_pool", "receptive_field", "channels")[number % 4]
    bare, plan = make_labeled_plan(name, size, camera, **NO_LABELS), make_labeled_plan(name, size, camera)
    assert bare.view.width / plan.view.width >= 0.6


def test_all_indices_and_names_are_there() -> None:
    plan = make_labeled_plan("padding_strides", "16:9", indices=True)
    indices = sorted(label.text for label in plan.labels if label.role == "index")
    assert indices == sorted([*"01234"] * 2 + [*"012"] * 2)
    assert "".join(label.text for label in plan.labels if label.role == "name") == "Input5×5Output3×3"


def test_indices_are_thinned_without_room_for_all() -> None:
    plan = make_labeled_plan("large", "16:9", indices=True)
    indices = {int(label.text) for label in plan.labels if label.role == "index"}
    assert 0 in indices
    assert 4 <= len(indices) <= 16
    assert len({index % (sorted(indices)[1]) for index in indices}) == 1


@pytest.mark.parametrize("camera", ["", *CAMERAS])
def test_each_label_is_where_its_box_is(camera: str) -> None:
    plan = make_labeled_plan("max_pool", "4:3", camera, **MORE_LABELS)
    for label in plan.labels:
        left, bottom, right, _ = label.box
        location = np.array(label.location)
        x, y = plan.view.project(location) * plan.spec.render.resolution
        size = label.font_size * plan.pixels_per_unit * float(plan.view.compute_magnification(location))
        assert x == pytest.approx(left if label.anchor == "left" else (left + right) / 2, abs=0.01)
        assert 0 <= y - bottom <= 0.4 * size
        assert label.font.width(label.text) * size == pytest.approx(right - left, abs=0.01)
        assert label.rotation == plan.view.rotation


def test_no_label_is_below_the_floor() -> None:
    names = ("from the side", "padding_strides", "three axes", "chain")
    for name, camera in zip(names, ("perspective", "orbit in perspective", "", "orbit"), strict=True):
        plan = make_labeled_plan(name, "16:9", camera, **MORE_LABELS)
        up = np.array([0.0, 0.0, 1.0])
        assert all(np.array(label.location) @ up > 0 for label in plan.labels if not label.is_fixed)


MIN_SHARES = {"16:9": 0.75, "1:1": 0.7, "4:3": 0.7, "9:16": 0.5}


@pytest.mark.parametrize(("name", "size"), [case for case in IN_SIZES if case.values[0] not in MORE_SPECS])
def test_labels_cost_the_tiles_little(name: str, size: str) -> None:
    """Labels take little of a wide picture, and less than half of any."""
    bare, plan = make_labeled_plan(name, size, **NO_LABELS), make_labeled_plan(name, size)
    assert bare.view.width / plan.view.width >= MIN_SHARES[size]


def test_without_labels_the_view_is_that_of_the_tiles() -> None:
    plan = make_labeled_plan("padding_strides", "16:9", **NO_LABELS)
    corners = [np.array(list(itertools.product(*grid.bounds.T))) for grid in plan.grids]
    view = fit_view(np.concatenate(corners), plan.spec.camera, plan.spec.render.resolution)
    assert plan.view.width == pytest.approx(view.width)
    assert plan.view.location == pytest.approx(view.location)
    assert not plan.labels


@pytest.mark.parametrize("name", one_of_four(presets.list_presets()))
def test_names_are_at_the_same_side_with_every_template(name: str) -> None:
    sides = set()
    for template in templates.list_templates():
        table = presets.load_preset_table(name)
        table["look"] = {**table.get("look", {}), "template": template}
        table["look"].pop("blending", None)  # studio refuses blending as displayed, and names do not depend on it
        table["render"] = {"resolution": SIZES["16:9"]}
        plan = make_plan(spec_from_table(table))
        for number, grid in enumerate(plan.grids):
            points = project(plan, np.array(list(itertools.product(*grid.bounds.T))))
            low, high = points.min(axis=0), points.max(axis=0)
            for label in [label for label in plan.labels if label.role == "name" and label.grid_index == number][:1]:
                left, bottom, right, top = label.box
                distances = {
                    "right": left - high[0],
                    "left": low[0] - right,
                    "above": bottom - high[1],
                    "below": low[1] - top,
                }
                sides.add((number, max(distances, key=lambda side: distances[side])))
    assert len(sides) == len({number for number, _ in sides}), sides


def test_names_are_at_their_grids_if_there_is_room() -> None:
    for name, shape in itertools.product(("padding_strides", "max_pool", "chain", "one axis", "large"), SIZES):
        plan = make_labeled_plan(name, shape)
        names = [label for label in plan.labels if label.role == "name"]
        for grid, pair in zip(plan.grids, zip(names[::2], names[1::2], strict=True), strict=True):
            low, high = (
                ends(project(plan, np.array(list(itertools.product(*grid.bounds.T)))), axis=0)
                for ends in (np.min, np.max)
            )
            offsets = [
                np.maximum(0, np.maximum(box[:2] - high, low - box[2:]))
                for box in (np.array(label.box) for label in pair)
            ]
            assert np.linalg.norm(offsets, axis=1).min() < 8 * pair[0].font_size * plan.pixels_per_unit, (
                name,
                shape,
                grid.name,
            )


def test_a_name_from_right_to_left_has_its_size_at_the_left_with_a_space_between() -> None:
    labels = {"names": "קלט ({size})", "title": False, "caption": False}
    plan = make_plan(spec_from_table({"layer": {"op": "conv", "input": 7, "kernel": 3}, "labels": labels}))
    parts = [label for label in plan.labels if label.role == "name" and label.grid_index == 0]
    parts.sort(key=lambda label: label.box[0])
    assert [order_letters(label.text) for label in parts] == ["(", "7×7", ") טלק"]
    assert [label.box[2] for label in parts[:-1]] == pytest.approx([label.box[0] for label in parts[1:]])
