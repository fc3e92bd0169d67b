# SPDX-License-Identifier: GPL-3.0-or-later
"""How a frame becomes a picture: rendered in whole, or as the still picture and the parts that differ from it.

Each picture depends on the still one alone, so any frame can be rendered anywhere, in any order, and has the same
pixels either way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import bpy
import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.incremental.changed_regions import (
    RECTANGLE_COST,
    CellHashes,
    find_base_frame,
    hash_cells,
    make_base_frame,
)
from kernelwalk.core.incremental.rectangle_cover import Region, cover_cells
from kernelwalk.scene import compat, ownership, render_settings, saved_settings
from kernelwalk.scene.template_loader import TILE_GROUP
from kernelwalk.scene.tile_objects import uses_bvh_duplicates

from ..frames.png import Bytes, IncrementalPngWriter, is_whole
from .cell_cache import CellCache
from .partial_render import render_regions

MAX_PARTIAL_SHARE = 0.7
"""Of the picture: where more of it differs, it is rendered in whole."""

PROBE_SIZE = 24
"""Side of the parts, in pixels, by which it is seen whether parts are as the whole picture."""

NEIGHBOR_SENSITIVE_NODES = {"ShaderNodeAmbientOcclusion": "ambient occlusion", "ShaderNodeBevel": "a bevel"}
"""Nodes by which a surface depends on what is near it, in words."""


def find_full_frame_reason(plan: Plan, scene: bpy.types.Scene) -> str:
    """Why a frame may differ from the still one elsewhere than where something is lit; empty if it does not."""
    if plan.spec.render.engine != "cycles":
        return "EEVEE renders a part otherwise than the whole"
    if plan.has_moving_camera:
        return "the camera moves"
    if plan.spec.walk.lift > 0:
        return "where tiles rise, so do their shadows"
    if not uses_bvh_duplicates(plan.spec):
        return "of objects per tile Cycles finds the faces in another order on every frame"
    if any(root.get(ownership.ANIMATED_KEY) for root in ownership.find_root_collections(scene)):
        return "something in the template moves by itself"
    cycles = scene.cycles
    bounces = {name: getattr(cycles, f"{name}_bounces") for name in ("max", "diffuse", "glossy", "transmission")}
    if bounces.pop("max") > 0 and any(bounces.values()):
        return "the template lets light bounce from surface to surface"
    surface = list(bpy.data.node_groups[TILE_GROUP].nodes)
    if any(map(_emits_light, surface)) and not any(node.bl_idname == "ShaderNodeLightPath" for node in surface):
        return "the template's tiles shine on what is near them"
    trees = [*bpy.data.node_groups, *(material.node_tree for material in bpy.data.materials if material.node_tree)]
    for node in (node for tree in trees for node in tree.nodes):
        if node.bl_idname in NEIGHBOR_SENSITIVE_NODES:
            return f"the template's surfaces have {NEIGHBOR_SENSITIVE_NODES[node.bl_idname]}"
        if node.bl_idname == "ShaderNodeBsdfTransparent" and node.inputs[0].is_linked and plan.spec.look.shadows:
            return "the template's tiles throw coloured shadows"
    return ""


def _emits_light(node: bpy.types.Node) -> bool:
    if node.bl_idname == "ShaderNodeBsdfPrincipled":
        strength: Any = node.inputs["Emission Strength"]
        return strength.is_linked or strength.default_value > 0
    return node.bl_idname == "ShaderNodeEmission"


class FrameRegions(NamedTuple):
    """Which regions of a frame are to be rendered, and what all of its cells show."""

    regions: list[Region]
    hashes: CellHashes


@dataclass(frozen=True)
class WrittenFrame:
    """A picture that is written, under a name that says that nobody has looked at it yet.

    seconds: what it took: "sync" (what Blender and Cycles bring up to date), "sampling", "saving"
    """

    frame: int
    path: Path
    seconds: dict[str, float]


@dataclass
class FrameRenderer:
    """The pictures of a plan that stands in a scene.

    scratch: a folder of our own
    whole_because: why every picture is rendered in whole; empty where parts may be rendered
    alive: called now and then while Cycles renders
    """

    plan: Plan
    scene: bpy.types.Scene
    scratch: Path
    full_frame_reason: str
    heartbeat: Callable[[], object] = lambda: None
    cell_cache: CellCache | None = None
    writer: IncrementalPngWriter | None = None

    def __post_init__(self) -> None:
        self.base_frame = find_base_frame(self.plan)
        self.base_state = make_base_frame(self.plan, self.base_frame)

    def render_frame(self, frame: int, base_path: Path) -> Path:
        """Render one frame: see `render_all`."""
        made: list[WrittenFrame] = []
        self.render_frames([frame], base_path, on_written=made.append)
        return made[0].path

    def render_frames(
        self,
        frames: Sequence[int],
        base_path: Path,
        on_written: Callable[[WrittenFrame], object],
        on_started: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Render frames as PNGs. `begun` hears of each frame, `written` of each picture: in a thread of its own, since
        the one is written while Blender renders the next.

        still: the file of the still frame; where it is not there, frames are rendered in whole
        """
        with ThreadPoolExecutor(1) as beside:
            ahead: Future[FrameRegions | None] | None = None
            writing: Future[None] | None = None
            for number, frame in enumerate(frames):
                on_started(frame)
                if frame != self.base_frame:
                    self._enable_regions(base_path)
                areas = self._plan_regions(frame) if ahead is None else ahead.result()
                ahead = None
                if self.cell_cache is not None:
                    if areas is not None:
                        self.cell_cache.reserve(areas.hashes, areas.regions)
                    if number + 1 < len(frames):
                        ahead = beside.submit(self._plan_regions, frames[number + 1])
                picture, parts = self._render(frame, areas)
                if writing is not None and (error := writing.exception()) is not None:
                    on_started(frames[number - 1])  # it is this one that has failed
                    raise error
                writing = beside.submit(self._write, picture, areas, parts, on_written)
            if writing is not None:
                writing.result()

    def _plan_regions(self, frame: int) -> FrameRegions | None:
        """What is to be rendered of a frame; None where that is the whole: of the still one, where there is none, and
        where it is so much that the whole is quicker."""
        if self.cell_cache is None or frame == self.base_frame:
            return None
        render = self.plan.spec.render
        marks = hash_cells(self.plan, frame, self.base_state)
        found = cover_cells(self.cell_cache.missing_cells(marks), render.resolution, RECTANGLE_COST / render.samples)
        most = MAX_PARTIAL_SHARE * render.resolution[0] * render.resolution[1]
        return FrameRegions(found, marks) if sum(w * h for _, _, w, h in found) <= most else None

    def _render(self, frame: int, areas: FrameRegions | None) -> tuple[WrittenFrame, list[Bytes]]:
        """The picture that will be written, and its parts; one that is rendered in whole is written already."""
        path = self.scratch / f"part_{frame:05d}.png"
        path.unlink(missing_ok=True)
        began = time.perf_counter()
        self.scene.frame_set(frame)
        clock = _RenderClock(self.heartbeat, is_full_frame=areas is None)
        parts: list[Bytes] = []
        with clock:
            if areas is None:
                self._render_full(path)
            else:
                parts = self._render_regions(areas.regions, clock.tick)
        if frame == self.base_frame:
            self._enable_regions(path)
        saving = time.perf_counter() - began - clock.sync - clock.sampling
        return WrittenFrame(frame, path, {"sync": clock.sync, "sampling": clock.sampling, "saving": saving}), parts

    def _write(
        self,
        picture: WrittenFrame,
        areas: FrameRegions | None,
        parts: list[Bytes],
        written: Callable[[WrittenFrame], object],
    ) -> None:
        began = time.perf_counter()
        if areas is not None and self.cell_cache is not None and self.writer is not None:
            self.cell_cache.store(areas.regions, parts)
            self.writer.write_frame(picture.path, self.cell_cache.compose(areas.hashes))
        picture.seconds["saving"] += time.perf_counter() - began
        written(picture)

    def _render_full(self, path: Path) -> None:
        saved_settings.set_settings(self.scene, render_settings.make_image_values(self.plan.spec.render.transparent))
        self.scene.render.use_file_extension = False
        self.scene.render.filepath = compat.escape_path(str(path))
        bpy.ops.render.render(write_still=True)

    def _render_regions(self, regions: list[Region], after_each: Callable[[], object] = lambda: None) -> list[Bytes]:
        """The regions' pixels."""
        return render_regions(self.scene, regions, self.scratch, after_each) if regions else []

    def _enable_regions(self, base_path: Path) -> None:
        """Read the still picture, and see whether this Blender renders its parts as they are in it."""
        if self.full_frame_reason or self.cell_cache is not None or not is_whole(base_path):
            return
        pixels = _read_pixels(base_path, 4 if self.plan.spec.render.transparent else 3)
        self.scene.frame_set(self.base_frame)
        probes = self._probe_regions()
        try:
            parts = self._render_regions(probes)
        except RuntimeError as error:
            self.full_frame_reason = f"this Blender renders no parts: {error}"
            return
        known = CellCache(pixels)
        known.store(probes, parts)
        if np.array_equal(known.latest, pixels):
            self.cell_cache, self.writer = known, IncrementalPngWriter(pixels)
        else:
            self.full_frame_reason = "this Blender renders a part otherwise than the whole"

    def _probe_regions(self) -> list[Region]:
        """A few small parts of different sizes, on and beside what stands in the picture."""
        width, height = self.plan.spec.render.resolution
        side = min(PROBE_SIZE, width // 2, height // 2)
        middle = (width - side) // 2, (height - side) // 2
        return [(*middle, side, side), (0, 0, side // 2, side), (middle[0] // 2, middle[1], side, side // 2)]


def _read_pixels(path: Path, channels: int) -> Bytes:
    """The bytes of a picture's file, shape (height, width, channels), top row first."""
    image = bpy.data.images.load(str(path))
    try:
        image.colorspace_settings.name = "Non-Color"  # type: ignore[assignment]  # of no kind, to the stubs
        width, height = image.size
        values = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(values)  # type: ignore[attr-defined]  # a float, to the stubs
    finally:
        bpy.data.images.remove(image)
    colors = values.reshape(height, width, -1)[::-1, :, :channels]
    return np.rint(colors * 255).astype(np.uint8)


class _RenderClock:
    """Tells, of what Cycles does while the context lasts, how long it took before its first ray, and from then on until
    the last `tick`, and calls `alive` at each.

    to_the_end: whether all that Cycles tells is a tick. It tells twenty things of each part, and waits each time until
                Python has heard: as long as tracing some hundred rays. So only what is told before the first ray is
    """

    def __init__(self, heartbeat: Callable[[], object], is_full_frame: bool) -> None:
        self.heartbeat, self.is_full_frame = heartbeat, is_full_frame
        self.sync = self.sampling = 0.0

    def __enter__(self) -> None:
        self.began = self.last = time.perf_counter()
        self.first: float | None = None
        bpy.app.handlers.render_stats.append(self._on_stats)

    def tick(self) -> None:
        self.last = time.perf_counter()
        self.heartbeat()

    def _on_stats(self, stats: object, *_: object) -> None:
        self.tick()
        if self.first is None and "sample" in str(stats).lower():
            self.first = self.last
            if not self.is_full_frame:
                bpy.app.handlers.render_stats.remove(self._on_stats)

    def __exit__(self, *_: object) -> None:
        if self._on_stats in bpy.app.handlers.render_stats:
            bpy.app.handlers.render_stats.remove(self._on_stats)
        first = self.last if self.first is None else self.first
        self.sync, self.sampling = first - self.began, self.last - first
