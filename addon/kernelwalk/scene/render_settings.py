# SPDX-License-Identifier: GPL-3.0-or-later
"""Scene settings for rendering a plan with exact colors: engine, resolution, frames, color management."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import bpy

from ..core.frame_rates import split_frame_rate
from ..core.plan.plan import Plan
from ..core.spec.render_section import Render
from . import compat, saved_settings
from .scene_builder import BuiltScene


def apply_settings(plan: Plan, built: BuiltScene, scene: bpy.types.Scene, keeps_changes: bool = True) -> None:
    """Set `scene` up to render the plan that was built in it, and save its previous settings.

    keeps_changes: leave alone what the user has changed since it was last set to the same value
    """
    lighting, displays_as_is = built.lighting, plan.spec.look.blends_as_displayed
    values = {
        "camera": built.camera,
        "world": lighting.world,
        "frame_start": plan.frames.start,
        "frame_end": plan.frames.stop - 1,
        **make_render_values(plan.spec.render, plan.spec.walk.fps),
        # the view transform comes first: each has its own looks
        "view_settings.view_transform": "Raw" if displays_as_is else lighting.view_transform,
        "view_settings.look": "None" if displays_as_is else lighting.look,
        **{f"cycles.{name}": value for name, value in lighting.cycles_values.items()},
    }
    saved_settings.override_settings(scene, values, keeps_changes)
    if scene.frame_current not in plan.frames:
        scene.frame_set(plan.frames.start)


def make_render_values(render: Render, rate: int | Fraction) -> dict[str, Any]:
    """Return scene settings for rendering, by path, that do not depend on the template."""
    width, height = render.resolution
    fps, fps_base = split_frame_rate(rate)
    return {
        "frame_step": 1,
        "render.fps": fps,
        "render.fps_base": fps_base,
        "render.frame_map_old": 100,
        "render.frame_map_new": 100,
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
        "cycles.device": "CPU",
        "cycles.samples": render.samples,
        "cycles.use_adaptive_sampling": False,
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
