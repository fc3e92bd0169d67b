# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks that blend colors as they are displayed: the preset `mathematica` has the colors of the original's picture."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import SpecError, load_preset, make_plan, spec_from_table
from kernelwalk.core.spec import templates

from .helpers import (
    FrameRenderer,
    build_and_apply,
    build_scene,
    clear_scene,
    find_full_frame_reason,
    find_tiles,
    is_near_lines,
    linear_to_srgb,
    make_test_plan,
    render_frame,
)

MIDDLE = 12
"""The step in the middle of the walk over 5 x 5 outputs."""

ORIGINAL = {
    (None, "input"): (119, 119, 255),
    (None, "input_active"): (51, 51, 187),
    ("output", "input"): (92, 228, 255),
    ("output", "input_active"): (78, 214, 241),
    ("output_active", "input_active"): (10, 146, 173),
    ("output_active", "input"): (24, 160, 187),
}
"""Colors in the original's picture: of an output, if any, over an input."""

NEIGHBORHOOD = 2
"""Pixels around a pixel that show the same tiles, so that the pixel filter mixes in no others."""


def make_mathematica_plan(**sections):
    table = load_preset("mathematica").to_table()
    for name, section in ({"render": {"resolution": [480, 320], "samples": 4}} | sections).items():
        table[name] = table[name] | section
    return make_plan(spec_from_table(table))


@pytest.fixture(scope="module")
def middle():
    """Return the frame of the step in the middle, and what find_color_pixels finds there; opacity does not matter."""
    plan = make_mathematica_plan()
    frame = int(plan.spec.walk.start_frame(MIDDLE))
    return frame, *find_color_pixels(plan, frame)


def find_hits(plan, grid):
    """Return where each pixel's line of sight meets a flat grid, shape (height, width, 3), and the index of the tile
    there, -1 for none."""
    view, (width, height) = plan.view, plan.spec.render.resolution
    across, up = np.meshgrid((np.arange(width) + 0.5) / width, 1 - (np.arange(height) + 0.5) / height)
    on_plane = (np.stack([across, up], axis=-1) - view.axis_place) * [view.width, view.height]
    sight = on_plane @ view.axes[:2] - view.distance * view.axes[2]
    location = np.array(view.location)
    hits = location + sight * ((grid.base_centers[0, 2] - location[2]) / sight[..., 2])[..., None]
    apart = np.abs(hits[:, :, None, :2] - grid.base_centers[None, None, :, :2]).max(axis=3)
    return hits, np.where(apart.min(axis=2) < grid.size / 2, apart.argmin(axis=2), -1)


def is_even(labels):
    """Return the pixels whose neighbors all have the same label, shape (height, width)."""
    padded = np.pad(labels, NEIGHBORHOOD, constant_values=-2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * NEIGHBORHOOD + 1,) * 2)
    return (windows == labels[..., None, None]).all(axis=(2, 3))


def name_colors(plan, frame, grid, tiles):
    """Return the key of the color that each of these tiles has, None where there is none."""
    key, is_active = grid.name.lower(), grid.active_share_at(plan.state_at(frame).position) == 1
    keys = np.where(is_active, f"{key}_active", key).astype(object)
    return np.where(tiles < 0, None, keys[tiles])


def find_color_pixels(plan, frame):
    """Return the keys of the colors of the upper and the lower tile at each pixel, and which pixels are clear of edges
    and lines."""
    (lower_hits, lower), (_, upper) = (find_hits(plan, grid) for grid in plan.grids)
    clear = (
        is_even(lower) & is_even(upper) & ~is_near_lines(plan, frame, lower_hits.reshape(-1, 3)).reshape(lower.shape)
    )
    keys = [name_colors(plan, frame, grid, tiles) for grid, tiles in zip(plan.grids, (lower, upper), strict=True)]
    assert set(upper[clear]) == set(range(-1, 25)), "all outputs are looked at"
    return keys[1], keys[0], clear


