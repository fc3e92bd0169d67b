# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders one frame again and again with more samples, until it is done or something newer is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.incremental.rectangle_cover import Region
from kernelwalk.scene import render_settings
from kernelwalk.scene.setup import saved_settings

from ..frames.png import IncrementalPngWriter
from .frame_renderer import render_full
from .partial_render import RenderStopped, render_regions
from .stdio import send_heartbeat

SAMPLES_PER_STRIP = 30_000
"""Samples of all pixels of a strip together: some fifty times the cost of a strip (render_costs.REGION_SECONDS).
Between two strips a render can end."""


def cut_strips(resolution: tuple[int, int], samples: int) -> list[Region]:
    """Return strips that cover a picture, from the lowest to the highest.

    >>> cut_strips((640, 120), 1)
    [(0, 0, 640, 46), (0, 46, 640, 46), (0, 92, 640, 28)]
    """
    width, height = resolution
    rows = max(1, SAMPLES_PER_STRIP // (width * samples))
    return [(0, bottom, width, min(rows, height - bottom)) for bottom in range(0, height, rows)]


@dataclass
class PreviewRenderer:
    """Renders frames of a plan that is built in a scene.

    scratch:       folder for pictures
    is_superseded: polled while a frame is rendered, which ends where it returns True
    """

    plan: Plan
    scene: bpy.types.Scene
    scratch: Path
    is_superseded: Callable[[], bool]

    def render_frame(self, frame: int, passes: Sequence[int]) -> Iterator[tuple[int, Path]]:
        """Render a frame with each number of samples; yield the number and the picture's file, a PNG.

        In Cycles, the pictures are composed of strips, so that the render can end within one of them. The last one has
        the pixels of a frame that is rendered in full. None depends on the pictures before.
        """
        self.scene.frame_set(frame)
        for samples in passes:
            if self.is_superseded():
                return
            path = self.scratch / f"preview_{samples}.png"
            path.unlink(missing_ok=True)
            values: dict[str, Any] = {"cycles.samples": samples, "eevee.taa_render_samples": samples}
            if samples < self.plan.spec.render.samples:
                values["cycles.sampling_pattern"] = render_settings.TABULATED_SOBOL
            saved = saved_settings.set_settings(self.scene, values)
            try:
                self._render(samples, path)
            except RenderStopped:
                return
            finally:
                saved_settings.reset_settings(self.scene, saved)
            yield samples, path

    def _render(self, samples: int, path: Path) -> None:
        render = self.plan.spec.render
        if render.engine != "cycles":
            render_full(self.scene, render.transparent, path)
            return
        strips = cut_strips(render.resolution, samples)
        parts = render_regions(self.scene, strips, self.scratch, send_heartbeat, self.is_superseded)
        picture = np.concatenate(parts[::-1])
        IncrementalPngWriter(picture).write_frame(path, picture)
