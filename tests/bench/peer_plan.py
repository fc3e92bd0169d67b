# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as flat shapes in a JSON file, from which manim_peer.py draws the same film without Kernelwalk.

All points are projected: they are shares of the picture's width and height, from (0, 0) at the lower left to (1, 1) at
the upper right. The file holds
  size:       width and height in pixels
  fps:        frames per second
  background: sRGB, like all colors: "#RRGGBB"
  quads:      for each tile the four corners of its top
  colors:     for each tile its color in the base frame
  below:      how many of the tiles lie below the lines, the others above; all are in the order in which to draw them
  line:       color, and width as a share of the picture's width
  frames:     for each frame "tiles", [index, color] of those that look different from the frame before (on the first,
              from "colors"), and "lines", both ends of each
Sides, rounded corners and shadows are not in it: the peer draws flat squares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.tiles.tile_grid import TileGrid
from numpy.typing import NDArray

MANIM = "0.22.0"
"""The version of Manim Community that is measured."""

WALK = {"easing": "step", "frames_per_step": 1, "lead_in": 0, "lead_out": 0, "fps": 5}
"""The walk that both sides show: a frame per step."""

Floats = NDArray[np.float64]


def write_peer_plan(plan: Plan, path: Path) -> None:
    """Write what `plan` shows to `path`. Raises ValueError where the lines are not shown on every frame."""
    path.write_text(json.dumps(flatten(plan), separators=(",", ":")), "utf-8")


def flatten(plan: Plan) -> dict[str, Any]:
    """Return what `plan` shows, as the module's docstring describes."""
    if not all(plan.activity_at(frame) == 1 for frame in plan.frames):
        raise ValueError("walk.lead_in, walk.lead_out: a peer's film has lines on every frame. Set both to 0")
    # of two level squares that overlap in the picture, the higher one is nearer to the camera
    lower, upper = (np.argsort(_tops(grid), kind="stable") for grid in plan.grids)
    order = np.concatenate([lower, len(lower) + upper])
    quads = plan.view.project(np.concatenate([_corners(grid) for grid in plan.grids]).reshape(-1, 3))
    idle = _srgb(np.concatenate([grid.palette[grid.kinds, 0] for grid in plan.grids])[order])
    frames, before = [], idle
    for frame in plan.frames:
        now = _srgb(np.concatenate(list(plan.colors_at(frame).values()))[order])
        ends = plan.view.project(plan.lines_at(frame)[0].reshape(-1, 3))
        changed = np.flatnonzero(now != before)
        tiles = [list(each) for each in zip(changed.tolist(), _hex(now[changed]), strict=True)]
        frames.append({"tiles": tiles, "lines": _points(ends, (4, 2, 2))})
        before = now
    line = {"color": _hex(_srgb(plan.lines[0].color[None]))[0], "width": plan.lines[0].width / plan.view.width}
    return {
        "size": plan.spec.render.resolution,
        "fps": plan.spec.walk.fps,
        "background": plan.spec.look.colors.background,
        "quads": _points(quads.reshape(-1, 4, 2)[order], (-1, 4, 2)),
        "colors": _hex(idle),
        "below": len(lower),
        "line": line,
        "frames": frames,
    }


def _tops(grid: TileGrid) -> Floats:
    """Return the height of each tile's top, shape (n,)."""
    return grid.base_centers[:, 2] + np.array(grid.thicknesses)[grid.kinds]


def _corners(grid: TileGrid) -> Floats:
    """Return the corners of each tile's top in order around it, shape (n, 4, 3)."""
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * grid.size / 2
    corners = np.empty((len(grid.base_centers), 4, 3))
    corners[:, :, :2] = grid.base_centers[:, None, :2] + square
    corners[:, :, 2] = _tops(grid)[:, None]
    return corners


def _points(points: Floats, shape: tuple[int, ...]) -> list[Any]:
    """Return points as nested lists, rounded to about a ten-thousandth of a pixel."""
    return points.reshape(shape).round(7).tolist()


def _srgb(colors: Floats) -> NDArray[np.int64]:
    """Shape (n,): linear RGB (n, 3) as sRGB 0xRRGGBB, the inverse of core.look.linear."""
    srgb = np.where(colors <= 0.0031308, colors * 12.92, 1.055 * np.maximum(colors, 0) ** (1 / 2.4) - 0.055)
    channels = np.clip(np.rint(srgb * 255), 0, 255).astype(np.int64)
    return channels @ np.array([1 << 16, 1 << 8, 1])


def _hex(colors: NDArray[np.int64]) -> list[str]:
    return [f"#{color:06X}" for color in colors.tolist()]
