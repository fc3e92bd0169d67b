# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of one walk in a page's document: its grids, its lines, and what each beat shows and tells.

A beat is a step, or, of a walk beside another, one of either: the walk rests where it has none of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from kernelwalk.core import Plan
from kernelwalk.core.arrays import Floats
from kernelwalk.core.describe.tile_query import Tile, describe_walk_step
from kernelwalk.core.labels.corner_labels import list_legend_entries
from kernelwalk.core.lines.line_set import DigitFields, LineSet
from kernelwalk.core.tiles.tile_grid import TileGrid
from kernelwalk.core.tiles.tile_values import POINT_SHARE, TileValues
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.sum_text import SumWriter

from ..figures.blending import format_color, list_backgrounds, match_blending
from .shaded_mesh import make_shaded_mesh
from .tile_states import DECIMALS, TileStates, WordTable

LINE_UNITS = 1000
"""Units of the tile pitch in which the points of lines are written."""

MOST_TERMS = 24
"""Terms of a sum that the page writes: it has more room than the picture."""


class WalkTables:
    """Makes the tables of a walk."""

    def __init__(self, plan: Plan, colors: WordTable, texts: WordTable):
        """colors, texts: those of the document, to which the walk's are added"""
        self.plan, self.spec, self.colors, self.texts = plan, plan.spec, colors, texts
        spec = plan.spec
        self.frames = [spec.walk.start_frame(beat) for beat in range(spec.beat_count)]
        self.own_steps = [max(spec.step_at(frame) or 0, 0) for frame in self.frames]

    def make(self) -> dict[str, Any]:
        """Return the tables."""
        steps = self.own_steps
        return {
            "walkTitle": self.spec.name,
            "dims": self.spec.layer.dims,
            "camera": self._describe_camera(),
            "grids": self._list_grids(),
            "lines": [self._describe_lines(each) for each in self.plan.lines],
            "frustum": self._describe_frustum(),
            "marks": self._list_marks(),
            "rests": [beat for beat in range(1, len(steps)) if steps[beat] == steps[beat - 1]],
            "steps": self._tell_steps(),
            "sums": self._list_sums(),
        }

    def list_legend(self) -> list[list[Any]]:
        """Return the entries of the legend: each name and its colors."""
        entries = list_legend_entries(self.spec, self.plan.grids)
        return [[entry.name, [self._convert(color) for color in entry.colors]] for entry in entries]

    def find_color(self, color: str) -> int:
        """Return the number of a color of the look."""
        return self.colors.find(color.upper())

    def _convert(self, scene_rgb: Floats) -> int:
        return self.colors.find(format_color(self.spec.look, scene_rgb))

    def _tell_steps(self) -> list[str]:
        told = [describe_walk_step(self.spec, step) for step in range(self.spec.step_count)]
        return [
            f"rests at {told[step]}" if beat and step == self.own_steps[beat - 1] else told[step]
            for beat, step in enumerate(self.own_steps)
        ]

    def _describe_camera(self) -> dict[str, Any]:
        """Return where the camera looks from; `distance` is a multiple of the picture's width, 0 for none."""
        camera, view = self.spec.camera, self.plan.view
        return {
            "azimuth": camera.azimuth,
            "elevation": camera.elevation,
            "distance": 0 if view.distance is None else round(view.distance / view.width, DECIMALS),
        }

    def _list_grids(self) -> list[dict[str, Any]]:
        """Return the grids, and the kernel as the last one where it is shown."""
        plan, backgrounds = self.plan, list_backgrounds(self.plan)
        numbers = range(len(plan.all_grids))
        states = [TileStates(plan, number, backgrounds, self.colors, self.texts) for number in numbers]
        slides: list[list[list[float]]] = [[] for _ in states]
        for frame in map(float, self.frames):
            state = plan.state_at(frame)
            for own, moved in zip(states, slides, strict=True):
                moved.append(own.add_step(state, frame).round(DECIMALS).tolist())
        return [
            self._describe_grid(number, grid, own, moved)
            for number, (grid, own, moved) in enumerate(zip(plan.all_grids, states, slides, strict=True))
        ]

    def _describe_grid(
        self, number: int, tiles: TileGrid, states: TileStates, slides: list[list[float]]
    ) -> dict[str, Any]:
        is_kernel = tiles is self.plan.kernel
        cells = tiles.cells.astype(int)
        described = [] if is_kernel else [Tile(tiles.name, tuple(cell)).describe(self.spec) for cell in cells.tolist()]
        values = tiles.values
        return {
            "name": tiles.name,
            "label": None if is_kernel else self._find_label(number, tiles.name),
            "role": "kernel" if is_kernel else "output" if self._is_output(number) else "input" if number == 0 else "",
            "origin": tiles.base_centers[0].round(DECIMALS).tolist(),
            "offsets": _find_offsets(tiles),
            "first": cells[0].tolist(),
            "sizes": (cells[-1] - cells[0] + 1).tolist(),
            "size": tiles.size,
            "thicknesses": [round(each, DECIMALS) for each in tiles.thicknesses],
            "kinds": tiles.kinds.tolist(),
            "kindNames": {str(kind): name for kind, name in tiles.kind_names.items()},
            "mesh": make_shaded_mesh(self.spec.look, tiles.size, max(tiles.thicknesses)),
            "looks": states.looks,
            "start": states.first,
            "changes": states.changes,
            "slides": slides if any(any(slide) for slide in slides) else None,
            "plate": 0 if values is None else round(values.plate_size, DECIMALS),
            "digits": None if values is None or values.digits is None else _describe_digits(values),
            "sentences": described,
        }

    def _find_label(self, number: int, name: str) -> list[str] | None:
        """Return a grid's name and its size, as the picture writes them; None if names are off."""
        if not self.spec.labels.names:
            return None
        runs = [each.text for each in self.plan.labels if each.role == "name" and each.grid_index == number]
        return [runs[0], " ".join(runs[1:])] if runs else [name, ""]

    def _is_output(self, number: int) -> bool:
        return number == (0 if self.spec.is_scatter else len(self.plan.grids) - 1)

    def _describe_lines(self, lines: LineSet) -> dict[str, Any]:
        """Return a set of lines: the coordinates of each step's points, or None where no line is there."""
        fields = lines.digit_fields
        points = (lines.points if fields is None else fields.points)[self.own_steps]
        steps = np.rint(points * LINE_UNITS).astype(int)
        shown = np.ones(steps.shape[:2], bool) if lines.hidden is None else ~lines.hidden[self.own_steps]
        return {
            "name": lines.name,
            "width": round(lines.width, DECIMALS),
            "color": self._convert(lines.color),
            "isArched": lines.is_arched,
            "fields": None if fields is None else _describe_fields(fields, self.spec.look.first_row),
            "steps": [points[seen].ravel().tolist() for points, seen in zip(steps, shown, strict=True)],
        }

    def _describe_frustum(self) -> dict[str, Any] | None:
        """Return the bodies between what a step computes and what it reads: the coordinates of their corners."""
        frustum, look = self.plan.frustum, self.spec.look
        if frustum is None:
            return None
        color, opacity = match_blending(look, frustum.color, frustum.opacity, list_backgrounds(self.plan))
        steps = np.rint(frustum.points[self.own_steps] * LINE_UNITS).astype(int)
        return {
            "sides": frustum.sides.tolist(),
            "color": self.find_color(color),
            "opacity": round(opacity, DECIMALS),
            "steps": [points.ravel().tolist() for points in steps],
        }

    def _list_marks(self) -> list[list[Any]]:
        """Return the numbers of rows and columns: each text and where it stands."""
        return [
            [label.text, *np.round(label.location, 3).tolist()]
            for label in self.plan.labels
            if label.role == "index" and not label.is_fixed
        ]

    def _list_sums(self) -> list[str] | None:
        """Return what each beat shows to be computed, in numbers; None without values."""
        spec, values = self.spec, compute_values(self.spec)
        if values is None:
            return None
        writer = SumWriter(spec, values, MOST_TERMS)
        return [writer.write(step) for step in self.own_steps]


