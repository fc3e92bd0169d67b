# SPDX-License-Identifier: GPL-3.0-or-later
"""Applied settings make the scene render the plan: engine, resolution, frames and exact colors."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from kernelwalk.core.spec.render_section import Render

from .helpers import (
    LAYERS,
    apply_settings,
    bpy,
    build_and_apply,
    build_scene,
    is_tile_visible,
    linear_to_srgb,
    make_test_plan,
    pixels_at,
    render_settings,
    tile_tops,
)


@pytest.fixture
def plan():
    return make_test_plan(
        LAYERS["plain"],
        walk={"frames_per_step": 7, "lead_in": 3, "lead_out": 5, "fps": 30},
        render={"resolution": [322, 166], "samples": 9},
    )


def test_resolution_frames_and_samples_are_the_specs(scene, plan):
    scene.render.resolution_percentage = 50
    scene.render.fps_base = 1.001
    built = build_scene(plan, scene)
    apply_settings(plan, built, scene)
    render = scene.render
    assert (render.resolution_x, render.resolution_y, render.resolution_percentage) == (322, 166, 100)
    assert (render.fps, render.fps_base) == (30, 1.0)
    assert (scene.frame_start, scene.frame_end) == (1, 3 + 9 * 7 + 5)
    assert range(scene.frame_start, scene.frame_end + 1) == plan.frames
    assert scene.frame_current == scene.frame_start
    assert scene.cycles.samples == scene.eevee.taa_render_samples == 9
    assert (scene.camera, scene.world) == (built.camera, built.lighting.world)


def test_a_fractional_rate_is_that_of_blenders_base():
    values = render_settings.make_render_values(Render(), Fraction(30000, 1001))
    assert (values["render.fps"], values["render.fps_base"]) == (30, 1.001)


@pytest.mark.parametrize("engine", ["cycles", "eevee"])
def test_the_engine_is_the_specs_by_its_name_in_this_blender(scene, engine):
    plan = make_test_plan(LAYERS["plain"], render={"engine": engine})
    build_and_apply(plan, scene, engine)
    eevee = "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"
    assert scene.render.engine == {"cycles": "CYCLES", "eevee": eevee}[engine]


def test_color_settings_are_exact_and_pixels_repeatable(scene, plan):
    scene.view_settings.view_transform = "Filmic"
    apply_settings(plan, build_scene(plan, scene), scene)
    assert (scene.view_settings.view_transform, scene.view_settings.look) == ("Standard", "None")
    assert scene.display_settings.display_device == "sRGB"
    assert scene.render.dither_intensity == 0
    assert not scene.render.use_motion_blur
    assert (scene.cycles.use_denoising, scene.cycles.seed) == (False, 0)


@pytest.mark.parametrize(("noise", "is_adaptive"), [(0.02, True), (0, False)])
def test_sampling_ends_at_the_specs_noise_and_0_switches_that_off(scene, noise, is_adaptive):
    plan = make_test_plan(LAYERS["plain"], render={"samples": 64, "noise": noise})
    apply_settings(plan, build_scene(plan, scene), scene)
    cycles = scene.cycles
    assert (cycles.samples, cycles.use_adaptive_sampling) == (64, is_adaptive)
    assert cycles.adaptive_threshold == pytest.approx(noise)


def test_applying_again_changes_nothing(scene, plan):
    built = build_scene(plan, scene)
    apply_settings(plan, built, scene)
    scene.frame_set(scene.frame_start)

    def state():
        actual = {}
        for owner in (scene.render, scene.cycles, scene.eevee, scene.view_settings):
            for item in owner.bl_rna.properties:
                value = getattr(owner, item.identifier)
                if isinstance(value, (bool, int, float, str)):
                    actual[type(owner).__name__, item.identifier] = value
        return actual

    before = state()
    apply_settings(plan, built, scene)
    assert state() == before


DISTURBED = {
    "exposure": lambda scene: setattr(scene.view_settings, "exposure", 1.0),
    "gamma": lambda scene: setattr(scene.view_settings, "gamma", 2.0),
    "film exposure": lambda scene: setattr(scene.cycles, "film_exposure", 0.5),
    "pixel aspect": lambda scene: setattr(scene.render, "pixel_aspect_x", 2.0),
    "border": lambda scene: (
        setattr(scene.render, "use_border", True),
        setattr(scene.render, "border_max_x", 0.3),
    ),
    "transparent film": lambda scene: setattr(scene.render, "film_transparent", True),
}


@pytest.mark.parametrize("what", DISTURBED)
def test_colors_are_exact_in_a_scene_with_other_settings(scene, picture, what):
    plan = make_test_plan(LAYERS["plain"])
    DISTURBED[what](scene)
    build_and_apply(plan, scene)
    taken = picture(scene, 1)
    for grid in plan.grids:
        seen = is_tile_visible(plan, 1, grid)
        actual = pixels_at(taken, plan, tile_tops(grid))[seen]
        assert np.abs(actual - linear_to_srgb(plan.colors_at(1)[grid.name])[seen]).max() <= 1
    assert (taken[0, 0] == 255).all(), "the background"


def test_every_frame_is_rendered_in_a_scene_with_a_frame_step(scene, plan):
    scene.frame_step = 3
    build_and_apply(plan, scene)
    assert scene.frame_step == 1
