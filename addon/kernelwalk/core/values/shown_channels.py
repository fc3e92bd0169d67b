# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels whose values are shown where one slice of a grid stands for all of its channels."""

from __future__ import annotations

import numpy as np

from ..arrays import Floats
from ..layers.channels import Channels
from ..layers.registry import Layer
from ..spec.spec import Spec
from .compute import SpecValues


def choose_shown_channels(spec: Spec, values: SpecValues) -> tuple[int, ...]:
    """Return the channel of each grid, from the input to the output, that a slice for all channels shows.

    Of the output, the spec names it; of each grid below, it is the one that adds most to the one above. All are 0 where
    every channel has a slice.
    """
    assert spec.values is not None
    if not stands_for_all(spec):
        return (0,) * len(values.grids)
    shown = [spec.values.channel]
    for layer, weights, grid in zip(spec.layers[::-1], values.weights[::-1], values.grids[-2::-1], strict=True):
        shown.insert(0, find_strongest_input(layer, weights.kernel, grid, shown[0]))
    return tuple(shown)


def stands_for_all(spec: Spec) -> bool:
    """Return True if one slice of each grid stands for all of its channels, of which there are several."""
    return any(
        drawn == Channels() != layer.channels for drawn, layer in zip(spec.drawn_channels, spec.layers, strict=True)
    )


def find_strongest_input(layer: Layer, kernel: Floats | None, grid: Floats, output: int) -> int:
    """Return the input channel that adds most to an output channel: the one with the largest product of the norms of
    its weights and of its values; without weights, the first that is read.

    kernel: shape (outputs, inputs per group, *kernel)
    grid:   what the layer reads, shape (inputs, *sizes)
    """
    inputs = list(layer.channels.inputs_of(output))
    if kernel is None:
        return inputs[0]
    weights = np.sqrt(np.square(kernel[output]).reshape(len(inputs), -1).sum(axis=1))
    sizes = np.sqrt(np.square(grid[inputs]).reshape(len(inputs), -1).sum(axis=1))
    return inputs[int(np.argmax(weights * sizes))]
