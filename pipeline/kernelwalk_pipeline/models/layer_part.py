# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer of a model with the numbers of a run, or the part of it that computes a region of its output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from kernelwalk.core.arrays import Floats
from kernelwalk.core.layers.registry import Layer
from kernelwalk.core.values.value_files import turn_kernel

from ..failures import UsageError
from .channel_choice import LayerChannels
from .layer_parameters import NotDrawn, build_layer
from .model_graph import FLOAT
from .model_layers import ModelLayer
from .model_run import run_model
from .quantized_nodes import Rounding

WINDOWED = ("conv", "max_pool", "avg_pool")
"""Layers of whose output a region can be drawn."""

NORM_KEYS = ("weight", "bias", "mean", "variance")
"""Inputs 1 to 4 of BatchNormalization, by their keys in a spec."""


def read_parts(path: Path, model: Any, layers: Sequence[ModelLayer], inputs: dict[str, Any]) -> list[LayerPart | None]:
    """Return layers with their numbers from one run of a model; None for one in a branch that does not run.

    The model is changed, as by `run_model`. Raises UsageError.
    """
    names = [_list_tensors(layer) for layer in layers]
    places = [
        (layer.scope, name, layer.kind or FLOAT)
        for layer, each in zip(layers, names, strict=True)
        for name in each
        if name
    ]
    arrays = iter(run_model(path, model, inputs, places))
    parts: list[LayerPart | None] = []
    for layer, each in zip(layers, names, strict=True):
        own = [next(arrays) if name else None for name in each]
        parts.append(None if own[0] is None else LayerPart.read(path, layer, own))
    return parts


def _list_tensors(layer: ModelLayer) -> list[str]:
    """Return the names of input, output, output after what follows, weights, bias and the four tensors of a
    normalization, and the scale and zero point of its rounding; "" for one that there is not."""
    node, norm = layer.node, layer.followers.norm
    is_weighted = "in_channels" in layer.parameters
    names = [layer.tensor, node.output[0], layer.followers.output]
    names += [node.input[at] if is_weighted and len(node.input) > at else "" for at in (1, 2)]
    names += [norm.input[at] if norm is not None else "" for at in range(1, 5)]
    return names + ([layer.whole_numbers.scale, layer.whole_numbers.zero] if layer.whole_numbers else ["", ""])


