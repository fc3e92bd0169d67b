# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders frames: in full, or as the base frame with the regions that differ from it.

Each picture depends only on the base frame, so any process can render any frame, in any order, with the same pixels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import InitVar, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import bpy
import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Bytes, Integers
from kernelwalk.core.incremental.changed_regions import find_base_frame, hash_squares, make_base_frame
from kernelwalk.core.incremental.rectangle_cover import Region
from kernelwalk.core.incremental.render_costs import CostMeter, choose_regions, estimate_costs
from kernelwalk.core.incremental.sampling_margin import find_margin
from kernelwalk.scene import compat, render_settings
from kernelwalk.scene.builds import ownership
from kernelwalk.scene.objects.tile_objects import uses_bvh_duplicates
from kernelwalk.scene.setup import saved_settings
from kernelwalk.scene.setup.template_loader import TILE_GROUP

from ..frames.png import IncrementalPngWriter, is_whole
from .edge_sampling import ProbesDiffer, estimate_seconds, find_even_sampling_reason, render_with_edges
from .partial_render import render_regions
from .pixel_tolerance import TOLERANCES
from .render_clock import RenderClock
from .square_cache import UNKNOWN, NewContents, SquareCache, find_missing_squares

PROBE_SIZE = 24
"""Side, in pixels, of the regions that test whether this Blender renders regions as in the full picture."""

NEIGHBOR_SENSITIVE_NODES = {"ShaderNodeAmbientOcclusion": "ambient occlusion", "ShaderNodeBevel": "a bevel"}
"""Shader nodes whose result depends on nearby surfaces, with their names in messages."""


def find_full_frame_reason(plan: Plan, scene: bpy.types.Scene) -> str:
    """Return why frames must be rendered in full; "" if a frame differs from the base frame only near active tiles."""
    render = plan.spec.render
    if render.engine != "cycles":
        return "EEVEE does not render a region as in the full picture"
    if max(render.resolution) > render_settings.MAX_TILE_SIZE and find_margin(render.samples, render.noise):
        return f"Cycles divides pictures above {render_settings.MAX_TILE_SIZE:,} pixels, and seeks noise in each part"
    if plan.has_moving_camera:
        return "the camera moves"
    if plan.has_sliding_grids:
        return "grids of which an excerpt is drawn slide"
    if plan.spec.walk.lift > 0:
        return "the shadows of rising tiles change"
    if not uses_bvh_duplicates(plan.spec):
        return 'with tiles = "objects", Cycles orders the faces differently in every frame'
    if any(root.get(ownership.ANIMATED_KEY) for root in ownership.find_root_collections(scene)):
        return "something in the template is animated"
    cycles = scene.cycles
    bounces = {name: getattr(cycles, f"{name}_bounces") for name in ("max", "diffuse", "glossy", "transmission")}
    if bounces.pop("max") > 0 and any(bounces.values()):
        return "the template lets light bounce from surface to surface"
    tile_nodes = list(bpy.data.node_groups[TILE_GROUP].nodes)
    if any(map(_emits_light, tile_nodes)) and not any(node.bl_idname == "ShaderNodeLightPath" for node in tile_nodes):
        return "the template's tiles light up their neighbors"
    trees = [*bpy.data.node_groups, *(material.node_tree for material in bpy.data.materials if material.node_tree)]
    for node in (node for tree in trees for node in tree.nodes):
        if node.bl_idname in NEIGHBOR_SENSITIVE_NODES:
            return f"the template's surfaces have {NEIGHBOR_SENSITIVE_NODES[node.bl_idname]}"
        if node.bl_idname == "ShaderNodeBsdfTransparent" and node.inputs[0].is_linked and plan.spec.look.shadows:
            return "the template's tiles cast colored shadows"
    return ""


def _emits_light(node: bpy.types.Node) -> bool:
    if node.bl_idname == "ShaderNodeBsdfPrincipled":
        strength: Any = node.inputs["Emission Strength"]
        return strength.is_linked or strength.default_value > 0
    return node.bl_idname == "ShaderNodeEmission"


def render_full(scene: bpy.types.Scene, is_transparent: bool, path: Path) -> None:
    """Render the scene's current frame in full and write it as a PNG."""
    saved_settings.set_settings(scene, render_settings.make_image_values(is_transparent))
    scene.render.use_file_extension = False
    scene.render.filepath = compat.escape_path(str(path))
    bpy.ops.render.render(write_still=True)


class FrameRegions(NamedTuple):
    """The regions of a frame that must be rendered, and where its squares stand in the cache.

    numbers: of the squares' contents that are known without rendering
    new:     the contents that the regions add
    """

    regions: list[Region]
    numbers: Integers
    new: NewContents


