# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders many regions of a picture in one run of Cycles, with the pixels that the full picture has there.

Blender renders one border per render, and each render updates the scene, rebuilds the acceleration structure and writes
the full picture. Only ray tracing can be repeated within one update. So the engine's own `render` is called once per
region, with the border moved in between, and its result is read before Blender copies it. The border is used without
cropping, because Cycles then samples each pixel as it does in the full picture. Each region is rendered with a margin,
which is cut off again: see sampling_margin.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from kernelwalk.core.arrays import Bytes, Float32s
from kernelwalk.core.incremental.rectangle_cover import Region
from kernelwalk.core.incremental.sampling_margin import find_margin
from kernelwalk.scene import compat
from kernelwalk.scene.setup import saved_settings

ENGINE = "CYCLES"

IMAGE_WIDTH = 1024
"""Width of the image by which the view transform is applied."""

TGA_HEADER_SIZE = 18
"""Bytes before the pixels of a TGA file. The pixels start with the bottom row, in the order blue, green, red."""


SampledRegion = tuple[Region, int]
"""A region and its number of samples."""


class RenderStopped(Exception):
    """The render ended early, because it was asked to."""


def render_regions(
    scene: bpy.types.Scene,
    regions: Sequence[Region],
    scratch: Path,
    after_each: Callable[[], object] = lambda: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> list[Bytes]:
    """Render regions of the scene's current frame and return their pixels as Blender would write them.

    Each array has the shape (height, width, 3), or 4 channels for a transparent background, top row first.

    scratch:    folder for a temporary file; several Blender processes may share it
    after_each: called after each region
    is_stopped: polled after each region; the others are left out if it returns True

    Raises RuntimeError if Cycles does not return the regions, RenderStopped if some are left out.
    """
    parts = _trace_with_margin(scene, regions, after_each, is_stopped)
    return apply_view_transform(scene, parts, scratch)


def trace_regions(
    scene: bpy.types.Scene,
    choose: Callable[[bpy.types.Depsgraph], Sequence[SampledRegion]],
    largest: Region,
    after_each: Callable[[], object] = lambda: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> list[Float32s]:
    """Return the linear pixels of regions, each of shape (height, width, 4), bottom row first.

    choose:  returns the regions and their numbers of samples, given what is rendered
    largest: a region that is as wide and as high as any of them

    Otherwise as `render_regions`.
    """
    resolution = scene.render.resolution_x, scene.render.resolution_y
    parts: list[Float32s] = []
    regions: list[SampledRegion] = []
    with _patch_engine(choose, regions, resolution, parts, after_each, is_stopped):
        # Blender allocates the result for this border, so it must be large enough for every region
        border = _border_settings((0, 0, *largest[2:]), resolution)
        values = {"render.use_border": True, "render.use_crop_to_border": False, **border}
        saved = saved_settings.set_settings(scene, values)
        try:
            bpy.ops.render.render()
        finally:
            saved_settings.reset_settings(scene, saved)
    if len(parts) < len(regions) and is_stopped():
        raise RenderStopped
    if not regions or [part.shape[1::-1] for part in parts] != [region[2:] for region, _ in regions]:
        raise RuntimeError("Cycles rendered regions of another size")
    return parts


def _trace_with_margin(
    scene: bpy.types.Scene,
    regions: Sequence[Region],
    after_each: Callable[[], object],
    is_stopped: Callable[[], bool],
) -> list[Float32s]:
    """Return the regions' linear pixels, as of trace_regions, with the samples of the scene."""
    resolution = scene.render.resolution_x, scene.render.resolution_y
    cycles = scene.cycles
    margin = find_margin(cycles.samples, cycles.adaptive_threshold if cycles.use_adaptive_sampling else 0)
    inner, regions = regions, [_widen(region, margin, resolution) for region in regions]
    largest = (0, 0, max(w for _, _, w, _ in regions), max(h for _, _, _, h in regions))
    parts = trace_regions(
        scene, lambda _: [(region, cycles.samples) for region in regions], largest, after_each, is_stopped
    )
    return [
        part[y - bottom : y - bottom + height, x - left : x - left + width]
        for part, (x, y, width, height), (left, bottom, _, _) in zip(parts, inner, regions, strict=True)
    ]


def _widen(region: Region, margin: int, resolution: tuple[int, int]) -> Region:
    """Return a region with a margin on each side, within the picture."""
    x, y, width, height = region
    left, bottom = max(0, x - margin), max(0, y - margin)
    return left, bottom, min(resolution[0], x + width + margin) - left, min(resolution[1], y + height + margin) - bottom


@contextmanager
def _patch_engine(
    choose: Callable[[bpy.types.Depsgraph], Sequence[SampledRegion]],
    regions: list[SampledRegion],
    resolution: tuple[int, int],
    parts: list[Float32s],
    after_each: Callable[[], object],
    is_stopped: Callable[[], bool],
) -> Iterator[None]:
    """Make Cycles render the regions that are chosen, one after another.

    Each is appended to `regions`, and its pixels to `parts`.
    """
    engines: list[Any] = bpy.types.RenderEngine.__subclasses__()
    engine = next((engine for engine in engines if getattr(engine, "bl_idname", "") == ENGINE), None)
    if engine is None:
        raise RuntimeError("Cycles is disabled")
    update, render = engine.update, engine.render

    def update_for_first(self: Any, data: Any, depsgraph: Any) -> None:
        regions.extend(choose(depsgraph))
        _set_border(self.render, regions[0][0], resolution)
        update(self, data, depsgraph)

    def render_each(self: Any, depsgraph: Any) -> None:
        cycles, samples_before = depsgraph.scene_eval.cycles, depsgraph.scene_eval.cycles.samples
        for (region, samples), (following, _) in zip(regions, [*regions[1:], regions[-1]], strict=True):
            # Cycles renders with the border of the last camera update, and updates the camera afterwards
            _set_border(self.render, following, resolution)
            if cycles.samples != samples:
                cycles.samples = samples
            render(self, depsgraph)
            parts.append(_read_result(self, *region[2:]))
            after_each()
            if is_stopped():
                break
        cycles.samples = samples_before

    engine.update, engine.render = update_for_first, render_each
    try:
        yield
    finally:
        engine.update, engine.render = update, render


def _read_result(engine: Any, width: int, height: int) -> Float32s:
    result = engine.get_result()
    columns, rows = result.resolution_x, result.resolution_y
    pixels = np.empty(columns * rows * 4, np.float32)
    result.layers[0].passes.foreach_get("rect", pixels)
    return pixels.reshape(rows, columns, 4)[:height, :width].copy()


def _border_settings(region: Region, resolution: tuple[int, int]) -> dict[str, float]:
    """Return the render settings of a border around a region, as fractions of the picture."""
    left, bottom, width, height = region
    edges = {"min_x": left, "min_y": bottom, "max_x": left + width, "max_y": bottom + height}
    # plus a hundredth of a pixel, because Blender multiplies by the resolution again and rounds down
    return {f"render.border_{name}": (edge + 0.01) / resolution[name.endswith("y")] for name, edge in edges.items()}


def _set_border(render: Any, region: Region, resolution: tuple[int, int]) -> None:
    for path, value in _border_settings(region, resolution).items():
        setattr(render, path.removeprefix("render."), value)


def _color_image(rows: int) -> bpy.types.Image:
    """Return a float image of IMAGE_WIDTH times `rows` pixels.

    The image is kept for later calls: adding or removing a datablock makes Blender rebuild its dependency graph.
    """
    name = f"Parts {rows}"
    image = bpy.data.images.get(name)
    if image is None:
        image = bpy.data.images.new(name, IMAGE_WIDTH, rows, float_buffer=True, alpha=True)
        image.alpha_mode = "PREMUL"
    return image


def apply_view_transform(scene: bpy.types.Scene, parts: Sequence[Float32s], scratch: Path) -> list[Bytes]:
    """Return parts with the scene's view transform, rounded by Blender itself: an image with them is saved and read.

    parts, and the result: as of trace_regions and render_regions
    scratch:               as of render_regions
    """
    path = scratch / f"parts_{os.getpid()}.tga"
    pixels = np.concatenate([part.reshape(-1, 4) for part in parts])
    rows = 1 << (math.ceil(len(pixels) / IMAGE_WIDTH) - 1).bit_length()
    padded = np.zeros((rows * IMAGE_WIDTH, 4), np.float32)
    padded[: len(pixels)] = pixels
    image = _color_image(rows)
    mode, order = ("RGBA", [2, 1, 0, 3]) if scene.render.film_transparent else ("RGB", [2, 1, 0])
    values = {**compat.make_format_values("TARGA_RAW"), "render.image_settings.color_mode": mode}
    saved = saved_settings.set_settings(scene, values)
    try:
        image.pixels.foreach_set(padded.ravel())  # type: ignore[attr-defined]  # a float, to the stubs
        image.save_render(str(path), scene=scene)
        written = np.frombuffer(path.read_bytes()[TGA_HEADER_SIZE:], np.uint8)  # too short if the disk is full
    finally:
        path.unlink(missing_ok=True)
        saved_settings.reset_settings(scene, saved)
    if written.size < rows * IMAGE_WIDTH * len(mode):
        raise RuntimeError("Blender did not write the rendered regions. Is the disk full?")
    colors = written[: rows * IMAGE_WIDTH * len(mode)].reshape(-1, len(mode))[: len(pixels), order]
    ends = np.cumsum([part.shape[0] * part.shape[1] for part in parts])[:-1]
    return [
        chunk.reshape(*part.shape[:2], len(mode))[::-1]
        for chunk, part in zip(np.split(colors, ends), parts, strict=True)
    ]
