# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures as pixels, and rays from the camera that tell what is seen."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pypdfium2
import resvg_py
from kernelwalk.core import Plan, make_plan
from kernelwalk.core.tiles.tile_grid import TileGrid
from kernelwalk_pipeline.figures.drawing_order import Boxes, find_eye
from kernelwalk_pipeline.figures.figure import draw_step
from kernelwalk_pipeline.figures.svg import write_svg
from kernelwalk_pipeline.source import read_spec
from PIL import Image

PLAIN = ["labels.title=false", "labels.names=false", "labels.caption=false"]
"""Settings without labels, which take most of the time to plan."""

CORNER = 0.36
"""Place beside the middle of a tile at which no digit stands, along x and y, as a share of what shows a value."""

MARGIN = 0.04
"""Distance within which a ray that passes the edge of a tile proves nothing, in units of the tile pitch."""


def plan_preset(preset: str, settings: Sequence[str] = ()) -> Plan:
    return make_plan(read_spec(preset, ["render.resolution=[640, 360]", *settings]).spec)


def rasterize(svg: str, mode: str = "RGB") -> np.ndarray:
    """Return the pixels (height, width, 3) of an SVG, with mode "RGBA" (height, width, 4)."""
    return np.asarray(Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg)))).convert(mode)).astype(int)


def show_pdf(data: bytes, page: int = 0, mode: str = "RGB") -> np.ndarray:
    """Return the pixels (height, width, 3) of a page of a PDF, with mode "RGBA" (height, width, 4)."""
    paper = (0, 0, 0, 0) if mode == "RGBA" else (255, 255, 255, 255)
    shown = pypdfium2.PdfDocument(data)[page].render(scale=96 / 72, fill_color=paper).to_pil()
    return np.asarray(shown.convert(mode)).astype(int)


def differ(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean difference of two pictures, of 255, apart from what a pixel's move explains."""
    assert first.shape == second.shape
    moved = [np.roll(second, shift, (0, 1)) for shift in np.ndindex(2, 2)] + [np.roll(second, (-1, -1), (0, 1))]
    return float(np.min([np.abs(first - each).max(axis=2) for each in moved], axis=0).mean())


def draw_pixels(plan: Plan, step: int) -> np.ndarray:
    return rasterize(write_svg([draw_step(plan, step)], "", None, as_text=False))


def list_boxes(plan: Plan, frame: float) -> tuple[Boxes, np.ndarray]:
    """Return the boxes of all tiles, and the number of the tier of each."""
    lows, highs, tiers = [], [], []
    for number, grid in enumerate(plan.all_grids):
        centers = grid.base_centers + (plan.kernel_offset_at(frame) if grid is plan.kernel else 0.0)
        half = np.array([grid.size / 2, grid.size / 2, 0.0])
        lows.append(centers - half)
        highs.append(centers + half + np.array(grid.thicknesses)[grid.kinds][:, None] * [0, 0, 1])
        tiers.append(np.round(1000 * centers[:, 2]) + 1e6 * number)
    return Boxes(np.concatenate(lows), np.concatenate(highs)), np.concatenate(tiers).astype(np.int64)


def find_hits(points: np.ndarray, boxes: Boxes, eye: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """Return True where a box, larger by a margin, hides a point from the eye, shape (points, boxes)."""
    along = (eye - points)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = [(corner[None] - points[:, None]) / along for corner in (boxes.low - margin, boxes.high + margin)]
    enter, leave = np.minimum(*ends).max(axis=2), np.maximum(*ends).min(axis=2)
    return (enter < leave - 1e-9) & (leave > 1e-7) & (enter > -np.inf)


def find_hidden(points: np.ndarray, plan: Plan, frame: float) -> tuple[np.ndarray, np.ndarray]:
    """Return which points are hidden, and which are seen, shape (n,); of those near an edge neither is true."""
    boxes, _ = list_boxes(plan, frame)
    eye = find_eye(plan.view_at(frame))
    raised = points + (eye - points) / np.linalg.norm(eye - points, axis=1)[:, None] * 0.12
    return find_hits(raised, boxes, eye, -MARGIN).any(axis=1), ~find_hits(raised, boxes, eye, MARGIN).any(axis=1)


def look_up(pixels: np.ndarray, plan: Plan, frame: float, points: np.ndarray) -> np.ndarray:
    """Return the colors (n, 3) where a picture shows points (n, 3)."""
    height, width = pixels.shape[:2]
    x, y = (plan.view_at(frame).project(points) * [width, height]).T
    return pixels[np.clip((height - y).astype(int), 0, height - 1), np.clip(x.astype(int), 0, width - 1)]


def list_clear_tops(plan: Plan, grid: TileGrid, frame: float) -> np.ndarray:
    """Return points (n, 3) on the tops of a grid's tiles that are seen, with no line and no digit there: their middles,
    or a corner of what shows a value."""
    state = plan.state_at(frame)
    height = np.array(grid.thicknesses)[grid.kinds] + grid.lift * grid.active_share_at(state.position)
    tops = grid.base_centers + height[:, None] * [0, 0, 1]
    if grid.values is not None and grid.values.digits is not None:
        tops += CORNER * grid.values.plate_size * np.array([1, 1, 0])
    _, seen = find_hidden(tops, plan, frame)
    view, ends = plan.view_at(frame), [line[:, (0, -1)] for line in plan.lines_at(frame)]
    along = np.concatenate([(one[:, :1] + np.linspace(0, 1, 99)[:, None] * np.diff(one, axis=1)) for one in ends])
    lines = view.project(along.reshape(-1, 3))
    apart = np.abs(view.project(tops)[:, None] - lines[None]).max(axis=2).min(axis=1)  # shares of the picture
    clear: np.ndarray = tops[seen & (apart > 0.015)]
    return clear
