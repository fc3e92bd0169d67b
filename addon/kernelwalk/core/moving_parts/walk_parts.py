# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as parts, which stand on the ground around the origin, with y up."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Floats
from ..plan.plan import Plan
from ..plan.rests import list_rests
from .line_parts import add_lines
from .part_writer import PartWriter, WordMaker
from .tile_parts import add_tiles
from .word_parts import WordParts

TURN = np.array([np.sqrt(0.5), -np.sqrt(0.5), 0.0, 0.0])
"""The quaternion that turns z up into y up."""


def add_walk(writer: PartWriter, root: Any, plan: Plan, pitch: float, make_words: WordMaker) -> None:
    """Add a walk. pitch: length from one tile to the next"""
    walk = writer.add_group(root, "Walk")
    writer.move(walk, find_origin(plan, pitch), TURN, np.full(3, pitch))
    rests = list_rests(plan.spec)
    add_tiles(writer, walk, plan, rests, make_words)
    add_lines(writer, walk, plan, rests)
    WordParts(writer, walk, plan, rests, make_words).add()


def find_origin(plan: Plan, pitch: float) -> Floats:
    """Return where the origin of a plan stands (3,)."""
    bounds = np.array([grid.bounds for grid in plan.all_grids])
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    x, y, z = pitch * np.array([*(low + high)[:2] / 2, low[2]])
    return np.array([-x, -z, y])
