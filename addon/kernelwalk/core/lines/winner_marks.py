# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks of the winners: a rim on the input tile whose value each output of a max pooling takes."""

from __future__ import annotations

import numpy as np

from ..arrays import Booleans, Floats
from ..geometry.layout import Layout
from ..spec.spec import Spec
from ..values.compute import SpecValues
from ..values.forward import find_maxima
from ..values.shown_channels import choose_shown_channels
from .tile_rims import LINES_PER_RIM, make_rims


def make_winner_rims(
    spec: Spec, values: SpecValues, layout: Layout, edge: float, width: float, height: float
) -> tuple[Floats, Booleans] | None:
    """Return the lines of the rims, shape (steps, 4 for each channel, 2, 3), and True where a step lacks one.

    None for a layer that is no max pooling. A window that reads no input has no winner.

    layout: of the pooling's input
    edge:   of a rim, from the middle of one line to that of the opposite one
    width:  of the lines
    height: of the rims above the undersides of the tiles
    """
    layer, order = spec.layer, spec.walk_order
    if not layer.takes_maximum:
        return None
    _, winners = find_maxima(layer, values.grids[-2])
    positions = order.positions_at(np.arange(order.step_count))
    walked = positions[:, :1] if order.filter_count > 1 else np.arange(spec.drawn_channels[-1].outputs)[None]
    shown = choose_shown_channels(spec, values)[-1]
    channels = np.broadcast_to(walked, (order.step_count, walked.shape[1]))
    index = [np.broadcast_to(place[:, None], channels.shape) for place in positions[:, 1:].T]
    winner = winners[(channels + shown, *index)]
    taps = np.unravel_index(np.maximum(winner, 0), layer.kernel)
    cells = np.zeros((*winner.shape, 4))
    cells[..., 3] = channels
    for axis, (table, place, tap) in enumerate(zip(layer.mapping.source_tables, index, taps, strict=True)):
        cells[..., layer.dims - 1 - axis] = table[place, tap]
    middles = layout.to_world(cells.reshape(-1, 4)).reshape(*winner.shape, 3) + np.array([0, 0, height])
    return make_rims(middles, edge, width), np.repeat(winner < 0, LINES_PER_RIM, axis=1)
