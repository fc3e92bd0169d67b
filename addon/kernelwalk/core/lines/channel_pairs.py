# SPDX-License-Identifier: GPL-3.0-or-later
"""The pairs of an output channel and an input channel that have connectors of their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays import Integers
from ..geometry.grids import Grid, list_rearranged_channel_pairs
from ..geometry.layout import LayoutOption
from ..spec.spec import Spec

MAX_CHANNEL_PAIRS = 8
"""Maximum number of channel pairs of a step for which each pair has connectors of its own."""


def find_channel_pairs(spec: Spec, grids: Sequence[Grid], option: LayoutOption) -> list[Integers | None]:
    """Return, for each grid but the first, the channel pairs that have connectors of their own.

    Shape (steps, pairs, 2): an output channel of the step and an input channel that it reads. None if the connectors
    run around all channels.
    """
    return [_find_pairs_below(spec, grids, number, option) for number in range(1, len(grids))]


def _find_pairs_below(spec: Spec, grids: Sequence[Grid], number: int, option: LayoutOption) -> Integers | None:
    channels, filters = spec.drawn_channels[number - 1], spec.walk_order.positions[:, 3].astype(np.int64)
    above = grids[number]
    if channels.inputs == channels.outputs == 1:
        return None
    if channels.groups == 1 and len(spec.layer.axes) == 1 and not option.is_stacked:
        return None  # channels of a 1D layer are the rows of a plane, and all of them are read
    if spec.layers[number - 1].moves_cells:
        fits = channels.outputs <= MAX_CHANNEL_PAIRS or spec.walk_order.filter_count > 1
        return list_rearranged_channel_pairs(spec) if fits else None
    if spec.layer.has_matrix_output and number == len(grids) - 1:
        return None  # a matrix has rows for all
    if spec.layers[number - 1].has_tap_channels:
        return None  # each of the channels is read elsewhere
    if spec.is_scatter:  # an input is read by outputs as, in a convolution, an output reads inputs
        channels = channels._replace(inputs=channels.outputs, outputs=channels.inputs)
    active = above.axes[0].active_pairs
    counts = np.bincount(active[:, 0], minlength=spec.walk_order.filter_count) * (channels.inputs // channels.groups)
    if (counts != counts[0]).any() or not 1 <= counts[0] <= MAX_CHANNEL_PAIRS:
        return None
    inputs = channels.group_inputs(channels.group_of(active[:, 1]))
    pairs = np.column_stack([np.repeat(active[:, 1], inputs.shape[1]), inputs.ravel()])
    return pairs.reshape(spec.walk_order.filter_count, -1, 2)[filters]
