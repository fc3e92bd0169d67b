# SPDX-License-Identifier: GPL-3.0-or-later
"""The forward pass of a layer: its output's values, from those of its input and its kernel.

Every sum runs over the taps of `BaseLayer.mapping`, as the receptive fields that are drawn do. It is computed in
float64, whatever the precision of the numbers that are given.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..arrays import Floats, Integers
from ..layers.base_layer import BaseLayer


def compute_layer(layer: BaseLayer, values: Floats, kernel: Floats | None = None, bias: Floats | None = None) -> Floats:
    """Return the output's values, shape (channels, *output), before any activation.

    values: the input's, shape (channels, *input)
    kernel: weights of a layer that has them, shape (outputs, inputs per group, *kernel)
    bias:   shape (outputs,)

    >>> from kernelwalk.core import Conv
    >>> compute_layer(Conv(input=[3], kernel=2), np.array([[1.0, 2.0, 4.0]]), np.array([[[1.0, -1.0]]])).tolist()
    [[-1.0, -2.0]]
    """
    values = np.asarray(values, np.float64)
    if layer.is_rearrangement:
        return _rearrange(layer, values)
    if layer.has_weights or layer.has_tap_channels:
        output: Floats = np.zeros((layer.channels.outputs, *layer.output))
        for _, terms in iterate_added_taps(layer, values, kernel):
            output += terms
        return output if bias is None else output + bias.reshape(-1, *[1] * layer.dims)
    if layer.tap_weights:
        weighted: Floats = np.zeros((layer.channels.outputs, *layer.output))
        for tap in _list_taps(layer):
            weights = functools.reduce(
                np.multiply.outer, (table[:, at] for table, at in zip(layer.tap_weights, tap, strict=True))
            )
            weighted += weights * _read_tap(layer, values, tap, 0.0)
        return weighted
    if layer.divisors:
        total: Floats = np.zeros((layer.channels.outputs, *layer.output))
        for tap in _list_taps(layer):
            total += _read_tap(layer, values, tap, 0.0)
        for axis, counts in enumerate(layer.divisors):
            total = total / np.array(counts).reshape([-1 if at == axis else 1 for at in range(layer.dims)])
        return total
    return find_maxima(layer, values)[0]


def iterate_added_taps(
    layer: BaseLayer, values: Floats, kernel: Floats | None
) -> Iterator[tuple[tuple[int, ...], Floats]]:
    """Iterate over the kernel's taps, each with what it adds to every output, shape (outputs, *output).

    The channels of a group are added up, times their weights; a tap with a channel of its own adds that.
    """
    if layer.has_tap_channels:
        taps = list(_list_taps(layer))
        yield from ((tap, _read_tap(layer, values[number :: len(taps)], tap, 0.0)) for number, tap in enumerate(taps))
        return
    channels = layer.channels
    groups = channels.group_of(np.arange(channels.outputs))
    order = np.argsort(groups, kind="stable")  # outputs by their groups
    members = channels.group_inputs(np.arange(channels.groups))
    weights = np.asarray(kernel, np.float64)[order].reshape(channels.groups, -1, members.shape[1], *layer.kernel)
    for tap in _list_taps(layer):
        read = _read_tap(layer, values, tap, 0.0)[members].reshape(channels.groups, members.shape[1], -1)
        terms = np.empty((channels.outputs, layer.position_count))
        place: Any = (..., *tap)
        terms[order] = (weights[place] @ read).reshape(channels.outputs, -1)
        yield tap, terms.reshape(channels.outputs, *layer.output)


def find_maxima(layer: BaseLayer, values: Floats) -> tuple[Floats, Integers]:
    """Return the largest value under each window, shape (channels, *output), and the tap that holds it.

    The tap is its number in the window, the last axis fastest; the first of equal ones (torch.nn.MaxPool2d). A window
    that reads no input, which dilation can place on padding alone, has -inf and -1.
    """
    largest = np.full((layer.channels.outputs, *layer.output), -np.inf)
    winner = np.full(largest.shape, -1)
    for number, tap in enumerate(_list_taps(layer)):
        read = _read_tap(layer, values, tap, -np.inf)
        is_larger = read > largest
        largest, winner = np.where(is_larger, read, largest), np.where(is_larger, number, winner)
    return largest, winner


def _list_taps(layer: BaseLayer) -> Iterator[tuple[int, ...]]:
    """Iterate over the kernel's taps, the last axis fastest."""
    return itertools.product(*map(range, layer.kernel))


def _read_tap(layer: BaseLayer, values: Floats, tap: tuple[int, ...], nothing: float) -> Floats:
    """Return the values that a tap reads at every output, shape (channels, *output); `nothing` where it reads none."""
    sources = [table[:, at] for table, at in zip(layer.mapping.source_tables, tap, strict=True)]
    place: Any = (slice(None), *np.ix_(*(np.maximum(source, 0) for source in sources)))
    read: Floats = values[place]
    for axis, source in enumerate(sources):
        if source.min(initial=0) < 0:
            is_read = (source >= 0).reshape([-1 if at == axis else 1 for at in range(layer.dims)])
            read = np.where(is_read, read, nothing)
    return read


def _rearrange(layer: BaseLayer, values: Floats) -> Floats:
    channel, *position = np.indices((layer.channels.outputs, *layer.output))
    source, place = layer.source_of(channel, np.stack(position, axis=-1))
    places = np.moveaxis(place, -1, 0)
    read: Floats = values[(source, *np.maximum(places, 0))]
    return np.where((places >= 0).all(axis=0), read, 0.0)
