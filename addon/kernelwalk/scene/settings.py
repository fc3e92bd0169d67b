# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene's own settings for rendering a plan: engine, resolution, time, colours. The pictures come out exact."""

from __future__ import annotations

import bpy

from ..core.plan import Plan
from . import compat
from .build import Built
from .owned import remember


def apply(plan: Plan, built: Built, scene: bpy.types.Scene) -> None:
    """Make `scene` render the plan that was built in it."""
    spec, light = plan.spec, built.light
    remember(scene, built.collection)
    scene.camera = built.camera
    scene.world = light.world
    scene.frame_start, scene.frame_end = plan.frames.start, plan.frames.stop - 1
    scene.frame_set(plan.frames.start)
    render = scene.render
    render.fps, render.fps_base = spec.walk.fps, 1.0
    render.resolution_x, render.resolution_y = spec.render.resolution
    render.resolution_percentage = 100
    render.use_persistent_data = True
    render.use_motion_blur = False
    render.use_border = render.use_compositing = render.use_sequencer = render.use_multiview = False
    render.use_simplify = render.use_stamp = render.film_transparent = False
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    render.frame_map_old = render.frame_map_new = 100
    scene.frame_step = 1
    render.dither_intensity = 0.0  # exact colours, and the same pixels on every version
    scene.view_settings.exposure, scene.view_settings.gamma = 0.0, 1.0
    scene.view_settings.use_curve_mapping = False
    # the stubs want literals
    scene.view_settings.view_transform = light.view_transform  # type: ignore[assignment]
    scene.view_settings.look = light.look  # type: ignore[assignment]
    scene.display_settings.display_device = "sRGB"  # type: ignore[assignment]
    compat.set_engine(scene, spec.render.engine)
    scene.eevee.taa_render_samples = spec.render.samples
    cycles = scene.cycles  # type: ignore[attr-defined]  # the stubs know no engine's own settings
    cycles.device = "CPU"
    cycles.samples = spec.render.samples
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = False
    cycles.seed = 0
    cycles.film_exposure = 1.0
    for name, value in light.bounces.items():
        setattr(cycles, name, value)
