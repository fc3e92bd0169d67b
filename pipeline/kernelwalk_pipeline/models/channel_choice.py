# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels of a model's layers that a spec has, chosen so that every value in it is the model's own.

An output channel is a sum over all input channels of its group, so a layer keeps all of them. Where they are too many
to be drawn, one stands for all of them, and the sum still has all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from kernelwalk.core.arrays import Floats
from kernelwalk.core.layers.registry import Layer
from kernelwalk.core.spec.show_section import MAX_SLICES
from kernelwalk.core.validation import InvalidValue
from kernelwalk.core.values.shown_channels import find_strongest_input

AUTOMATIC_COUNT = 4
"""Output channels that are drawn if none is named."""


@dataclass(frozen=True)
class LayerChannels:
    """The channels of a layer that are kept, by their numbers in the model.

    parameters: the layer's parameters of channels with these
    shown:      the input that a slice for all shows
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    parameters: dict[str, int]
    shown: int = 0


def keep_channels(layer: Layer, outputs: Sequence[int]) -> LayerChannels:
    """Return the channels that a layer needs for some of its outputs. Raises InvalidValue.

    A rearrangement of cells into channels keeps all outputs of an input.
    """
    channels = layer.channels
    if layer.has_weights:
        of_output = dict(zip(outputs, channels.group_of(np.array(outputs)).tolist(), strict=True))
        groups = list(dict.fromkeys(of_output.values()))
        members = [[each for each in outputs if of_output[each] == group] for group in groups]
        if len({len(group) for group in members}) > 1:
            what = "they are not the same number from each group"
            raise InvalidValue(what, f"The layer has {channels.groups} groups: name as many of each")
        inputs = [each for group in members for each in channels.inputs_of(group[0])]
        ordered = tuple(each for group in members for each in group)
        counts = {"in_channels": len(inputs), "out_channels": len(ordered), "groups": len(groups)}
        return LayerChannels(tuple(inputs), ordered, counts)
    if layer.op in ("pixel_shuffle", "pixel_unshuffle"):
        cells = math.prod(layer.factor)  # type: ignore[union-attr]
        fewer, is_adjacent = channels.groups, layer.channel_order == "CRD"  # type: ignore[union-attr]
        is_shuffle = layer.op == "pixel_shuffle"
        few = list(outputs)
        if not is_shuffle:
            few = sorted({each // cells if is_adjacent else each % fewer for each in outputs})
        many = [each * cells + cell for each in few for cell in range(cells)]
        if not is_adjacent:
            many = [cell * fewer + each for cell in range(cells) for each in few]
        inputs, kept = (many, few) if is_shuffle else (few, many)
        return LayerChannels(tuple(inputs), tuple(kept), {"channels": len(inputs)})
    return LayerChannels(tuple(outputs), tuple(outputs), {"channels": len(outputs)})


def choose_channels(
    layers: Sequence[Layer], kernels: Sequence[Floats | None], grids: Sequence[Floats], named: Sequence[int] | None
) -> list[LayerChannels]:
    """Return the channels to keep of each layer of a chain. Raises InvalidValue.

    kernels: of each layer, shape (outputs, inputs per group, *kernel)
    grids:   the model's tensors from the input to the output, shape (channels, *sizes)
    named:   output channels of the last layer; None takes those with the largest root mean square
    """
    count = layers[-1].channels.outputs
    if named is not None:
        wrong = [each for each in named if not 0 <= each < count]
        if wrong:
            raise InvalidValue(f"{wrong[0]} is not a channel", f"The layer has output channels 0 to {count - 1}")
        if len(set(named)) != len(named):
            raise InvalidValue("a channel is named twice", "Name each once")
        kept = _follow_back(layers, kernels, grids, named)
        if len(named) > 1 and not _can_draw_all(kept) and not layers[-1].moves_cells:
            most = max(max(len(each.inputs), len(each.outputs)) for each in kept)
            what = f"{len(named)} channels need {most} slices in a grid, and {MAX_SLICES} can be drawn"
            raise InvalidValue(what, "Name one channel, for which one slice can stand for all")
        return kept
    strength = np.square(grids[-1]).reshape(count, -1).mean(axis=1)
    strongest = np.argsort(-strength, kind="stable").tolist()
    for number in (min(count, AUTOMATIC_COUNT), 1):
        try:
            kept = _follow_back(layers, kernels, grids, sorted(strongest[:number]))
        except InvalidValue:
            continue
        if _can_draw_all(kept):
            return kept
    return _follow_back(layers, kernels, grids, strongest[:1])


def _can_draw_all(kept: Sequence[LayerChannels]) -> bool:
    return all(max(len(each.inputs), len(each.outputs)) <= MAX_SLICES for each in kept)


def _follow_back(
    layers: Sequence[Layer], kernels: Sequence[Floats | None], grids: Sequence[Floats], outputs: Sequence[int]
) -> list[LayerChannels]:
    """Return the channels of each layer that the outputs of the last one need."""
    kept: list[LayerChannels] = []
    shown = outputs[0]
    for number in range(len(layers) - 1, -1, -1):
        layer = layers[number]
        now = keep_channels(layer, outputs)
        if kept and now.outputs != tuple(outputs):
            raise InvalidValue("the layers' groups do not fit the channels", "Draw one layer with --layer")
        shown = find_strongest_input(layer, kernels[number], grids[number], shown)
        kept.insert(0, replace(now, shown=shown))
        outputs = now.inputs
    return kept
