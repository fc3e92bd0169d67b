# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk as the plain data that the page draws: all of it from the core's plan, tables and sentences.

Lengths are in units of the tile pitch; those of lines, which are many, in thousandths of it. Colors are numbers of the
document's list of colors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from kernelwalk.core import Plan, Spec, make_plan
from kernelwalk.core.arrays import Floats
from kernelwalk.core.describe.mapping_document import export_mapping
from kernelwalk.core.describe.summary import summarize_layers
from kernelwalk.core.describe.tile_query import Tile, describe_walk_step
from kernelwalk.core.geometry.grids import Grid, make_grids
from kernelwalk.core.labels.corner_labels import list_legend_entries
from kernelwalk.core.lines.line_set import DigitFields, LineSet
from kernelwalk.core.lines.see_through import SEE_THROUGH_OPACITY
from kernelwalk.core.plan.file_sizes import FileForm, find_size_obstacle
from kernelwalk.core.spec.label_texts import format_caption, list_size_equations
from kernelwalk.core.tiles.tile_grid import TileGrid
from kernelwalk.core.tiles.tile_values import POINT_SHARE, TileValues
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.digits import BASELINE, CELL, EM
from kernelwalk.core.values.sum_text import SumWriter

from ..figures.blending import format_color, list_backgrounds, match_blending
from ..source import refuse_obstacle, refuse_pair
from .making_tables import find_obstacle, make_making_tables
from .shaded_mesh import find_shade_share, make_shaded_mesh
from .tile_states import DECIMALS, TileStates, WordTable

LINE_UNITS = 1000
"""Units of the tile pitch in which the points of lines are written."""

MOST_TERMS = 24
"""Terms of a sum that the page writes: it has more room than the picture."""

FORM = FileForm("a page", 2_500_000, 0, 90, 18, 90, 18, step=160)
"""Documents up to what a phone opens at once, and is written within half a minute."""


def make_document(name: str, spec: Spec) -> dict[str, Any]:
    """Return the document of a spec. Raises UsageError for one that is too large for a page, and for two layers."""
    refuse_pair(name, spec, "a page")
    grids = make_grids(spec)
    refuse_obstacle(name, find_size_obstacle(spec, FORM))
    plan = make_plan(spec)
    return _DocumentMaker(name, plan, grids).make()


class _DocumentMaker:
    """Makes the document of a plan."""

    def __init__(self, name: str, plan: Plan, grids: Sequence[Grid]):
        self.name, self.plan, self.spec, self.grids = name, plan, plan.spec, grids
        self.colors, self.texts = WordTable(), WordTable()

    def make(self) -> dict[str, Any]:
        """Return the document."""
        spec, obstacle = self.spec, find_obstacle(self.plan)
        return {
            "name": self.name,
            "title": spec.name,
            "dims": spec.layer.dims,
            "summary": summarize_layers(spec),
            "caption": format_caption(spec),
            "equations": list_size_equations(spec),
            "look": self._describe_look(),
            "camera": self._describe_camera(),
            "legend": self._list_legend(),
            "grids": self._list_grids(),
            "lines": [self._describe_lines(each) for each in self.plan.lines],
            "frustum": self._describe_frustum(),
            "marks": self._list_marks(),
            "steps": [describe_walk_step(spec, step) for step in range(spec.step_count)],
            "sums": self._list_sums(),
            "milliseconds": self._find_pace(),
            "mapping": export_mapping(spec),
            "obstacle": obstacle,
            "making": None if obstacle else make_making_tables(self.plan),
            "colors": self.colors.words,
            "shadeShares": [find_shade_share(spec.look, color) for color in self.colors.words],
            "texts": self.texts.words,
        }

    def _find(self, color: str) -> int:
        """Return the number of a color of the look."""
        return self.colors.find(color.upper())

    def _convert(self, scene_rgb: Floats) -> int:
        return self.colors.find(format_color(self.spec.look, scene_rgb))

    def _describe_look(self) -> dict[str, Any]:
        look = self.spec.look
        return {
            "background": look.colors.background,
            "text": look.colors.text,
            "accent": look.colors.output_active,
            "outline": [look.outline, self._find(look.colors.outline)],
            "rounding": min(look.rounding, look.tile_size / 2),
            "isLinear": not look.blends_as_displayed,
            "seeThrough": SEE_THROUGH_OPACITY if look.see_through else 0,
            "cell": [*CELL, EM, BASELINE],
        }

    def _describe_camera(self) -> dict[str, Any]:
        """Return where the camera looks from; `distance` is a multiple of the picture's width, 0 for none."""
        camera, view = self.spec.camera, self.plan.view
        return {
            "azimuth": camera.azimuth,
            "elevation": camera.elevation,
            "distance": 0 if view.distance is None else round(view.distance / view.width, DECIMALS),
        }

    def _list_legend(self) -> list[list[Any]]:
        entries = list_legend_entries(self.spec, self.plan.grids)
        return [[entry.name, [self._convert(color) for color in entry.colors]] for entry in entries]

    def _list_grids(self) -> list[dict[str, Any]]:
        """Return the grids, and the kernel as the last one where it is shown."""
        plan, backgrounds = self.plan, list_backgrounds(self.plan)
        numbers = range(len(plan.all_grids))
        states = [TileStates(plan, number, backgrounds, self.colors, self.texts) for number in numbers]
        slides: list[list[list[float]]] = [[] for _ in states]
        for step in range(self.spec.step_count):
            frame = float(self.spec.start_frame(step))
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
        steps = np.rint((lines.points if fields is None else fields.points) * LINE_UNITS).astype(int)
        shown = np.ones(steps.shape[:2], bool) if lines.hidden is None else ~lines.hidden
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
        steps = np.rint(frustum.points * LINE_UNITS).astype(int)
        return {
            "sides": frustum.sides.tolist(),
            "color": self._find(color),
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
        """Return what each step computes, in numbers; None without values."""
        spec, values = self.spec, compute_values(self.spec)
        if values is None:
            return None
        writer = SumWriter(spec, values, MOST_TERMS)
        return [writer.write(step) for step in range(spec.step_count)]

    def _find_pace(self) -> list[int]:
        """Return for how long a step lasts, and how long of it the walk rests."""
        walk = self.spec.walk
        _, hold = walk.transition()
        return [round(1000 * frames / walk.fps) for frames in (walk.frames_per_step, hold)]


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
