# SPDX-License-Identifier: GPL-3.0-or-later
"""The partial sums of a layer whose inputs are stamped on the output, one after another."""

from __future__ import annotations

import math

import numpy as np

from ..arrays import Floats
from ..layers.registry import Layer
from ..spec.spec import Spec
from ..walk.order import steps_at_positions
from .compute import SpecValues
from .forward import iterate_added_taps

NEVER = np.iinfo(np.int64).max
"""Moment of a stamp that does not reach an output."""


def compute_partial_sums(spec: Spec, values: SpecValues) -> Floats:
    """Return what each output holds after each of its stamps, shape (stamps, outputs, *output).

    The bias is there from the first stamp on, and the activation follows the last. An output with fewer stamps than
    others keeps its last value; one without any has its bias alone.
    """
    layer, weights = spec.layer, values.weights[-1]
    source = values.grids[0]
    channels = range(len(source)) if spec.walk_order.filter_count > 1 else [None]
    terms: list[Floats] = []
    moments = []
    for channel in channels:
        stamped = source if channel is None else _keep_channel(source, channel)
        reaches = np.ones(layer.channels.outputs, np.bool_)
        if channel is not None:
            reaches = np.isin(np.arange(layer.channels.outputs), list(layer.channels.outputs_of(channel)))
        for tap, products in iterate_added_taps(layer, stamped, weights.kernel):
            moment = _find_moments(layer, tap, spec.walk_order.order) + (channel or 0) * math.prod(layer.input)
            is_read = (moment >= 0) & reaches.reshape(-1, *[1] * layer.dims)
            moments.append(np.where(is_read, moment, NEVER))
            terms.append(products)
    order = np.argsort(moments, axis=0, kind="stable")
    has_stamp = np.take_along_axis(np.array(moments), order, axis=0) < NEVER
    sums = np.cumsum(np.where(has_stamp, np.take_along_axis(np.array(terms), order, axis=0), 0.0), axis=0)
    sums = weights.add_bias(np.moveaxis(sums, 0, -1))
    counts = has_stamp.sum(axis=0)
    last = np.maximum(counts, 1) - 1
    stages = np.moveaxis(sums, -1, 0)[: max(int(counts.max(initial=1)), 1)]
    is_last = np.arange(len(stages)).reshape(-1, *[1] * counts.ndim) >= last
    return np.where(is_last, weights.activate(stages), stages)


def _keep_channel(source: Floats, channel: int) -> Floats:
    """Return values whose other channels are 0."""
    kept = np.zeros_like(source)
    kept[channel] = source[channel]
    return kept


def _find_moments(layer: Layer, tap: tuple[int, ...], order: str) -> np.ndarray:
    """Return the place in the walk of the input that a tap reads at every output; hugely negative for none."""
    cells = [table[:, at] for table, at in zip(layer.mapping.source_tables, tap, strict=True)]
    positions = np.stack(np.meshgrid(*cells, indexing="ij"), axis=-1)
    moments = steps_at_positions(np.maximum(positions, 0).reshape(-1, layer.dims), layer.input, order)
    return np.where((positions >= 0).all(axis=-1), moments.reshape(layer.output), -NEVER)
