# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a viewer would show of a USD file, by usd-core."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Floats
from pxr import Sdf, Tf, Usd, UsdGeom, UsdShade

PITCH = 2.0
"""Centimeters from one tile to the next."""


class Shown(NamedTuple):
    """A part that has a size on a frame.

    origin: shape (3,), of the part, in units of the plan, as its coordinates
    end:   shape (3,), of what lies a unit below it in the part
    """

    name: str
    origin: Floats
    end: Floats
    color: Floats
    opacity: float


class Viewer:
    """A layer as it plays."""

    def __init__(self, layer: Sdf.Layer, plan: Plan):
        self.stage = Usd.Stage.Open(layer)
        bounds = np.array([grid.bounds for grid in plan.all_grids])
        low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
        self.materials: dict[str, tuple[Floats, float]] = {}
        self.origin = np.array([*(low + high)[:2] / 2, low[2]])

    def list_shown(self, group: str, frame: float) -> list[Shown]:
        """Return the parts of a group that have a size on a frame."""
        cache, shown = UsdGeom.XformCache(frame), []
        walk = self.stage.GetDefaultPrim().GetChild("Walk")
        for prim in Usd.PrimRange(walk.GetChild(Tf.MakeValidIdentifier(group))):
            if prim.GetTypeName() != "Mesh":
                continue
            matrix = np.array(cache.GetLocalToWorldTransform(prim))
            if abs(np.linalg.det(matrix[:3, :3])) > 1e-9:
                origin, end = (self._to_plan(np.array([0, 0, depth, 1.0]) @ matrix) for depth in (0.0, -1.0))
                path = str(prim.GetPath())
                if path not in self.materials:
                    self.materials[path] = _read_material(prim)
                shown.append(Shown(prim.GetName(), origin, end, *self.materials[path]))
        return shown

    def list_tiles(self, group: str, frame: float) -> list[Shown]:
        """Return the tiles of a group, in the colors of the glows around some."""
        shown = self.list_shown(group, frame)
        tiles = [part for part in shown if part.name.startswith("Tile")]
        for glow in (part for part in shown if part.name.startswith("Glow")):
            distances = [float(np.linalg.norm(glow.origin - tile.origin)) for tile in tiles]
            nearest = int(np.argmin(distances))
            assert distances[nearest] < 0.01
            tiles[nearest] = tiles[nearest]._replace(color=glow.color, opacity=glow.opacity)
        return tiles

    def _to_plan(self, point: Floats) -> Floats:
        x, y, z = point[:3] / PITCH
        return np.array([x, -z, y]) + self.origin


def _read_material(prim: Usd.Prim) -> tuple[Floats, float]:
    subset = next((child for child in prim.GetChildren() if child.GetName() == "Face"), prim)
    material, _ = UsdShade.MaterialBindingAPI(subset).ComputeBoundMaterial()
    shader: Any = material.ComputeSurfaceSource()[0]
    opacity = shader.GetInput("opacity")
    return np.array(shader.GetInput("diffuseColor").Get()), opacity.Get() if opacity else 1.0
