# SPDX-License-Identifier: GPL-3.0-or-later
"""The colors of a grid's tiles by kind: idle, active, visited and not yet visited."""

from __future__ import annotations

import numpy as np

from ..arrays import Floats
from ..layers.axis import CROPPED, INPUT, OUTPUT_PADDING, OVERHANG, PADDING, ZERO
from ..spec.look_section import Look
from ..spec.spec import Spec

INPUT_KIND_NAMES = {INPUT: "Input", ZERO: "Inserted zero", PADDING: "Padding", OVERHANG: "Overhang"}
OUTPUT_KIND_NAMES = {INPUT: "Output", OUTPUT_PADDING: "Output padding", CROPPED: "Cropped"}

PALE_BLEND = 0.5
"""Share of the second color where two are blended: for padding that holds copies, the input's and the padding's; for
cells that a window overhangs, the padding's and the background's."""


def make_input_palette(look: Look, role: str, holds_copies: bool) -> Floats:
    """Return the colors of a grid that a layer reads, by kind: (idle, active) in scene RGB, shape (4, 2, 3).

    role: "input" or "feature_map"
    holds_copies: True if the padding holds copies of the values
    """
    colors = look.colors
    values = _convert_pair(look, colors.input, colors.input_active)
    if role == "feature_map":
        values = _convert_pair(look, colors.feature_map, colors.feature_map_active)
    zeros = _convert_pair(look, colors.zero, colors.zero_active)
    padding = _convert_pair(look, colors.padding, colors.padding_active)
    overhang = _blend_colors(padding, _convert_pair(look, colors.background, colors.background))
    return np.array([values, zeros, _blend_colors(values, padding) if holds_copies else padding, overhang])


def make_output_palette(look: Look) -> Floats:
    """Return the colors of an output, by kind: (idle, active) in scene RGB, shape (6, 2, 3)."""
    colors = look.colors
    values = _convert_pair(look, colors.output, colors.output_active)
    output_padding = _convert_pair(look, colors.output_padding, colors.output_padding_active)
    cropped = _convert_pair(look, colors.cropped, colors.cropped_active)
    return np.array([values, values, values, values, output_padding, cropped])


def find_visit_colors(spec: Spec, role: str) -> tuple[Floats | None, Floats | None] | None:
    """Return the colors of a grid's visited tiles (one visit, most visits) and of tiles not yet visited.

    None for either keeps the tiles' own color. Returns None if visits leave no trace on the grid.

    role: "input", "feature_map" or "output"
    """
    walk, look, colors = spec.walk, spec.look, spec.look.colors
    visited = unvisited = None
    if role == "output" and spec.is_scatter:
        visited = _convert_pair(look, colors.one_stamp, colors.most_stamps)
    elif walk.trail and role == "input" and spec.is_scatter:
        visited = _convert_pair(look, colors.input_visited, colors.input_visited)
    elif walk.trail and role == "output":
        visited = _convert_pair(look, colors.output_visited, colors.output_visited)
    if walk.appear and role == "output":
        unvisited = look.to_scene_rgb(colors.ghost)
    return None if visited is None and unvisited is None else (visited, unvisited)


def _convert_pair(look: Look, first: str, second: str) -> Floats:
    """Return two sRGB colors as scene RGB, shape (2, 3)."""
    return np.array([look.to_scene_rgb(first), look.to_scene_rgb(second)])


def _blend_colors(colors: Floats, paler: Floats) -> Floats:
    return colors + PALE_BLEND * (paler - colors)