@dataclass(frozen=True)
class WrittenFrame:
    """A picture on disk that nobody has checked yet.

    path:    its file, part_FRAME.png
    regions: the number of them; 0 for a full render
    seconds: by phase: "sync" (Blender and Cycles update their data), "sampling", "saving"
    """

    frame: int
    path: Path
    regions: int
    seconds: dict[str, float]


@dataclass
class FrameRenderer:
    """Renders frames of a plan that is built in a scene.

    scratch:           folder for this process's pictures
    full_frame_reason: why every frame is rendered in full; "" if regions may be rendered
    heartbeat:         called now and then while Cycles renders
    may_sample_edges:  let flat squares get one sample where a picture is rendered in full. `samples_edges` tells
                       whether they do, which the scene decides, and this Blender
    """

    plan: Plan
    scene: bpy.types.Scene
    scratch: Path
    full_frame_reason: str
    heartbeat: Callable[[], object] = lambda: None
    may_sample_edges: InitVar[bool] = False
    square_cache: SquareCache | None = None
    writer: IncrementalPngWriter | None = None

    def __post_init__(self, may_sample_edges: bool) -> None:
        self.base_frame = find_base_frame(self.plan)
        self.base_state = make_base_frame(self.plan, self.base_frame)
        self.edge_share = 1.0  # of the estimated cost of a whole picture, if all samples are at edges alone
        self._forget_costs()
        self.samples_edges = may_sample_edges and not find_even_sampling_reason(self.plan, self.scene)

    def set_threads(self, threads: int) -> None:
        """Set the number of threads of Cycles; 0 for all."""
        render, before = self.scene.render, self.scene.render.threads
        render.threads_mode = "FIXED" if threads else "AUTO"
        if threads:
            render.threads = threads
        if render.threads != before:
            self._forget_costs()

    def _forget_costs(self) -> None:
        """Begin again to measure what renders cost."""
        render, (width, height) = self.plan.spec.render, self.plan.spec.render.resolution
        device = "gpu" if self.scene.cycles.device == "GPU" else "cpu"
        margin = find_margin(render.samples, render.noise)
        costs = estimate_costs(device, self.scene.render.threads, render.samples, width * height, margin)
        self.meter = CostMeter(costs)
        if self.edge_share < 1:
            self.meter.add_whole(costs.whole * self.edge_share)

    def render_frame(self, frame: int, base_path: Path) -> Path:
        """Render one frame and return its file. See `render_frames`."""
        written: list[WrittenFrame] = []
        self.render_frames([frame], base_path, on_written=written.append)
        return written[0].path

    def render_frames(
        self,
        frames: Sequence[int],
        base_path: Path,
        on_written: Callable[[WrittenFrame], object],
        on_started: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Render frames as PNG files, writing each while Blender renders the next.

        frames:     frames, each once: a file is written while Blender renders the next
        base_path:  file of the base frame; if it does not exist, frames are rendered in full
        on_started: called with each frame before it is rendered
        on_written: called after each file is written, in a thread
        """
        with ThreadPoolExecutor(1) as thread:
            next_regions: Future[FrameRegions | None] | None = None
            writing: Future[None] | None = None
            for number, frame in enumerate(frames):
                on_started(frame)
                if frame != self.base_frame:
                    self._enable_regions(base_path)
                regions = self._plan_regions(frame) if next_regions is None else next_regions.result()
                next_regions = None
                if self.square_cache is not None and number + 1 < len(frames):
                    next_regions = thread.submit(self._plan_regions, frames[number + 1])
                picture, parts = self._render(frame, regions)
                if writing is not None and (error := writing.exception()) is not None:
                    on_started(frames[number - 1])  # the error belongs to that frame
                    raise error
                writing = thread.submit(self._write, picture, regions, parts, on_written)
            if writing is not None:
                writing.result()

    def _plan_regions(self, frame: int) -> FrameRegions | None:
        """Return the regions to render for a frame, before those of any later frame.

        Return None for a frame that is rendered in full: the base frame, every frame while the picture of the base
        frame is not loaded, and a frame that changes so much that a full render costs less.
        """
        if self.square_cache is None or frame == self.base_frame:
            return None
        hashes = hash_squares(self.plan, frame, self.base_state)
        numbers = self.square_cache.find_numbers(hashes)
        missing = find_missing_squares(hashes, numbers)
        regions = choose_regions(missing, self.plan.spec.render.resolution, self.meter.costs)
        if regions is None:
            return None
        return FrameRegions(regions, numbers, self.square_cache.reserve(hashes, numbers, regions))

    def _render(self, frame: int, regions: FrameRegions | None) -> tuple[WrittenFrame, list[Bytes]]:
        """Render a frame. Return its file, which only a full render has written already, and its regions' pixels."""
        path = self.scratch / f"part_{frame:05d}.png"
        path.unlink(missing_ok=True)
        start = time.perf_counter()
        self.scene.frame_set(frame)
        samples_edges = self.samples_edges
        clock = RenderClock(self.heartbeat, is_full_frame=regions is None and not samples_edges)
        parts: list[Bytes] = []
        with clock:
            if regions is None:
                self._render_full(path, clock)
            else:
                parts = self._render_regions(regions.regions, clock.tick_region)
        saving = time.perf_counter() - start - clock.sync - clock.sampling
        if regions is None:
            if samples_edges == self.samples_edges:  # else it has been rendered twice, which no later one is
                self.meter.add_whole(clock.sampling + saving)
        else:
            self.meter.add_regions(regions.regions, clock.region_seconds)
        if frame == self.base_frame:
            self._enable_regions(path)
        seconds = {"sync": clock.sync, "sampling": clock.sampling, "saving": saving}
        return WrittenFrame(frame, path, len(parts), seconds), parts

    def _render_full(self, path: Path, clock: RenderClock) -> None:
        """Render the current frame in full, with all samples at edges alone where that gives the same pixels."""
        if self.samples_edges:
            try:
                picture = render_with_edges(self.plan, self.scene, self.meter.estimate, self.scratch, clock.tick)
            except (ProbesDiffer, RuntimeError):
                self.samples_edges = False
                clock.hear_all()
            else:
                IncrementalPngWriter(picture).write_frame(path, picture)
                return
        render_full(self.scene, self.plan.spec.render.transparent, path)

    def _write(
        self,
        picture: WrittenFrame,
        regions: FrameRegions | None,
        parts: list[Bytes],
        on_written: Callable[[WrittenFrame], object],
    ) -> None:
        start = time.perf_counter()
        if regions is not None and self.square_cache is not None and self.writer is not None:
            pixels = self.square_cache.compose(regions.numbers, regions.regions, parts)
            self.square_cache.store(regions.new, pixels)
            self.writer.write_frame(picture.path, pixels)
        picture.seconds["saving"] += time.perf_counter() - start
        on_written(picture)

    def _render_regions(self, regions: list[Region], after_each: Callable[[], object] = lambda: None) -> list[Bytes]:
        return render_regions(self.scene, regions, self.scratch, after_each) if regions else []

    def _enable_regions(self, base_path: Path) -> None:
        """Load the base frame's picture, and test whether this Blender renders regions with the same pixels."""
        if self.full_frame_reason or self.square_cache is not None or not is_whole(base_path):
            return
        pixels = _read_pixels(base_path, 4 if self.plan.spec.render.transparent else 3)
        self.scene.frame_set(self.base_frame)
        probes = self._probe_regions()
        try:
            parts = self._render_regions(probes)
        except RuntimeError as error:
            self.full_frame_reason = f"this Blender cannot render regions: {error}"
            return
        cache = SquareCache(pixels)
        with_probes = cache.compose(np.full(cache.shape, UNKNOWN), probes, parts)
        if TOLERANCES[self.scene.cycles.device].allows(with_probes, pixels):
            self.square_cache, self.writer = cache, IncrementalPngWriter(pixels)
            self._expect_edges()
        else:
            self.full_frame_reason = "this Blender does not render a region as in the full picture"

    def _expect_edges(self) -> None:
        """Lower the estimated cost of a whole picture, if none has been measured, to that of the base frame's edges."""
        estimate = self.meter.estimate
        if self.samples_edges and self.meter.costs.whole == estimate.whole:
            seconds = estimate_seconds(self.plan, bpy.context.evaluated_depsgraph_get(), estimate)
            if seconds < estimate.whole:
                self.edge_share = seconds / estimate.whole
                self.meter.add_whole(seconds)

    def _probe_regions(self) -> list[Region]:
        """Return small regions of different sizes: in the middle of the picture, in a corner and left of the middle."""
        width, height = self.plan.spec.render.resolution
        side = min(PROBE_SIZE, width // 2, height // 2)
        middle = (width - side) // 2, (height - side) // 2
        return [(*middle, side, side), (0, 0, side // 2, side), (middle[0] // 2, middle[1], side, side // 2)]


def _read_pixels(path: Path, channels: int) -> Bytes:
    """Read a picture's pixels, shape (height, width, color components), top row first."""
    image = bpy.data.images.load(str(path))
    try:
        image.colorspace_settings.name = "Non-Color"  # type: ignore[assignment]  # untyped in the stubs
        width, height = image.size
        values = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(values)  # type: ignore[attr-defined]  # a float in the stubs
    finally:
        bpy.data.images.remove(image)
    colors = values.reshape(height, width, -1)[::-1, :, :channels]
    return np.rint(colors * 255).astype(np.uint8)
