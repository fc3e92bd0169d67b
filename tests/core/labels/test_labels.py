# SPDX-License-Identifier: GPL-3.0-or-later
"""Words in the picture: what they say, that they lie over nothing, and cost the tiles no more than they must."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernelwalk.core import Plan, SpecError, make_plan, spec_from_table
from kernelwalk.core.camera.framing import fit_view
from kernelwalk.core.labels.font_metrics import load_font, wrap_text
from kernelwalk.core.labels.label import Label
from kernelwalk.core.labels.scene_fit import FitProblem, LabelBoxes, ReservedCorner, convex_hull
from kernelwalk.core.spec import presets, templates

SIZES = {"16:9": [1280, 720], "1:1": [800, 800], "9:16": [720, 1280], "4:3": [1024, 768]}
NOTHING: dict[str, Any] = {"title": False, "names": False, "caption": False}
ALL = {"equation": True, "position": True, "ticks": True, "legend": True}
MORE: dict[str, dict[str, Any]] = {
    "chain": {
        "title": "A small network",
        "layers": [
            {"op": "conv", "input": 12, "kernel": 3, "padding": 1},
            {"op": "max_pool", "kernel": 2},
            {"op": "conv", "kernel": 3},
        ],
    },
    "channels": {"layer": {"op": "conv", "input": 6, "kernel": 3, "in_channels": 3, "out_channels": 2}},
    "one axis": {"layer": {"op": "conv", "input": [12], "kernel": 3, "padding": [[2, 0]]}},
    "three axes": {"layer": {"op": "conv", "input": [3, 4, 5], "kernel": 2}},
    "large": {"layer": {"op": "conv", "input": 30, "kernel": 3}},
    "from above": {"layer": {"op": "conv", "input": 6, "kernel": 3}, "camera": {"azimuth": 0, "elevation": 90}},
    "from the side": {"layer": {"op": "conv", "input": 6, "kernel": 3}, "camera": {"azimuth": -70, "elevation": 5}},
    "from behind": {"layer": {"op": "conv", "input": [7, 4], "kernel": 3}, "camera": {"azimuth": 150, "elevation": 30}},
    "scatter": {
        "layer": {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
        "show": {"transposed": "scatter"},
    },
    "crowded": {"layer": {"op": "conv", "input": 8, "kernel": 3}, "look": {"gap": 1.0}},
    "a long title": {
        "title": "An exceedingly long title, Ångström and all " * 2,
        "layer": {"op": "conv", "input": 5, "kernel": 3},
    },
}


def table_of(name: str) -> dict[str, Any]:
    return dict(MORE[name]) if name in MORE else presets.load_preset_table(name)


CAMERAS: dict[str, dict[str, Any]] = {
    "perspective": {"kind": "perspective", "angle": 45},
    "orbit": {"orbit": 60},
    "orbit in perspective": {"kind": "perspective", "orbit": -100},
}


def made(name: str, shape: str, camera: str = "", **words: Any) -> Plan:
    table = table_of(name)
    table["camera"] = {**table.get("camera", {}), **CAMERAS.get(camera, {})}
    table["words"] = {**table.get("words", {}), **words}
    table["render"] = {"resolution": SIZES[shape]}
    table["walk"] = {**table.get("walk", {}), "frames_per_step": 1}
    return make_plan(spec_from_table(table))


def boxes_of(planned: Plan, frame: int = 1) -> dict[str, tuple[float, ...]]:
    """The room in the picture of all that is written on a frame, by what it is; a name is one with its size."""
    found = {
        f"{number} {word.role} {word.text}": box_of(planned, word, frame) for number, word in enumerate(planned.labels)
    }
    found |= {f"swatch {number}": swatch.box for number, swatch in enumerate(planned.swatches)}
    if planned.counter_box is not None:
        found["position"] = planned.counter_box
    return found


def box_of(planned: Plan, word: Label, frame: int) -> tuple[float, ...]:
    if not word.is_facing_camera:
        return word.box
    place = np.array(word.location)
    x, y = seen(planned, place, frame)
    size = word.font_size * planned.pixels_per_unit * float(planned.view_at(frame).magnification(place))
    drop, rise = load_font(word.font).vertical_extent(word.text)
    half = load_font(word.font).width(word.text) * size / 2
    return x - half, y - drop * size, x + half, y + rise * size


def seen(planned: Plan, points: np.ndarray, frame: int = 1) -> np.ndarray:
    return planned.view_at(frame).project(points) * np.array(planned.spec.render.resolution)


def apart(box: tuple[float, ...], points: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """Shape (n,): how far a box is from each of n convex shapes, shape (n, m, 2), of whose edges these are the ways
    (k, 2), or each one's (n, k, 2): the most by which any line separates them."""
    axes = np.stack([-ways[..., 1], ways[..., 0]], axis=-1)
    length = np.linalg.norm(axes, axis=-1, keepdims=True)
    axes = np.where(length > 1e-9, axes / np.maximum(length, 1e-9), [1.0, 0.0])
    axes = np.concatenate([np.broadcast_to(np.eye(2), (*axes.shape[:-2], 2, 2)), axes], axis=-2)
    corners = np.array(list(itertools.product(box[::2], box[1::2]))) @ axes.swapaxes(-1, -2)
    along = points @ axes.swapaxes(-1, -2)
    gaps = np.maximum(along.min(axis=1) - corners.max(axis=-2), corners.min(axis=-2) - along.max(axis=1))
    return gaps.max(axis=1)