def _find_offsets(tiles: TileGrid) -> list[list[float]]:
    """Return the offsets in the world from a cell to the next along x, y, z and the channels."""
    sizes = (tiles.cells[-1] - tiles.cells[0] + 1).astype(int)
    steps = np.cumprod([1, *sizes[:-1]])  # from tile to tile, x fastest
    offsets = [
        tiles.base_centers[step] - tiles.base_centers[0] if size > 1 else np.zeros(3)
        for size, step in zip(sizes.tolist(), steps.tolist(), strict=True)
    ]
    return [offset.round(DECIMALS).tolist() for offset in offsets]


def _describe_fields(fields: DigitFields, first_row: str) -> dict[str, Any]:
    """Return the fields of digits that connectors lead to, with the height and the insets of each four lines."""
    groups = [
        [round(rise, DECIMALS), *(inset if inset is None else round(inset, DECIMALS) for inset in insets)]
        for rise, insets in zip(fields.rises, fields.insets, strict=True)
    ]
    return {"down": -1 if first_row == "far" else 1, "groups": groups}


def _describe_digits(values: TileValues) -> dict[str, Any]:
    """Return how digits stand on tiles: width and height of a cell, quarter turns, the gap of the point in cells."""
    assert values.digits is not None
    return {
        "cell": [round(each, DECIMALS) for each in values.digits.cell],
        "quarterTurns": values.digits.quarter_turns,
        "decimals": values.decimals,
        "point": POINT_SHARE,
    }