@dataclass(frozen=True, eq=False)
class LayerPart:
    """A layer with its numbers, in all channels of the model.

    before, own, after: tensors, shape (batch, channels, *sizes): the input, the output, and that after what follows
    kernel:        shape (outputs, inputs per group, *kernel), or None
    rounding:      how the model rounds the output, or None
    """

    layer: Layer
    parameters: dict[str, Any]
    before: Floats
    own: Floats
    after: Floats
    kernel: Floats | None
    bias: Floats | None
    activation: str
    rounding: Rounding | None
    norm: dict[str, Floats] | None
    epsilon: float
    is_half: bool

    @classmethod
    def read(cls, path: Path, layer: ModelLayer, arrays: Sequence[Any]) -> LayerPart:
        """Return a layer from the tensors of `_list_tensors`. Raises UsageError if it cannot be drawn."""
        before, own, after, weights, bias, *norm, scale, zero = arrays
        if before.ndim < 3 or not before.size:
            raise UsageError(f"{path}: {layer.name}: its input has the shape {list(before.shape)}, without cells")
        shape = None if weights is None else weights.shape
        try:
            parameters = layer.read_parameters(before.shape, shape, own.shape)
            built = build_layer(parameters, before.shape[2:])
            if built.output != own.shape[2:]:
                what = f"its output is {list(own.shape[2:])}, and this layer's {list(built.output)}"
                raise NotDrawn(what)
        except NotDrawn as error:
            raise UsageError(f"{path}: {layer.name} cannot be drawn: {error}") from None
        kernel = None if weights is None else weights.astype(np.float64)
        if kernel is not None and built.op == "conv_transpose":
            kernel = turn_kernel(built, kernel)
        rounding = None if scale is None else Rounding.read(scale, zero)
        activation = layer.followers.activation
        if rounding is not None and rounding.low == 0:  # values below 0 become 0
            activation = "relu"
        attributes = {each.name: each.f for each in getattr(layer.followers.norm, "attribute", ())}
        return cls(
            built,
            parameters,
            before.astype(np.float64),
            own.astype(np.float64),
            after.astype(np.float64),
            kernel,
            None if bias is None else bias.astype(np.float64),
            activation,
            rounding,
            dict(zip(NORM_KEYS, (part.astype(np.float64) for part in norm), strict=True))
            if norm[0] is not None
            else None,
            float(np.float32(attributes.get("epsilon", 1e-5))),
            own.dtype == np.float16,
        )

    def to_values(self, kept: LayerChannels) -> dict[str, Any]:
        """Return the layer's values as a spec has them, in the channels that are kept."""
        outputs = list(kept.outputs)
        table: dict[str, Any] = {"activation": self.activation}
        if self.kernel is not None:
            kernel = self.kernel[outputs]
            if self.layer.channels.groups == 1:
                kernel = kernel[:, list(kept.inputs)]
            bias = np.zeros(len(self.kernel)) if self.bias is None else self.bias
            table |= {"kernel": kernel.tolist(), "bias": bias[outputs].tolist()}
        if self.norm is not None:
            table["norm"] = {key: part[outputs].tolist() for key, part in self.norm.items()}
            table["norm"]["epsilon"] = self.epsilon
        return table


def crop_part(path: Path, layer: ModelLayer, part: LayerPart, region: Sequence[tuple[int, int]]) -> LayerPart:
    """Return the part of a layer that computes a region of its output, with the inputs and the padding that it reads.

    region: first cell, and the one after the last, along each axis of the output
    Raises UsageError.
    """
    where = f"{path}: --region {','.join(f'{first}:{end}' for first, end in region)}"
    whole = part.layer
    if whole.op not in WINDOWED:
        raise UsageError(f"{where}: regions are drawn of convolutions and poolings, and {layer.name} is another layer")
    if len(region) != whole.dims or any(end > size for (_, end), size in zip(region, whole.output, strict=True)):
        raise UsageError(f"{where}: the output of {layer.name} is {list(whole.output)}. Name a part of it")
    padding, read = [], []
    for axis, (first, end) in enumerate(region):
        before, after = whole.padding[axis]
        start = first * whole.stride[axis] - before
        last = (end - 1) * whole.stride[axis] - before + whole.dilation[axis] * (whole.kernel[axis] - 1)
        low, high = max(start, 0), min(last, whole.input[axis] - 1)
        if low > high:
            raise UsageError(f"{where}: these windows of {layer.name} read padding only. Name others")
        padding.append([low - start, min(last - high, after)])
        read.append(slice(low, high + 1))
    parameters = {**part.parameters, "padding": padding}
    if parameters.get("padding_mode", "zeros") != "zeros" and any(map(any, padding)):
        what = f"{layer.name} pads with copies of the input, which a part of it does not have"
        raise UsageError(f"{where}: {what}. Name windows that read no padding")
    before_part = part.before[(slice(None), slice(None), *read)]
    try:
        built = build_layer(parameters, before_part.shape[2:])
        if built.output != tuple(end - first for first, end in region):
            raise NotDrawn("a window that extends past the padding cannot be drawn alone. Draw the whole layer")
    except NotDrawn as error:
        raise UsageError(f"{where}: {layer.name}: {error}") from None
    cells = (slice(None), slice(None), *(slice(first, end) for first, end in region))
    own, following = part.own[cells], part.after[cells]
    return replace(part, layer=built, parameters=parameters, before=before_part, own=own, after=following)
