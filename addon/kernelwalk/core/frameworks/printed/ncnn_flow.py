# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes that flow through a param file of ncnn, also where branches part and meet: each line names what it reads
and what it gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ...errors import SpecError
from ..ncnn_layers import PARAMETERS
from ..parsing.code_text import CodeError, locate_error
from ..parsing.layer_call import parse_call
from ..parsing.surroundings import ELEMENTWISE_LAYERS, END_LAYERS
from .module_flow import UNKNOWN, PrintedLayer, PrintedModel, Tensor, build_layer
from .module_print import PrintedModule
from .ncnn_text import ELEMENTWISE, ParamLine, make_call, read_input_shape, read_lines, read_values

MODEL_INPUT = -1
"""The number that stands for the model's input among those of layers."""

JOINING = ("Eltwise", "BinaryOp")
"""Kinds of lines that compute each cell from that cell of all their inputs."""

CHANNEL_AXIS = 0
"""The axis of channels in ncnn's Concat."""


class Blob(NamedTuple):
    """A tensor that a line gives.

    sources: numbers of the layers whose cells it has at their places; None where unknown
    """

    tensor: Tensor
    sources: tuple[int, ...] | None


UNKNOWN_BLOB = Blob(UNKNOWN, None)


def follow_param_file(text: str, sizes: Sequence[int] | None) -> PrintedModel:
    """Return the layers of a param file for an input of these sizes; None takes those of its Input line.

    Raises SpecError, with the place of the error.
    """
    walker = _Walker(None if sizes is None else tuple(sizes))
    try:
        for line in read_lines(text):
            walker.run(line)
    except CodeError as error:
        raise locate_error(text, error) from None
    return walker.model


class _Walker:
    def __init__(self, sizes: tuple[int, ...] | None) -> None:
        self.model, self.sizes = PrintedModel(), sizes
        self.blobs: dict[str, Blob] = {}

    def run(self, line: ParamLine) -> None:
        """Add a line's layer, and what it gives."""
        given = self._compute(line, [self.blobs.get(each.text, UNKNOWN_BLOB) for each in line.inputs])
        self.blobs |= {output.text: given for output in line.outputs}

    def _compute(self, line: ParamLine, reads: Sequence[Blob]) -> Blob:
        kind, values = line.kind.text, read_values(line)
        if kind == "Input":
            return self._begin(values)
        if kind in PARAMETERS:
            return self._run_layer(line, reads[0] if reads else UNKNOWN_BLOB)
        self.model.others[kind] = self.model.others.get(kind, 0) + 1
        if kind in JOINING or (kind == "Concat" and values.get(0, CHANNEL_AXIS) == CHANNEL_AXIS):
            return _join(reads, adds_channels=kind == "Concat")
        if len(reads) != 1 or re.fullmatch(END_LAYERS, kind):
            return UNKNOWN_BLOB
        if kind == "Padding":
            return Blob(_pad(reads[0].tensor, values), None)
        if not re.fullmatch(ELEMENTWISE_LAYERS, ELEMENTWISE.get(kind, kind)):
            return UNKNOWN_BLOB
        self._add_follower(line, reads[0])
        return reads[0]

    def _begin(self, values: Mapping[int, Any]) -> Blob:
        shape = read_input_shape(values)
        return Blob(Tensor(shape[-1] if shape else None, self.sizes or tuple(shape[:-1]) or None), (MODEL_INPUT,))

    def _add_follower(self, line: ParamLine, given: Blob) -> None:
        if line.kind.text != "Split" and given.sources is not None and len(given.sources) == 1:
            (number,) = given.sources
            if number != MODEL_INPUT:
                layer = self.model.layers[number]
                self.model.layers[number] = replace(layer, followers=(*layer.followers, f"{line.kind.text}()"))

    def _run_layer(self, line: ParamLine, given: Blob) -> Blob:
        keys, reason = _read_keys(line)
        reads = Tensor(keys.get("in_channels", given.tensor.channels), given.tensor.place)
        writes = Tensor(keys.get("out_channels", reads.channels)) if keys else UNKNOWN
        if keys and reads.sizes is not None:
            try:
                layer = build_layer(keys, reads)
                writes = Tensor(layer.channels.outputs if reads.channels else keys.get("out_channels"), layer.output)
            except SpecError as error:
                reason = error.problems[0].what
        elif keys:
            reason = "its input does not follow from the text"
        number = len(self.model.layers)
        module = PrintedModule(line.name.text, line.kind.text)
        is_next = given.sources == (number - 1,)
        self.model.layers.append(
            PrintedLayer(number, module, keys, reads, writes, reason, is_next, sources=given.sources or ())
        )
        return Blob(writes, (number,) if keys else None)


def _read_keys(line: ParamLine) -> tuple[dict[str, Any], str]:
    """Return the keys of a layer, or why it cannot be shown."""
    try:
        return parse_call(make_call(line, None)), ""
    except CodeError as error:
        return {}, error.problem


def _join(reads: Sequence[Blob], adds_channels: bool) -> Blob:
    """Return what is computed from the cells of several blobs. adds_channels: True if it has the channels of all"""
    places = {each.tensor.place for each in reads}
    place = places.pop() if len(places) == 1 else None
    channels = [each.tensor.channels for each in reads]
    total = (sum(filter(None, channels)) if adds_channels else channels[0]) if None not in channels else None
    known = [each.sources for each in reads]
    sources = None if None in known or place is None else tuple(sorted({one for each in known for one in each or ()}))
    return Blob(Tensor(total, place), sources)


def _pad(tensor: Tensor, values: Mapping[int, Any]) -> Tensor:
    """Return a tensor with the padding of a Padding line: top, bottom, left and right."""
    if tensor.sizes is None or len(tensor.sizes) > 2 or values.get(7, 0) or values.get(8, 0):
        return UNKNOWN
    sides = ((0, 1), (2, 3))[2 - len(tensor.sizes) :]
    added = (sum(values.get(number, 0) for number in pair) for pair in sides)
    return replace(tensor, sizes=tuple(size + more for size, more in zip(tensor.sizes, added, strict=True)))
