# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kernelwalk.core import make_plan

from ..atomic import write_file
from ..failures import UsageError
from ..source import Source
from .figure import count_tiles, draw_step

MAX_TILES = 20_000
"""Tiles of all steps of a figure up to which programs that show figures are quick."""

BYTES_PER_TILE = 2_000
"""About what a tile takes in an .svg."""


def write_figures(source: Source, steps: Sequence[int], out: Path, columns: int | None, as_text: bool) -> None:
    """Write steps as .svg, .pdf or .tex, as the name says. Raises OutputError, and UsageError for too many tiles.

    columns: of an .svg of several steps; None chooses
    as_text: write words as text instead of outlines
    """
    plan = make_plan(source.spec)
    _check_size(source.name, sum(count_tiles(plan, step) for step in steps))
    figures = [draw_step(plan, step) for step in steps]
    title = source.spec.title or source.name
    suffix = out.suffix.lower()
    if suffix == ".pdf":
        from .pdf import write_pdf

        data = write_pdf(figures, title, as_text)
    elif suffix == ".svg":
        from .svg import write_svg

        data = write_svg(figures, title, columns, as_text).encode()
    else:
        from .tex import write_tex

        data = write_tex(figures, title, as_text).encode()
    write_file(data, out)


def _check_size(name: str, tiles: int) -> None:
    if tiles > MAX_TILES:
        size = tiles * BYTES_PER_TILE / 1e6
        raise UsageError(
            f"{name}: a figure of {tiles:,} tiles would have about {size:,.0f} MB, and at most {MAX_TILES:,} tiles are "
            "drawn. Use a smaller layer, fewer steps or show.excerpt, or kernelwalk still"
        )