EDGES = [(0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7)]
"""Pairs of a tile's corners, counted in twos along x, y and z."""


def tiles(planned: Plan, frame: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The corners of all tiles in the picture, shape (n, 8, 2), and the ways of their edges."""
    for grid in planned.all_grids:
        half = grid.size / 2
        unit = np.array(list(itertools.product((-half, half), (-half, half), (0, 1))))
        stretch = np.ones((len(grid.cells), 1, 3))
        stretch[:, 0, 2] = np.array(grid.thicknesses)[grid.kinds]
        moved = planned.kernel_offset_at(frame) if grid is planned.kernel else 0.0
        points = seen(planned, grid.base_centers[:, None] + unit * stretch + moved, frame)
        if planned.view.distance is None:
            yield points, points[0, [4, 2, 1]] - points[0, 0]
        else:
            yield points, np.stack([points[:, begin] - points[:, end] for begin, end in EDGES], axis=1)


def looked_at(planned: Plan) -> list[int]:
    """Frames on which the camera, or the kernel, stands differently: some of an orbit's, and its ends."""
    frames = planned.frames
    if planned.has_moving_camera:
        return [*frames[:: max(1, len(frames) // 12)], frames[-1]]
    return list(frames if planned.kernel is not None else frames[:1])


def check(planned: Plan) -> None:
    width, height = planned.spec.render.resolution
    least = 0.03 * min(width, height)
    for frame in looked_at(planned):
        boxes = boxes_of(planned, frame)
        shapes = list(tiles(planned, frame))
        for what, box in boxes.items():
            assert least <= box[0] < box[2] <= width - least, (what, frame)
            assert least <= box[1] < box[3] <= height - least, (what, frame)
            for points, ways in shapes:
                assert apart(box, points, ways).min() > 0.5, (what, frame)
        for (one, first), (other, second) in itertools.combinations(boxes.items(), 2):
            clear = max(first[0] - second[2], second[0] - first[2], first[1] - second[3], second[1] - first[3])
            assert clear > -1e-6, (one, other)  # the pieces of a name stand side by side
    for number, lines in enumerate(planned.lines):
        for frame in looked_at(planned) if planned.has_moving_camera else planned.frames:
            points = seen(planned, planned.lines_at(frame)[number], frame)
            for what, box in boxes_of(planned, frame).items() if len(points) else ():
                assert (apart_from_lines(box, points) > lines.width * planned.pixels_per_unit / 2).all(), what


def apart_from_lines(box: tuple[float, ...], lines: np.ndarray) -> np.ndarray:
    """Shape (n,): how far a box is from each of n lines of m points, shape (n, m, 2), or from what is around them."""
    ways = np.diff(lines, axis=1)
    normals = np.stack([-ways[..., 1], ways[..., 0]], axis=-1)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1), 1e-9)[..., None]
    axes = np.concatenate([normals, np.broadcast_to(np.eye(2), (len(lines), 2, 2))], axis=1)
    corners = np.einsum("ci,nki->nkc", np.array(list(itertools.product(box[::2], box[1::2]))), axes)
    along = np.einsum("nmi,nki->nkm", lines, axes)
    return np.maximum(along.min(axis=2) - corners.max(axis=2), corners.min(axis=2) - along.max(axis=2)).max(axis=1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [*presets.preset_names(), *MORE])
def test_words_lie_over_nothing_and_within_the_picture(name: str, size: str) -> None:
    check(made(name, size, **({} if name == "large" else ALL)))


@pytest.mark.parametrize("name", ["padding_strides", "chain", "channels", "one axis", "from above"])
def test_so_do_the_words_that_are_said_by_default_and_larger_ones(name: str) -> None:
    for size in SIZES:
        check(made(name, size))
        check(made(name, size, size=1.6, **ALL))


@pytest.mark.parametrize("name", [*presets.preset_names(), *MORE])
def test_a_name_is_so_far_beside_words_in_the_corners_that_it_does_not_read_on_from_there(name: str) -> None:
    for size in SIZES:
        found = made(name, size)
        for hung, stands in itertools.product(found.labels, found.labels):
            (left, bottom, right, top), (other_left, other_bottom, other_right, other_top) = hung.box, stands.box
            level = bottom < other_top and other_bottom < top
            if level and hung.role == "name" and stands.role in ("title", "caption"):
                clear = max(left - other_right, other_left - right)
                assert clear >= 2 * hung.font_size * found.pixels_per_unit - 0.01, (size, hung.text, stands.text)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [*presets.preset_names(), *MORE])
def test_so_do_they_in_perspective_and_all_along_an_orbit(name: str, size: str) -> None:
    """Each in one of the cameras; every name is still said."""
    turn = [*presets.preset_names(), *MORE].index(name) + list(SIZES).index(size)
    camera = list(CAMERAS)[turn % len(CAMERAS)]
    found = made(name, size, camera, **({} if name == "large" else ALL))
    check(found)
    said = [[word.text for word in each.labels if word.role == "name"] for each in (found, made(name, size))]
    assert said[0] == said[1]


def test_in_an_orbit_names_stand_still_in_the_picture_and_indices_at_their_grids() -> None:
    for camera in ("orbit", "orbit in perspective"):
        found = made("padding_strides", "16:9", camera, ticks=True)
        assert {word.role for word in found.labels if word.is_facing_camera} == {"tick"}
        assert all(word.is_fixed != word.is_facing_camera for word in found.labels)
    assert not any(
        word.is_fixed for word in made("padding_strides", "16:9", "perspective").labels if word.role == "name"
    )


@pytest.mark.parametrize("camera", ["", *CAMERAS])
def test_no_word_at_a_grid_goes_down_into_the_floor(camera: str) -> None:
    found = made("padding_strides", "16:9", camera, ticks=True)
    at_grids = [word for word in found.labels if not word.is_fixed]
    assert any(word.role == "tick" for word in at_grids)
    assert min(word.location[2] for word in at_grids) > 0


@pytest.mark.parametrize("size", SIZES)
def test_words_cost_the_tiles_little_in_perspective_too(size: str) -> None:
    for name in ("padding_strides", "max_pool", "receptive_field", "channels"):
        for camera in CAMERAS:
            bare, found = made(name, size, camera, **NOTHING), made(name, size, camera)
            assert bare.view.width / found.view.width >= 0.6, (name, camera)


def test_every_tick_and_name_is_there() -> None:
    found = made("padding_strides", "16:9", ticks=True)
    ticks = sorted(word.text for word in found.labels if word.role == "tick")
    assert ticks == sorted([*"01234"] * 2 + [*"012"] * 2)
    assert "".join(word.text for word in found.labels if word.role == "name") == "Input5×5Output3×3"


def test_indices_are_thinned_where_there_is_no_room_for_all() -> None:
    found = made("large", "16:9", ticks=True)
    told = {int(word.text) for word in found.labels if word.role == "tick"}
    assert 0 in told
    assert 4 <= len(told) <= 16
    assert len({number % (sorted(told)[1]) for number in told}) == 1


@pytest.mark.parametrize("camera", ["", *CAMERAS])
def test_each_word_stands_where_its_box_is(camera: str) -> None:
    found = made("chain", "4:3", camera, **ALL)
    for word in found.labels:
        left, bottom, right, _ = word.box
        place = np.array(word.location)
        x, y = found.view.project(place) * found.spec.render.resolution
        size = word.font_size * found.pixels_per_unit * float(found.view.magnification(place))
        assert x == pytest.approx(left if word.anchor == "left" else (left + right) / 2, abs=0.01)
        assert 0 <= y - bottom <= 0.4 * size
        assert load_font(word.font).width(word.text) * size == pytest.approx(right - left, abs=0.01)
        assert word.rotation == found.view.rotation


def test_no_word_is_behind_a_tile_or_below_the_floor() -> None:
    for name, camera in itertools.product(("padding_strides", "from the side", "three axes", "chain"), ("", *CAMERAS)):
        found = made(name, "16:9", camera, **ALL)
        up = np.array([0.0, 0.0, 1.0])
        assert all(np.array(word.location) @ up > 0 for word in found.labels if not word.is_fixed)


@pytest.mark.parametrize("name", presets.preset_names())
def test_words_cost_the_tiles_little(name: str) -> None:
    """In a wide picture nothing at all or little; in every one, less than half."""
    for size, least in (("16:9", 0.75), ("1:1", 0.7), ("4:3", 0.7), ("9:16", 0.5)):
        bare = made(name, size, **NOTHING)
        assert bare.view.width / made(name, size).view.width >= least, size


def test_where_nothing_is_said_the_view_is_that_of_the_tiles() -> None:
    found = made("padding_strides", "16:9", **NOTHING)
    corners = [np.array(list(itertools.product(*grid.bounds.T))) for grid in found.grids]
    view = fit_view(np.concatenate(corners), found.spec.camera, found.spec.render.resolution)
    assert found.view.width == pytest.approx(view.width)
    assert found.view.location == pytest.approx(view.location)
    assert not found.labels


POINTS = st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=3, max_size=12)
CORNERS = st.lists(st.tuples(st.floats(0.1, 0.45), st.floats(0.1, 0.45), st.booleans(), st.booleans()), max_size=4)
HANGING = st.lists(st.tuples(st.integers(0, 2), st.floats(-30, 20), st.floats(-20, 10)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(points=POINTS, taken=CORNERS, hanging=HANGING, apart_by=st.sampled_from([0.0, 15.0]))
def test_the_scene_is_as_large_as_can_be_beside_what_is_taken(
    points: Any, taken: Any, hanging: Any, apart_by: float
) -> None:
    """Against trying many places: where it is said to fit it does, and none is found at a size a little larger."""
    outline = convex_hull(np.array(points))
    if len(outline) < 3 or np.ptp(outline, axis=0).min() < 0.5:
        return
    area = (0.0, 0.0, 300.0, 200.0)
    corners = [
        ReservedCorner(300 * x if left else 300 * (1 - x), 200 * (1 - y) if top else 200 * y, left, top)
        for x, y, left, top in taken
    ]
    boxes = LabelBoxes(
        outline[[at % len(outline) for at, _, _ in hanging]].reshape(-1, 2),
        np.array([[x, y] for _, x, y in hanging]).reshape(-1, 2),
        np.array([[x + 12, y + 8] for _, x, y in hanging]).reshape(-1, 2),
    )
    room = FitProblem(outline, boxes, area, corners, apart_by)
    found = room.find_largest()
    if found is None:
        return

    def fits(scale: float, x: float, y: float, slack: float) -> bool:
        low, high = boxes.corners(scale)
        shapes = [outline * scale, *(np.array(list(itertools.product(*pair))) for pair in zip(low, high, strict=True))]
        shapes = [np.array(shape).reshape(-1, 2) for shape in shapes]
        for each, shape in enumerate(shapes):
            moved = (
                shape if each == 0 else np.array(list(itertools.product(*np.array([low[each - 1], high[each - 1]]).T)))
            )
            moved = moved + np.array([x, y])
            if (moved < -slack).any() or (moved > np.array([300, 200]) + slack).any():
                return False
            if each:
                moved = moved + np.where(moved[:, :1] > moved[:, 0].min(), 1, -1) * [apart_by, 0]
            for corner in corners:
                box = (
                    -1000.0 if corner.is_left else corner.x,
                    corner.y if corner.is_top else -1000.0,
                    corner.x if corner.is_left else 1300.0,
                    1200.0 if corner.is_top else corner.y,
                )
                ways = np.roll(moved, -1, axis=0) - moved if each == 0 else np.eye(2)
                if apart(box, moved[None], ways).min() < -slack:
                    return False
        return True

    assert fits(found.scale, *found.origin, 1e-3)
    larger = found.scale * 1.02
    low = (outline * larger).min(axis=0)
    for x, y in itertools.product(np.linspace(-low[0], 300 - low[0], 25), np.linspace(-low[1], 200 - low[1], 25)):
        assert not fits(larger, x, y, 0.0)


SAID: list[tuple[dict[str, Any], str]] = [
    ({"op": "conv", "input": 5, "kernel": 3, "stride": 2, "padding": 1}, "Kernel 3×3 · stride 2 · padding 1"),
    ({"op": "conv", "input": [5, 7], "kernel": [3, 2], "stride": [2, 1]}, "Kernel 3×2 · stride 2×1 · padding 0"),
    ({"op": "conv", "input": [9], "kernel": 3, "padding": [[2, 0]]}, "Kernel 3 · stride 1 · padding 2 before"),
    (
        {"op": "conv", "input": 7, "kernel": 3, "padding": [[1, 0], [1, 1]], "padding_mode": "reflect", "dilation": 2},
        "Kernel 3×3 · stride 1 · reflecting padding y 1 and 0, x 1 and 1 · dilation 2",
    ),
    ({"op": "max_pool", "input": 6, "kernel": 2, "ceil_mode": True}, "Kernel 2×2 · stride 2 · rounded up"),
    ({"op": "upsample", "input": 3, "scale": 2}, "Scale 2"),
    ({"op": "pixel_shuffle", "input": 3, "channels": 4, "factor": 2}, "Factor 2"),
    (
        {"op": "conv", "input": 6, "kernel": 3, "stride": 2, "padding": [[0, 1], [0, 1]]},
        "Kernel 3×3 · stride 2 · padding 1 after",
    ),
    (
        {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
        "Kernel 3×3 · stride 2 · padding 1 · output padding 1",
    ),
]


@pytest.mark.parametrize(("layer", "said"), SAID)
def test_a_caption_tells_the_parameters(layer: dict[str, Any], said: str) -> None:
    found = make_plan(spec_from_table({"title": "Titled", "layer": layer}))
    assert " ".join(word.text for word in found.labels if word.role == "caption") == said


CONV: dict[str, Any] = {"op": "conv", "kernel": 2}


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        (
            [{**CONV, "input": [8], "padding": "causal"}, {**CONV, "padding": "causal", "dilation": 2}],
            "Convolution, kernel 2, padding 1 before → Convolution, kernel 2, padding 2 before, dilation 2",
        ),
        (
            [{**CONV, "input": [8]}, {"op": "max_pool", "kernel": 2}, {"op": "upsample", "scale": 2}],
            "Convolution, kernel 2 → Max pooling, kernel 2 → Nearest upsampling",
        ),
        (
            [{**CONV, "input": 8, "stride": 2, "padding": 1}, {"op": "max_pool", "kernel": 2}],
            "Convolution 2×2, stride 2, padding 1 → Max pooling 2×2",
        ),
    ],
)
def test_a_caption_tells_of_each_layer_of_a_chain(chain: list[dict[str, Any]], said: str) -> None:
    found = make_plan(spec_from_table({"title": "Titled", "layers": chain}))
    assert " ".join(word.text for word in found.labels if word.role == "caption") == said


def test_without_a_title_a_caption_tells_the_operation_too() -> None:
    found = make_plan(spec_from_table({"layer": {"op": "max_pool", "input": 6, "kernel": 2}}))
    assert [word.text for word in found.labels if word.role != "name"] == ["Max pooling · kernel 2×2 · stride 2"]


def test_of_a_chain_equations_are_named_as_its_grids_are() -> None:
    found = made("chain", "16:9", equation=True)
    starts = [word.text.partition(" = ")[0] for word in found.labels if word.role == "equation"]
    assert starts == ["Convolution", "Max pooling", "Output"]
    assert starts == [grid.name for grid in found.grids[1:]]


def spoken(words: dict[str, Any], layer: dict[str, Any] | None = None) -> dict[str, list[str]]:
    layer = layer or {"op": "conv", "input": 5, "kernel": 3, "padding": 1}
    found = make_plan(spec_from_table({"title": "Half padding", "layer": layer, "words": words}))
    return {
        role: [word.text for word in found.labels if word.role == role]
        for role in ("title", "name", "caption", "equation", "legend")
    }


def test_each_can_be_switched_off_or_reworded() -> None:
    assert not any(spoken({"title": False, "names": False, "caption": False}).values())
    own = spoken({"title": "{title}, {op}", "names": "Image {size} | Features", "caption": "{kernel} by {stride}"})
    assert own["title"] == ["Half padding, Convolution"]
    assert own["name"] == ["Image ", "5×5", "Features"]
    assert own["caption"] == ["3×3 by 1"]
    other = spoken({"legend": "Padding = Border | Input =", "equation": "o: {equation}"})
    assert other["legend"] == ["Output", "Border"] or other["legend"] == ["Border", "Output"]
    assert other["equation"] == ["o: Output = ⌊(5 + 1 + 1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 5"]


def test_a_legend_has_the_colours_that_occur() -> None:
    assert sorted(spoken({"legend": True}, {"op": "conv", "input": 5, "kernel": 3})["legend"]) == ["Input", "Output"]
    transposed = {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}
    assert set(spoken({"legend": True}, transposed)["legend"]) == {
        "Input",
        "Inserted zero",
        "Padding",
        "Output",
        "Output padding",
    }


@pytest.mark.parametrize("transposed", ["gather", "scatter"])
@pytest.mark.parametrize("appear", [False, True])
@pytest.mark.parametrize("trail", [False, True])
def test_a_legend_has_each_colour_that_a_tile_has_at_any_step(transposed: str, appear: bool, trail: bool) -> None:
    layer = {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}
    walk = {"appear": appear, "trail": trail, "frames_per_step": 1, "lead_in": 2}
    found = make_plan(
        spec_from_table({"layer": layer, "walk": walk, "show": {"transposed": transposed}, "words": {"legend": True}})
    )
    told = np.array([swatch.color for swatch in found.swatches])
    stamps = any(word.text.startswith("1 to ") for word in found.labels)
    assert stamps == (transposed == "scatter")
    worn = []
    for frame in found.frames:
        state = found.state_at(frame)
        for grid in found.grids:
            # what is stamped wears any colour between two
            plain = (
                grid.visit_counts.count_at(state.last_position, state.reversed_axes) < 1
                if stamps and grid.visit_counts
                else np.full(len(grid.cells), True)
            )
            worn.append(grid.colors_at(state)[plain])
    colors = np.unique(np.concatenate(worn).round(6), axis=0)
    off = np.abs(colors[:, None] - told[None]).max(axis=2)
    assert off.min(axis=1).max() < 1e-5
    if not stamps:
        assert off.min(axis=0).max() < 1e-5, "a colour that no tile ever has"


@pytest.mark.parametrize(
    ("words", "where", "says"),
    [
        ({"caption": "{colour}"}, "words.caption", "{colour} is not known here"),
        ({"names": "a { b"}, "words.names", "a brace stands alone"),
        ({"names": "{name!r}"}, "words.names", "is not known here"),
        ({"title": "{title.__class__}"}, "words.title", "is not known here"),
        ({"ticks": "yes"}, "words.ticks", "neither true nor false"),
        ({"legend": 3}, "words.legend", "3 is neither true, false, nor text"),
        ({"captoin": True}, "words.captoin", "there is no such key"),
        ({"size": 9}, "words.size", "too large"),
    ],
)
def test_what_cannot_be_said_is_told(words: dict[str, Any], where: str, says: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_table({"layer": {"op": "conv", "input": 5, "kernel": 3}, "words": words})
    (problem,) = caught.value.problems
    assert problem.where == where
    assert says in problem.what


WALKED = [
    ({"op": "conv", "input": [14, 5], "kernel": 3}, {}, True, "Output ({y}, {x})"),
    ({"op": "conv", "input": [14, 5], "kernel": 3}, {"order": "serpentine"}, "{step} of {steps}: {x}|{y}", None),
    ({"op": "conv", "input": [15], "kernel": 3}, {}, True, "Output {x}"),
    ({"op": "conv", "input": 5, "kernel": 3, "out_channels": 2}, {"filters": "each"}, True,
     "Output ({y}, {x}), channel {channel}"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "walk", "said", "form"), WALKED)
@pytest.mark.parametrize("lead", [0, 2])
def test_the_position_is_told_on_every_frame(
    layer: dict[str, Any], walk: dict[str, Any], said: Any, form: str | None, lead: int
) -> None:
    table = {"frames_per_step": 3, "lead_in": lead, "lead_out": lead, **walk}
    found = make_plan(spec_from_table({"layer": layer, "walk": table, "words": {"position": said}}))
    for frame in found.frames:
        step = found.spec.walk.step_at(frame, found.spec.step_count)
        told = read_position(found, frame)
        if step is None:
            assert told == ""
            continue
        x, y, z, channel = found.spec.walk_order.positions[step].astype(int).tolist()
        fields = {"x": x, "y": y, "z": z, "channel": channel, "step": step + 1, "steps": found.spec.step_count}
        assert told == (form or said).format(**fields)


def read_position(planned: Plan, frame: int) -> str:
    """What the figures show on a frame, from left to right; they stand side by side."""
    at = np.array([float(frame)])
    found = []
    for name, word in planned.counter_labels.items():
        if planned.curves[f"position.{name}.behind"].value_at(at)[0] == 0:
            across = planned.curves.get(f"position.{name}.across")
            moved = across.value_at(at)[0] * planned.pixels_per_unit if across else 0.0
            found.append((word.box[0] + moved, word.box[2] + moved, word.text))
    found.sort()
    for (_, end, _), (begin, _, _) in itertools.pairwise(found):
        assert -1e-6 <= begin - end < 6
    assert planned.counter_box is not None
    assert not found or planned.counter_box[0] - 1e-6 <= found[0][0] <= found[-1][1] <= planned.counter_box[2] + 1e-6
    return "".join(text for _, _, text in found)


def test_frames_that_look_the_same_tell_the_same_position() -> None:
    layer = {"op": "conv", "input": [13, 4], "kernel": 3}
    for easing in ("smooth", "step"):
        walk = {"frames_per_step": 4, "easing": easing, "order": "serpentine"}
        found = make_plan(spec_from_table({"layer": layer, "walk": walk, "words": {"position": True}}))
        for frame, same in zip(found.frames, found.unique_frames.tolist(), strict=True):
            assert read_position(found, frame) == read_position(found, same)


def test_keys_of_the_position_grow_with_the_steps_alone() -> None:
    def keys(size: int, kernel: int) -> int:
        table = {"layer": {"op": "conv", "input": [size, kernel], "kernel": kernel}, "words": {"position": True}}
        found = make_plan(spec_from_table(table))
        return sum(len(each.frames) for name, each in found.curves.items() if name.startswith("position."))

    assert keys(1002, 3) < 3.5 * 1000
    assert keys(1002, 3) > 1000


def test_a_spec_with_words_is_the_same_when_it_is_written_out() -> None:
    spec = spec_from_table(
        {**table_of("chain"), "words": {"names": "{name}", "legend": True, "caption": False, "size": 1.25}}
    )
    assert spec_from_table(spec.to_table()) == spec


def test_both_fonts_have_all_that_is_said_by_default() -> None:
    for name in ("regular", "strong"):
        for character in "0123456789×·−→⌊⌋⌈⌉()/+=|,:abcXYZéüñßЖяλΩ":
            assert character in load_font(name).widths, character


def test_lines_are_no_wider_than_their_room() -> None:
    for text in ("one two three four", "a → b → c", "Donaudampfschifffahrtsgesellschaft", "x" * 300):
        for room in (3.0, 6.5, 40.0):
            lines = wrap_text(text, "regular", room, (" → ", " "))
            assert all(load_font("regular").width(line) <= room for line in lines)
            letters = "".join(lines).replace(" ", "").replace("→", "")
            assert letters == text.replace(" ", "").replace("→", "")


@pytest.mark.parametrize("name", presets.preset_names())
def test_names_hang_at_the_same_side_in_every_look(name: str) -> None:
    sides = set()
    for template in templates.template_names():
        table = presets.load_preset_table(name)
        table["look"] = {**table.get("look", {}), "template": template}
        table["render"] = {"resolution": SIZES["16:9"]}
        found = make_plan(spec_from_table(table))
        for number, grid in enumerate(found.grids):
            points = seen(found, np.array(list(itertools.product(*grid.bounds.T))))
            low, high = points.min(axis=0), points.max(axis=0)
            for word in [word for word in found.labels if word.role == "name" and word.grid_index == number][:1]:
                left, bottom, right, top = word.box
                away = {
                    "right": left - high[0],
                    "left": low[0] - right,
                    "above": bottom - high[1],
                    "below": low[1] - top,
                }
                sides.add((number, max(away, key=lambda side: away[side])))
    assert len(sides) == len({number for number, _ in sides}), sides


def test_names_are_at_their_grids_where_there_is_room() -> None:
    for name, shape in itertools.product(("padding_strides", "max_pool", "chain", "one axis", "large"), SIZES):
        found = made(name, shape)
        words = [word for word in found.labels if word.role == "name"]
        for grid, pair in zip(found.grids, zip(words[::2], words[1::2], strict=True), strict=True):
            low, high = (
                ends(seen(found, np.array(list(itertools.product(*grid.bounds.T)))), axis=0)
                for ends in (np.min, np.max)
            )
            away = [
                np.maximum(0, np.maximum(box[:2] - high, low - box[2:]))
                for box in (np.array(word.box) for word in pair)
            ]
            assert np.linalg.norm(away, axis=1).min() < 8 * pair[0].font_size * found.pixels_per_unit, (
                name,
                shape,
                grid.name,
            )
