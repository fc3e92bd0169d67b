# SPDX-License-Identifier: GPL-3.0-or-later
"""How a frame becomes a picture: rendered in whole, or as the still picture and the parts that differ from it.

Each picture depends on the still one alone, so any frame can be rendered anywhere, in any order, and has the same
pixels either way.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.picture.regions import Region, regions, still_frame
from kernelwalk.scene import before, compat, owned, settings
from kernelwalk.scene.template import TILE
from kernelwalk.scene.tiles import has_twins

from ..frames.png import Bytes, Retouch, is_whole
from .parts import render_parts

MOST_SHARE = 0.7
"""Of the picture: where more of it differs, it is rendered in whole."""

PROBE = 24
"""Side of the parts, in pixels, by which it is seen whether parts are as the whole picture."""

SEES_AROUND = {"ShaderNodeAmbientOcclusion": "ambient occlusion", "ShaderNodeBevel": "a bevel"}
"""Nodes by which a surface depends on what is near it, in words."""


def hindrance(plan: Plan, scene: bpy.types.Scene) -> str:
    """Why a frame may differ from the still one elsewhere than where something is lit; empty if it does not."""
    if plan.spec.render.engine != "cycles":
        return "EEVEE renders a part otherwise than the whole"
    if plan.orbits:
        return "the camera moves"
    if plan.spec.walk.lift > 0:
        return "where tiles rise, so do their shadows"
    if not has_twins(plan.spec):
        return "of objects per tile Cycles finds the faces in another order on every frame"
    if any(root.get(owned.MOVES) for root in owned.roots(scene)):
        return "something in the template moves by itself"
    cycles = scene.cycles
    bounces = {name: getattr(cycles, f"{name}_bounces") for name in ("max", "diffuse", "glossy", "transmission")}
    if bounces.pop("max") > 0 and any(bounces.values()):
        return "the template lets light bounce from surface to surface"
    surface = list(bpy.data.node_groups[TILE].nodes)
    if any(map(_shines, surface)) and not any(node.bl_idname == "ShaderNodeLightPath" for node in surface):
        return "the template's tiles shine on what is near them"
    trees = [*bpy.data.node_groups, *(material.node_tree for material in bpy.data.materials if material.node_tree)]
    for node in (node for tree in trees for node in tree.nodes):
        if node.bl_idname in SEES_AROUND:
            return f"the template's surfaces have {SEES_AROUND[node.bl_idname]}"
        if node.bl_idname == "ShaderNodeBsdfTransparent" and node.inputs[0].is_linked and plan.spec.look.shadows:
            return "the template's tiles throw coloured shadows"
    return ""


def _shines(node: bpy.types.Node) -> bool:
    if node.bl_idname == "ShaderNodeBsdfPrincipled":
        strength: Any = node.inputs["Emission Strength"]
        return strength.is_linked or strength.default_value > 0
    return node.bl_idname == "ShaderNodeEmission"


@dataclass
class Pictures:
    """The pictures of a plan that stands in a scene.

    scratch: a folder of our own
    whole_because: why every picture is rendered in whole; empty where parts may be rendered
    seconds: what the last picture took: "sync" (what Blender and Cycles bring up to date), "sampling", "saving"
    """

    plan: Plan
    scene: bpy.types.Scene
    scratch: Path
    whole_because: str
    seconds: dict[str, float] = field(default_factory=dict)
    _retouch: Retouch | None = None

    def __post_init__(self) -> None:
        self.still = still_frame(self.plan)

    def render(self, frame: int, still: Path) -> Path:
        """Render a frame as a PNG under a name that says that nobody has looked at it yet.

        still: the file of the still frame; where it is not there, the frame is rendered in whole
        """
        path = self.scratch / f"part_{frame:05d}.png"
        path.unlink(missing_ok=True)
        began = time.perf_counter()
        if frame != self.still:
            self._begin_parts(still)
        areas = self._areas(frame)
        self.scene.frame_set(frame)
        clock = _Clock()
        with clock:
            if self._retouch is None or areas is None:
                self._whole(path)
            else:
                self._retouch.write(path, self._patches(areas))
        if frame == self.still:
            self._begin_parts(path)
        whole = time.perf_counter() - began
        self.seconds = {"sync": clock.sync, "sampling": clock.sampling}
        self.seconds["saving"] = whole - clock.sync - clock.sampling
        return path

    def _whole(self, path: Path) -> None:
        before.put_all(self.scene, settings.pictures(self.plan.spec.render.transparent))
        self.scene.render.use_file_extension = False
        self.scene.render.filepath = compat.literal_path(str(path))
        bpy.ops.render.render(write_still=True)

    def _areas(self, frame: int) -> list[Region] | None:
        """What differs from the still picture; None where the whole is rendered: of that one itself, where there is
        none, and where so much differs that the whole is quicker."""
        if self._retouch is None or frame == self.still:
            return None
        width, height = self.plan.spec.render.resolution
        found = regions(self.plan, frame, self.still)
        return found if sum(w * h for _, _, w, h in found) <= MOST_SHARE * width * height else None

    def _patches(self, areas: list[Region]) -> list[tuple[int, int, Bytes]]:
        """The areas' pixels, each with its top row and its left column."""
        if not areas:
            return []
        height = self.plan.spec.render.resolution[1]
        rendered = render_parts(self.scene, areas, self.scratch)
        return [(height - y - h, x, pixels) for (x, y, _, h), pixels in zip(areas, rendered, strict=True)]

    def _begin_parts(self, still: Path) -> None:
        """Read the still picture, and see whether this Blender renders its parts as they are in it."""
        if self.whole_because or self._retouch is not None or not is_whole(still):
            return
        pixels = _pixels(still, 4 if self.plan.spec.render.transparent else 3)
        self.scene.frame_set(self.still)
        try:
            same = all(
                np.array_equal(pixels[top : top + len(part), left : left + part.shape[1]], part)
                for top, left, part in self._patches(self._probes())
            )
        except RuntimeError as error:
            self.whole_because = f"this Blender renders no parts: {error}"
            return
        if same:
            self._retouch = Retouch(pixels)
        else:
            self.whole_because = "this Blender renders a part otherwise than the whole"

    def _probes(self) -> list[Region]:
        """A few small parts of different sizes, on and beside what stands in the picture."""
        width, height = self.plan.spec.render.resolution
        side = min(PROBE, width // 2, height // 2)
        middle = (width - side) // 2, (height - side) // 2
        return [(*middle, side, side), (0, 0, side // 2, side), (middle[0] // 2, middle[1], side, side // 2)]


def _pixels(path: Path, channels: int) -> Bytes:
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


class _Clock:
    """Tells, of what Cycles does while the context lasts, how long it took before its first ray, and from then on."""

    def __init__(self) -> None:
        self.sync = self.sampling = 0.0

    def __enter__(self) -> None:
        self.began = self.last = time.perf_counter()
        self.first: float | None = None
        bpy.app.handlers.render_stats.append(self._told)

    def _told(self, stats: object, *_: object) -> None:
        self.last = time.perf_counter()
        if self.first is None and "sample" in str(stats).lower():
            self.first = self.last

    def __exit__(self, *_: object) -> None:
        bpy.app.handlers.render_stats.remove(self._told)
        first = self.last if self.first is None else self.first
        self.sync, self.sampling = first - self.began, self.last - first
