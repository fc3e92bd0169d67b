# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a picture, many in one go of Cycles, with the pixels that the whole picture has there.

Blender renders one border per render, and each render updates the scene, builds the tree of its geometry and writes the
whole picture. What can be had many times for one update is the tracing of rays: so the engine's own `render` is called
once for each part, with the border moved in between, and its result is read before Blender has copied it anywhere.
The border is that of a render without cropping, for which Cycles samples a pixel as it does in the whole picture.
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
from kernelwalk.core.incremental.rectangle_cover import Region
from kernelwalk.scene import compat, saved_settings
from numpy.typing import NDArray

from ..frames.png import Bytes

Floats = NDArray[np.float32]

ENGINE = "CYCLES"

IMAGE_WIDTH = 1024
"""Width of the image in which parts get their colours."""

TGA_HEADER_SIZE = 18
"""Bytes before the pixels of a TGA, which begins with its bottom row and has blue first."""


def render_regions(
    scene: bpy.types.Scene, regions: Sequence[Region], scratch: Path, after_each: Callable[[], object] = lambda: None
) -> list[Bytes]:
    """The pixels of regions of the scene's frame, each of shape (height, width, 3), or 4 without a background, top row
    first, as Blender would write them into a picture. Raises RuntimeError where Cycles does not give them.

    scratch:    a folder for a file that is gone afterwards; other Blenders may use it too
    after_each: is called when a region is rendered
    """
    return _apply_view_transform(
        scene, _trace_regions(scene, regions, after_each), scratch / f"parts_{os.getpid()}.tga"
    )


def _trace_regions(scene: bpy.types.Scene, regions: Sequence[Region], after_each: Callable[[], object]) -> list[Floats]:
    """The regions' linear pixels, each of shape (height, width, 4), bottom row first."""
    size = scene.render.resolution_x, scene.render.resolution_y
    found: list[Floats] = []
    with _patch_engine(regions, size, found, after_each):
        # what Blender keeps the result in is as large as this border: it must hold each of the parts
        border = _border_settings((0, 0, max(w for _, _, w, _ in regions), max(h for _, _, _, h in regions)), size)
        own = saved_settings.set_settings(
            scene, {"render.use_border": True, "render.use_crop_to_border": False, **border}
        )
        try:
            bpy.ops.render.render()
        finally:
            saved_settings.reset_settings(scene, own)
    if [part.shape[1::-1] for part in found] != [region[2:] for region in regions]:
        raise RuntimeError("Cycles rendered parts of another size")
    return found


@contextmanager
def _patch_engine(
    regions: Sequence[Region], size: tuple[int, int], found: list[Floats], after_each: Callable[[], object]
) -> Iterator[None]:
    """Lets Cycles render the regions, one after the other, and adds the pixels of each to `found`."""
    engines: list[Any] = bpy.types.RenderEngine.__subclasses__()
    engine = next((each for each in engines if getattr(each, "bl_idname", "") == ENGINE), None)
    if engine is None:
        raise RuntimeError("Cycles is switched off")
    update, render = engine.update, engine.render

    def update_for_first(self: Any, data: Any, depsgraph: Any) -> None:
        _set_border(self.render, regions[0], size)
        update(self, data, depsgraph)

    def render_each(self: Any, depsgraph: Any) -> None:
        for region, following in zip(regions, [*regions[1:], regions[-1]], strict=True):
            # Cycles takes the camera's border as it was at the last update, and then updates the camera
            _set_border(self.render, following, size)
            render(self, depsgraph)
            found.append(_read_result(self, *region[2:]))
            after_each()

    engine.update, engine.render = update_for_first, render_each
    try:
        yield
    finally:
        engine.update, engine.render = update, render


def _read_result(engine: Any, width: int, height: int) -> Floats:
    result = engine.get_result()
    columns, rows = result.resolution_x, result.resolution_y
    pixels = np.empty(columns * rows * 4, np.float32)
    result.layers[0].passes.foreach_get("rect", pixels)
    return pixels.reshape(rows, columns, 4)[:height, :width].copy()


def _border_settings(region: Region, size: tuple[int, int]) -> dict[str, float]:
    """A region as a scene's settings tell it: in shares of the picture."""
    left, bottom, width, height = region
    ends = {"min_x": left, "min_y": bottom, "max_x": left + width, "max_y": bottom + height}
    # half a pixel's hundredth more: Blender rounds what it multiplies again down
    return {f"render.border_{name}": (end + 0.01) / size[name.endswith("y")] for name, end in ends.items()}


def _set_border(render: Any, region: Region, size: tuple[int, int]) -> None:
    for path, value in _border_settings(region, size).items():
        setattr(render, path.removeprefix("render."), value)


def _color_image(rows: int) -> bpy.types.Image:
    """An image of SHEET times so many rows that is kept for the next time: a datablock that comes or goes has Blender
    build the graph of all dependencies anew, twice a frame."""
    name = f"Parts {rows}"
    image = bpy.data.images.get(name)
    if image is None:
        image = bpy.data.images.new(name, IMAGE_WIDTH, rows, float_buffer=True, alpha=True)
        image.alpha_mode = "PREMUL"
    return image


def _apply_view_transform(scene: bpy.types.Scene, parts: Sequence[Floats], path: Path) -> list[Bytes]:
    """The parts with the scene's view transform, by way of an image that Blender writes: its own rounding."""
    pixels = np.concatenate([part.reshape(-1, 4) for part in parts])
    rows = 1 << (math.ceil(len(pixels) / IMAGE_WIDTH) - 1).bit_length()
    sheet = np.zeros((rows * IMAGE_WIDTH, 4), np.float32)
    sheet[: len(pixels)] = pixels
    image = _color_image(rows)
    mode, order = ("RGBA", [2, 1, 0, 3]) if scene.render.film_transparent else ("RGB", [2, 1, 0])
    own = saved_settings.set_settings(
        scene, {**compat.make_format_values("TARGA_RAW"), "render.image_settings.color_mode": mode}
    )
    try:
        image.pixels.foreach_set(sheet.ravel())  # type: ignore[attr-defined]  # a float, to the stubs
        image.save_render(str(path), scene=scene)
        written = np.frombuffer(path.read_bytes()[TGA_HEADER_SIZE:], np.uint8)  # of nothing, where the disk is full
    finally:
        path.unlink(missing_ok=True)
        saved_settings.reset_settings(scene, own)
    if written.size < rows * IMAGE_WIDTH * len(mode):
        raise RuntimeError("Blender wrote no whole picture of the parts. Is the disk full?")
    colors = written[: rows * IMAGE_WIDTH * len(mode)].reshape(-1, len(mode))[: len(pixels), order]
    ends = np.cumsum([part.shape[0] * part.shape[1] for part in parts])[:-1]
    return [
        piece.reshape(*part.shape[:2], len(mode))[::-1]
        for piece, part in zip(np.split(colors, ends), parts, strict=True)
    ]