def test_at_the_middle_step_colors_are_those_of_the_original(scene, picture, engine, middle):
    frame, upper, lower, clear = middle
    build_and_apply(make_mathematica_plan(), scene, engine)
    taken = picture(scene, frame)
    for (above, below), color in ORIGINAL.items():
        pixels = taken[clear & (upper == above) & (lower == below)]
        assert len(pixels) > 3, (above, below)
        assert (pixels == color).all(), (above, below, np.unique(pixels, axis=0))
    assert (taken[0, 0] == 255).all()


def test_regions_of_a_frame_are_those_of_the_full_picture(scene, tmp_path):
    plan = make_mathematica_plan(render={"resolution": [240, 160], "samples": 4})
    build_and_apply(plan, scene)
    assert find_full_frame_reason(plan, scene) == ""
    renderer = FrameRenderer(plan, scene, tmp_path, "")
    frames = [int(plan.spec.walk.start_frame(step)) for step in (MIDDLE, MIDDLE + 1)]
    base = renderer.render_frame(renderer.base_frame, tmp_path / "no base yet.png")
    for frame in frames:
        part = renderer.render_frame(frame, base)
        assert renderer.square_cache is not None, renderer.full_frame_reason
        assert np.array_equal(read(part), render_frame(scene, frame, tmp_path / f"full_{frame}.png"))


def read(path):
    from PIL import Image

    return np.array(Image.open(path).convert("RGB")).astype(int)


def test_a_transparent_picture_holds_the_same_tiles_where_nothing_shines_through(scene, picture, middle):
    frame, upper, _, clear = middle
    plan = make_mathematica_plan(
        look={"opacity": 1.0}, render={"resolution": [480, 320], "samples": 4, "transparent": True}
    )
    build_and_apply(plan, scene)
    color, alpha = np.split(picture(scene, frame), [3], axis=2)
    assert (alpha[clear & (upper != None)] == 255).all()  # noqa: E711  # elementwise
    for key in ("output", "output_active"):
        hexadecimal = getattr(plan.spec.look.colors, key)
        expected = [int(hexadecimal[at : at + 2], 16) for at in (1, 3, 5)]
        assert (color[clear & (upper == key)] == expected).all()
    assert alpha[0, 0] == 0


def test_the_scene_has_the_view_transform_raw_until_it_is_cleared(scene):
    scene.view_settings.view_transform, scene.view_settings.look = "AgX", "AgX - Punchy"
    build_and_apply(make_test_plan({"op": "conv", "input": 5, "kernel": 3}, look={"blending": "display"}), scene)
    assert (scene.view_settings.view_transform, scene.view_settings.look) == ("Raw", "None")
    build_and_apply(make_test_plan({"op": "conv", "input": 5, "kernel": 3}), scene)
    assert scene.view_settings.view_transform == "Standard"
    clear_scene(scene)
    assert (scene.view_settings.view_transform, scene.view_settings.look) == ("AgX", "AgX - Punchy")


@pytest.mark.parametrize("blending", ["scene", "display"])
def test_solid_shading_has_the_same_colors_with_either_blending(scene, blending):
    built = build_scene(make_test_plan({"op": "conv", "input": 5, "kernel": 3}, look={"blending": blending}), scene)
    color = find_tiles(built, "Input")[0].active_material.diffuse_color
    assert np.round(linear_to_srgb(np.array(color[:3]))).tolist() == [0xC9, 0xDC, 0xF2]


def test_a_look_with_light_refuses_to_blend_colors_as_displayed(scene, tmp_path):
    """The .toml of a template that ships says so; a .blend without one is looked into."""
    layer, lit = {"op": "conv", "input": 5, "kernel": 3}, []
    unnoticed = tmp_path / "mine.blend"
    for name in templates.list_templates():
        unnoticed.write_bytes(templates.find_blend_file(name).read_bytes())
        plan = make_test_plan(layer, look={"template": str(unnoticed), "blending": "display"})
        try:
            build_scene(plan, scene)
        except SpecError as error:
            assert "look.blending: " in str(error) and 'Write "scene"' in str(error)
            lit.append(name)
    assert lit == [name for name in templates.list_templates() if templates.is_lit(name)] == ["studio"]
    with pytest.raises(SpecError, match=r'look\.blending: .* the template "studio" has light\. Write "scene"'):
        make_test_plan(layer, look={"template": "studio", "blending": "display"})
