# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer of a model, or a chain of layers, as the table of a spec with the model's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from kernelwalk.core import Spec
from kernelwalk.core.arrays import Floats
from kernelwalk.core.layers.registry import Layer
from kernelwalk.core.spec.nested_numbers import MAX_NUMBERS
from kernelwalk.core.validation import InvalidValue
from kernelwalk.core.values.compute import compute_values

from ..failures import UsageError
from .channel_choice import LayerChannels, choose_channels
from .layer_parameters import NotDrawn, build_layer, read_parameters
from .model_choice import ModelChoice
from .model_graph import FLOAT
from .model_inputs import make_inputs
from .model_layers import ModelLayer, find_chain, find_layer, list_layers
from .model_run import run_model
from .onnx_file import load_model

TOLERANCE = 1e-6
"""Share of a tensor's largest value by which our values may differ from the model's without a word, for each layer up
to it: float32 rounds each sum."""

MAX_TITLE = 40
"""Characters of a layer's name in the title."""

NORM_KEYS = ("weight", "bias", "mean", "variance")
"""Inputs 1 to 4 of BatchNormalization, by their keys in a spec."""


@dataclass(frozen=True, eq=False)
class ModelSpec:
    """The makings of a spec: its table, and what the model itself computed.

    table:   of the spec
    grids:   the model's tensors after each layer, shape (channels, *sizes), in the table's channels
    names:   of the layers
    notes:   sentences on what was chosen
    """

    table: dict[str, Any]
    grids: tuple[Floats, ...]
    names: tuple[str, ...]
    notes: list[str]
    is_half: bool

    def compare(self, spec: Spec) -> list[str]:
        """Return a sentence for each layer whose values in a spec differ from the model's: see TOLERANCE."""
        values = compute_values(spec)
        if values is None:
            return []
        found = []
        pairs = zip(self.names, values.grids[1:], self.grids, strict=True)
        for number, (name, ours, theirs) in enumerate(pairs, start=1):
            if ours.shape != theirs.shape:
                continue  # a setting has changed the layer
            share = measure_difference(ours, theirs)
            if share > TOLERANCE * number:
                why = ": the model computes in float16" if self.is_half else ""
                found.append(f"{name}: values differ from the model's by up to {share:.1e} of the largest{why}")
        return found


def measure_difference(ours: Floats, theirs: Floats) -> float:
    """Return the largest difference of two tensors as a share of the second's largest absolute value."""
    difference, largest = float(np.abs(ours - theirs).max()), float(np.abs(theirs).max())
    return difference / largest if largest else difference


def read_model(path: Path, choice: ModelChoice) -> ModelSpec:
    """Return a layer of a model, or a chain, with the values that the model computes from its inputs.

    Raises UsageError.
    """
    model = load_model(path)
    chain = _find_layers(path, list_layers(model), choice)
    inputs, notes = make_inputs(path, model, choice.feed)
    parts = read_parts(path, model, chain, inputs)
    for layer, part in zip(chain, parts, strict=True):
        if part is None:
            what = f"{layer.name} stands in the {layer.scope.path}, which these inputs do not take"
            raise UsageError(f"{path}: {what}. Choose others with --feed")
    found = [part for part in parts if part is not None]
    if len(found[0].before) > 1:
        notes.append(f"{chain[0].name}: the first of {len(found[0].before)} entries of the batch is drawn")
    return _make_spec(path, chain, found, choice, notes)


def _find_layers(path: Path, layers: Sequence[ModelLayer], choice: ModelChoice) -> list[ModelLayer]:
    if choice.layers is not None:
        first, dots, last = choice.layers.partition("..")
        if not dots:
            raise UsageError(f"{path}: --layers {choice.layers[:80]}: write FROM..TO")
        return find_chain(path, layers, find_layer(path, layers, first), find_layer(path, layers, last))
    if choice.layer is None:
        raise UsageError(
            f"{path}: a model needs --layer NAME, which render, still, blend and inspect take. "
            f"kernelwalk layers {path} lists its layers"
        )
    return [find_layer(path, layers, choice.layer)]


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
    normalization; "" for one that there is not."""
    node, norm = layer.node, layer.followers.norm
    is_weighted = "in_channels" in layer.parameters
    names = [node.input[0], node.output[0], layer.followers.output]
    names += [node.input[at] if is_weighted and len(node.input) > at else "" for at in (1, 2)]
    return names + [norm.input[at] if norm is not None else "" for at in range(1, 5)]


@dataclass(frozen=True, eq=False)
class LayerPart:
    """A layer with its numbers, in all channels of the model.

    before, own, after: tensors, shape (batch, channels, *sizes): the input, the output, and that after what follows
    kernel:        shape (outputs, inputs per group, *kernel), or None
    """

    layer: Layer
    parameters: dict[str, Any]
    before: Floats
    own: Floats
    after: Floats
    kernel: Floats | None
    bias: Floats | None
    norm: dict[str, Floats] | None
    epsilon: float
    is_half: bool

    @classmethod
    def read(cls, path: Path, layer: ModelLayer, arrays: Sequence[Any]) -> LayerPart:
        """Return a layer from the tensors of `_list_tensors`. Raises UsageError if it cannot be drawn."""
        before, own, after, weights, bias, *norm = arrays
        if before.ndim < 3 or not before.size:
            raise UsageError(f"{path}: {layer.name}: its input has the shape {list(before.shape)}, without cells")
        shape = None if weights is None else weights.shape
        try:
            parameters = read_parameters(layer.node, before.shape, shape, own.shape)
            built = build_layer(parameters, before.shape[2:])
            if built.output != own.shape[2:]:
                what = f"its output is {list(own.shape[2:])}, and this layer's {list(built.output)}"
                raise NotDrawn(what)
        except NotDrawn as error:
            raise UsageError(f"{path}: {layer.name} cannot be drawn: {error}") from None
        kernel = None if weights is None else turn_kernel(built, weights.astype(np.float64))
        attributes = {each.name: each.f for each in getattr(layer.followers.norm, "attribute", ())}
        return cls(
            built,
            parameters,
            before.astype(np.float64),
            own.astype(np.float64),
            after.astype(np.float64),
            kernel,
            None if bias is None else bias.astype(np.float64),
            dict(zip(NORM_KEYS, (part.astype(np.float64) for part in norm), strict=True))
            if norm[0] is not None
            else None,
            float(np.float32(attributes.get("epsilon", 1e-5))),
            own.dtype == np.float16,
        )

    def to_values(self, kept: LayerChannels, activation: str) -> dict[str, Any]:
        """Return the layer's values as a spec has them, in the channels that are kept."""
        outputs = list(kept.outputs)
        table: dict[str, Any] = {"activation": activation}
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


