# SPDX-License-Identifier: GPL-3.0-or-later
"""A spec as the plain data that the page draws: all of it from the core's plan, tables and sentences.

Lengths are in units of the tile pitch; those of lines, which are many, in thousandths of it. Colors are numbers of the
document's list of colors.
"""

from __future__ import annotations

from typing import Any

from kernelwalk.core import Plan, Spec, make_plan
from kernelwalk.core.describe.mapping_document import export_mapping
from kernelwalk.core.describe.summary import summarize_layers
from kernelwalk.core.lines.see_through import SEE_THROUGH_OPACITY
from kernelwalk.core.plan.file_sizes import FileForm, find_size_obstacle
from kernelwalk.core.spec.label_texts import format_caption, list_size_equations
from kernelwalk.core.values.digits import BASELINE, CELL, EM

from ..source import refuse_obstacle
from .making_tables import find_obstacle, make_making_tables
from .shaded_mesh import find_shade_share
from .tile_states import WordTable
from .walk_tables import WalkTables

FORM = FileForm("a page", 2_500_000, 0, 90, 18, 90, 18, step=160)
"""Documents up to what a phone opens at once, and is written within half a minute."""


def make_document(name: str, spec: Spec) -> dict[str, Any]:
    """Return the document of a spec. Raises UsageError for one that is too large for a page."""
    refuse_obstacle(name, find_size_obstacle(spec, FORM))
    plan = make_plan(spec)
    plans = plan.with_beside
    colors, texts = WordTable(), WordTable()
    walks = [WalkTables(each, colors, texts) for each in plans]
    first, *beside = [walk.make() for walk in walks]
    obstacle = find_obstacle(plan)
    return {
        **first,
        "name": name,
        "title": " and ".join(each.spec.name for each in plans),
        "summary": "\n".join(_name_lines(plans, [[summarize_layers(each.spec)] for each in plans])),
        "caption": "\n".join(_name_lines(plans, [list(filter(None, [format_caption(each.spec)])) for each in plans])),
        "equations": _name_lines(plans, [list_size_equations(each.spec) for each in plans]),
        "beside": beside[0] if beside else None,
        "look": _describe_look(spec, walks[0]),
        "legend": _join_legends(plans, [walk.list_legend() for walk in walks]),
        "milliseconds": _find_pace(spec),
        "mapping": export_mapping(spec),
        "obstacle": obstacle,
        "making": None if obstacle else make_making_tables(plan),
        "colors": colors.words,
        "shadeShares": [find_shade_share(spec.look, color) for color in colors.words],
        "texts": texts.words,
    }


def _name_lines(plans: list[Plan], lines: list[list[str]]) -> list[str]:
    """Return the lines on each plan; of two plans, after its title."""
    if len(plans) == 1:
        return lines[0]
    return [f"{plan.spec.name}: {line}" for plan, own in zip(plans, lines, strict=True) for line in own]


def _join_legends(plans: list[Plan], legends: list[list[list[Any]]]) -> list[list[Any]]:
    """Return the entries of all plans, each once; one that not all of them have, after the title of its plan."""
    joined: list[list[Any]] = []
    for plan, own in zip(plans, legends, strict=True):
        for name, colors in own:
            is_common = all([name, colors] in other for other in legends)
            entry = [name if is_common else f"{plan.spec.name}: {name}", colors]
            joined += [entry] if entry not in joined else []
    return joined


def _describe_look(spec: Spec, walk: WalkTables) -> dict[str, Any]:
    look = spec.look
    return {
        "background": look.colors.background,
        "text": look.colors.text,
        "accent": look.colors.output_active,
        "outline": [look.outline, walk.find_color(look.colors.outline)],
        "rounding": min(look.rounding, look.tile_size / 2),
        "isLinear": not look.blends_as_displayed,
        "seeThrough": SEE_THROUGH_OPACITY if look.see_through else 0,
        "cell": [*CELL, EM, BASELINE],
    }


def _find_pace(spec: Spec) -> list[int]:
    """Return for how long a step lasts, and how long of it the walk rests, in milliseconds."""
    walk = spec.walk
    _, hold = walk.transition()
    return [round(1000 * frames / walk.fps) for frames in (walk.frames_per_step, hold)]
