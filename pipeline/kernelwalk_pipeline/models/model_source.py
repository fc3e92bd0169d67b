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
from kernelwalk.core.spec.limits import MAX_NUMBERS
from kernelwalk.core.validation import InvalidValue
from kernelwalk.core.values.compute import compute_values

from ..failures import UsageError
from .channel_choice import LayerChannels, choose_channels
from .layer_part import LayerPart, crop_part, read_parts
from .model_choice import ModelChoice
from .model_file import load_model
from .model_inputs import make_inputs
from .model_layers import ModelLayer, find_chain, find_layer, list_layers
from .quantized_nodes import Rounding

TOLERANCE = 1e-6
"""Share of a tensor's largest value by which our values may differ from the model's without a word, for each layer up
to it: float32 rounds each sum."""

HALF_A_STEP = 0.501
"""Steps by which our values may differ from those of a layer that rounds its output."""

MAX_NAME, MAX_TITLE = 40, 120
"""Characters of a layer's name in the title, and of the title, as a spec allows."""


@dataclass(frozen=True, eq=False)
class ModelSpec:
    """The makings of a spec: its table, and what the model itself computed.

    table:   of the spec
    grids:   the model's tensors after each layer, shape (channels, *sizes), in the table's channels
    names:   of the layers
    notes:   sentences on what was chosen
    roundings: how the model rounds each layer's output, None for one that it does not
    """

    table: dict[str, Any]
    grids: tuple[Floats, ...]
    names: tuple[str, ...]
    notes: list[str]
    is_half: bool
    roundings: tuple[Rounding | None, ...]

    def compare(self, spec: Spec) -> list[str]:
        """Return a sentence for each layer whose values in a spec differ from the model's: see TOLERANCE."""
        values = compute_values(spec)
        if values is None:
            return []
        found = []
        pairs = zip(self.names, values.grids[1:], self.grids, self.roundings, strict=True)
        for number, (name, ours, theirs, rounding) in enumerate(pairs, start=1):
            if ours.shape != theirs.shape:
                continue  # a setting has changed the layer
            if rounding is not None:
                steps = float(np.abs(np.clip(ours, rounding.low, rounding.high) - theirs).max()) / rounding.step
                if steps > HALF_A_STEP:
                    found.append(f"{name}: values differ from the model's by up to {steps:.2f} of its steps")
                continue
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
    if choice.region is not None:
        if len(chain) > 1:
            raise UsageError(f"{path}: --region: it is for one layer. Use --layer")
        found = [crop_part(path, chain[0], found[0], choice.region)]
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
            f"{path}: a model needs --layer NAME, which render, still, blend, inspect and new take. "
            f"kernelwalk layers {path} lists its layers"
        )
    return [find_layer(path, layers, choice.layer)]


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
        raise UsageError(
            f"{path}: {what}. Draw a part of it with --region, or give the model a smaller picture with --input"
        )
    tables = [
        {**{key: value for key, value in part.parameters.items() if key != "channels"}, **each.parameters}
        for part, each in zip(parts, kept, strict=True)
    ]
    tables[0]["input"] = list(layers[0].input)
    values = [part.to_values(each) for part, each in zip(parts, kept, strict=True)]
    table: dict[str, Any]
    if len(tables) == 1:
        table = {"layer": tables[0], "values": {"input": given.tolist(), **values[0]}}
    else:
        table = {"layers": tables, "values": {"input": given.tolist(), "layers": values}}
    sentence = _describe_channels(layers, kept)
    if choice.region is not None:
        cells = ", ".join(f"{first}:{end}" for first, end in choice.region)
        sentence = ", ".join(filter(None, [sentence, f"outputs [{cells}]"]))
    table["title"] = (
        _shorten(chain[-1].name) if len(chain) == 1 else f"{_shorten(chain[0].name)} to {_shorten(chain[-1].name)}"
    )
    if sentence:
        notes.append(f"{chain[-1].name}: {sentence}")
        table["title"] = _shorten(f"{table['title']}: {sentence}", MAX_TITLE)
    notes += [
        f"{layer.name}: the model rounds its values to steps of {part.rounding.step:.3g}; those before it are drawn"
        for layer, part in zip(chain, parts, strict=True)
        if part.rounding is not None
    ]
    outputs = tuple(grid[list(each.outputs)] for grid, each in zip(grids[1:], kept, strict=True))
    return ModelSpec(
        table,
        outputs,
        tuple(layer.name for layer in chain),
        notes,
        any(part.is_half for part in parts),
        tuple(part.rounding for part in parts),
    )


def _shorten(text: str, most: int = MAX_NAME) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


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
    drawn = (kept[0].shown,) if stands_for_all else first
    if len(drawn) < layers[0].channels.inputs:
        parts.append(f"input {_list_channels(drawn)} of {layers[0].channels.inputs}")
    if stands_for_all:
        parts.append("the sum has all")
    return ", ".join(parts)


def _list_channels(numbers: Sequence[int]) -> str:
    return f"channel{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