def turn_kernel(layer: Layer, weights: Floats) -> Floats:
    """Return weights of a model with outputs first: ONNX' transposed convolutions have (inputs, outputs per group)."""
    if layer.op != "conv_transpose":
        return weights
    channels = layer.channels
    parts = weights.reshape(channels.groups, channels.inputs // channels.groups, -1, *layer.kernel)
    return parts.swapaxes(1, 2).reshape(channels.outputs, -1, *layer.kernel)


def _make_spec(
    path: Path,
    chain: Sequence[ModelLayer],
    parts: Sequence[LayerPart],
    choice: ModelChoice,
    notes: list[str],
) -> ModelSpec:
    layers, grids = [part.layer for part in parts], [parts[0].before[0], *(part.after[0] for part in parts)]
    try:
        kept = choose_channels(layers, [part.kernel for part in parts], grids, choice.channels)
    except InvalidValue as error:
        raise UsageError(f"{path}: --channels: {error.problem}. {error.remedy}") from None
    given = grids[0][list(kept[0].inputs)]
    if given.size > MAX_NUMBERS:
        what = f"the input of {chain[0].name} has {given.size:,} numbers, more than the {MAX_NUMBERS:,} that a spec has"
        raise UsageError(f"{path}: {what}. Give the model a smaller picture with --input, or draw another layer")
    tables = [
        {**{key: value for key, value in part.parameters.items() if key != "channels"}, **each.parameters}
        for part, each in zip(parts, kept, strict=True)
    ]
    tables[0]["input"] = list(layers[0].input)
    values = [
        part.to_values(each, layer.followers.activation) for part, each, layer in zip(parts, kept, chain, strict=True)
    ]
    table: dict[str, Any]
    if len(tables) == 1:
        table = {"layer": tables[0], "values": {"input": given.tolist(), **values[0]}}
    else:
        table = {"layers": tables, "values": {"input": given.tolist(), "layers": values}}
    sentence = _describe_channels(layers, kept)
    table["title"] = (
        _shorten(chain[-1].name) if len(chain) == 1 else f"{_shorten(chain[0].name)} to {_shorten(chain[-1].name)}"
    )
    if sentence:
        notes.append(f"{chain[-1].name}: {sentence}")
        table["title"] += f": {sentence}"
    outputs = tuple(grid[list(each.outputs)] for grid, each in zip(grids[1:], kept, strict=True))
    return ModelSpec(table, outputs, tuple(layer.name for layer in chain), notes, any(part.is_half for part in parts))


def _shorten(name: str) -> str:
    return name if len(name) <= MAX_TITLE else f"{name[: MAX_TITLE - 1]}…"


def _describe_channels(layers: Sequence[Layer], kept: Sequence[LayerChannels]) -> str:
    """Return what is drawn of the channels, e.g. "output channel 5 of 24, input channel 7 of 16"; "" for all."""
    from kernelwalk.core.spec.show_section import MAX_SLICES

    last, channels = kept[-1], layers[-1].channels
    largest = max(max(len(each.inputs), len(each.outputs)) for each in kept)
    stands_for_all = largest > MAX_SLICES and not layers[-1].moves_cells
    parts = []
    drawn = last.outputs[:1] if stands_for_all else last.outputs
    if len(drawn) < channels.outputs:
        parts.append(f"output {_list_channels(drawn)} of {channels.outputs}")
        if len(drawn) > 1 and list(drawn) != list(range(len(drawn))):  # the sum line counts those that are drawn
            parts[-1] += f", here {', '.join(map(str, range(len(drawn))))}"
    first = kept[0].inputs
    drawn = first[:1] if stands_for_all else first
    if len(drawn) < layers[0].channels.inputs:
        parts.append(f"input {_list_channels(drawn)} of {layers[0].channels.inputs}")
    if stands_for_all:
        parts.append("the sum has all")
    return ", ".join(parts)


def _list_channels(numbers: Sequence[int]) -> str:
    return f"channel{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
