# SPDX-License-Identifier: GPL-3.0-or-later
"""Scene settings for rendering a plan with exact colors: engine, resolution, frames, color management."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any

import bpy

from ..core.frame_rates import split_frame_rate
from ..core.plan.plan import Plan
from ..core.spec.render_section import Render
from . import compat
from .scene_builder import BuiltScene
from .setup import saved_settings
from .setup.scene_setup import SETUP_PARTS, claim_setup

MIN_SAMPLES = 1
"""Samples that every pixel gets, of which Cycles makes 16: it never looks for noise before."""

BLUE_NOISE, TABULATED_SOBOL = "BLUE_NOISE", "TABULATED_SOBOL"
"""Sampling patterns. With the second, pictures never depend on those before. With the first, they do where the one
before had more samples and Cycles has kept the scene: findings/blender_cycles_samples_in_kept_data.sh."""

MAX_BLUE_NOISE_SAMPLES = 16
"""Most samples with which the first pattern has less noise than the second. Measured by tests/bench/quality.py."""

MAX_TILE_SIZE = 8192
"""Largest side, in pixels, of the tiles into which Cycles divides a picture."""


def apply_settings(
    plan: Plan,
    built: BuiltScene,
    scene: bpy.types.Scene,
    keeps_changes: bool = True,
    parts: Collection[str] = SETUP_PARTS,
) -> None:
    """Set `scene` up to render the plan that was built in it, and save its previous settings.

    keeps_changes: leave alone what the user has changed since it was last set to the same value
    parts: those of SETUP_PARTS that are set up; the others get back what the scene had before
    """
    lighting, displays_as_is = built.lighting, plan.spec.look.blends_as_displayed
    values_of_parts: dict[str, dict[str, Any]] = {
        "camera": {"camera": built.camera},
        "world": {"world": lighting.world},
        "frames": {
            "frame_start": plan.frames.start,
            "frame_end": plan.frames.stop - 1,
            **_make_rate_values(plan.spec.walk.fps),
        },
        "render": {
            **_make_quality_values(plan.spec.render),
            # the view transform comes first: each has its own looks
            "view_settings.view_transform": "Raw" if displays_as_is else lighting.view_transform,
            "view_settings.look": "None" if displays_as_is else lighting.look,
            **{f"cycles.{name}": value for name, value in lighting.cycles_values.items()},
        },
    }
    values = {path: value for part in SETUP_PARTS if part in parts for path, value in values_of_parts[part].items()}
    saved_settings.restore_settings(scene, saved_settings.load_saved(scene), values)
    saved_settings.override_settings(scene, values, keeps_changes)
    claim_setup(scene, parts)
    if "frames" in parts and scene.frame_current not in plan.frames:
        scene.frame_set(plan.frames.start)


def make_render_values(render: Render, rate: int | Fraction) -> dict[str, Any]:
    """Return scene settings for rendering, by path, that do not depend on the template."""
    return {**_make_rate_values(rate), **_make_quality_values(render)}


def _make_rate_values(rate: int | Fraction) -> dict[str, Any]:
    fps, fps_base = split_frame_rate(rate)
    return {
        "frame_step": 1,
        "render.fps": fps,
        "render.fps_base": fps_base,
        "render.frame_map_old": 100,
        "render.frame_map_new": 100,
    }


def _make_quality_values(render: Render) -> dict[str, Any]:
    width, height = render.resolution
    return {
        "render.resolution_x": width,
        "render.resolution_y": height,
        "render.resolution_percentage": 100,
        "render.pixel_aspect_x": 1.0,
        "render.pixel_aspect_y": 1.0,
        "render.use_border": False,
        "render.use_multiview": False,
        "render.use_compositing": False,
        "render.use_sequencer": False,
        "render.use_persistent_data": True,
        "render.use_motion_blur": False,
        "render.use_simplify": False,
        "render.use_stamp": False,
        "render.use_freestyle": False,
        "render.filter_size": 1.5,
        "render.film_transparent": render.transparent,
        "render.dither_intensity": 0.0,  # exact colors, and the same pixels in every version
        "render.engine": compat.ENGINE_IDS[render.engine],
        "display_settings.display_device": "sRGB",
        "view_settings.exposure": 0.0,
        "view_settings.gamma": 1.0,
        "view_settings.use_curve_mapping": False,
        "view_settings.use_white_balance": False,  # since 4.3
        "eevee.taa_render_samples": render.samples,
        "cycles.samples": render.samples,
        "cycles.use_adaptive_sampling": render.noise > 0,
        "cycles.adaptive_threshold": render.noise,
        "cycles.adaptive_min_samples": MIN_SAMPLES,
        "cycles.sampling_pattern": BLUE_NOISE if render.samples <= MAX_BLUE_NOISE_SAMPLES else TABULATED_SOBOL,
        "cycles.use_auto_tile": True,
        "cycles.tile_size": MAX_TILE_SIZE,  # Cycles looks for noise within a tile
        "cycles.use_denoising": False,
        "cycles.seed": 0,
        "cycles.use_animated_seed": False,
        "cycles.pixel_filter_type": "BLACKMAN_HARRIS",
        "cycles.filter_width": 1.5,
        "cycles.sample_clamp_direct": 0.0,
        "cycles.sample_clamp_indirect": 10.0,
        "cycles.film_exposure": 1.0,
    }


COLOR_VALUES = {
    "render.image_settings.color_mode": "RGB",
    "render.image_settings.color_depth": "8",
    "render.image_settings.color_management": "FOLLOW_SCENE",
}


def make_image_values(transparent: bool) -> dict[str, Any]:
    """Return scene settings, by path, for writing PNG images."""
    return {
        **compat.make_format_values("PNG"),
        **COLOR_VALUES,
        "render.image_settings.color_mode": "RGBA" if transparent else "RGB",
    }


VIDEO_VALUES = {
    **compat.make_format_values("FFMPEG"),
    "render.ffmpeg.format": "MPEG4",
    "render.ffmpeg.codec": "H264",
    "render.ffmpeg.use_autosplit": False,
    **COLOR_VALUES,
    "render.ffmpeg.constant_rate_factor": "PERC_LOSSLESS",
    "render.ffmpeg.audio_codec": "NONE",
}
"""Scene settings, by path, for writing a video with Blender's own encoder."""
