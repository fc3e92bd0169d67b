# SPDX-License-Identifier: GPL-3.0-or-later
"""Code as the layers of a spec, one after another, with the element-wise layers beside each."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ...errors import SpecError, format_value
from ...layers.registry import LAYERS
from ..known_frameworks import find_layer
from ..layer_signature import SpecKeys
from .code_chain import Step, read_steps
from .code_text import WRITE_ONE_LAYER, CodeError, find_dotted_name, locate_error
from .imports import add_import
from .layer_call import find_framework, list_known_layers, parse_call
from .literals import read_value
from .surroundings import (
    ELEMENTWISE_LAYERS,
    END_LAYERS,
    INPUT_LAYERS,
    PADDING_LAYERS,
    SEPARATELY,
    PaddingLayer,
    add_padding,
    join_paddings,
    read_input_shape,
    read_padding,
)


class SequentialPart(NamedTuple):
    """A layer of a chain, as code, and the element-wise layers beside it.

    before: element-wise layers before the first layer
    after:  element-wise layers between this layer and the next
    keys:   the keys of a spec that the code sets, with those of the padding before it and of the input
    framework: the key of its framework in known_frameworks.py
    """

    code: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    keys: Mapping[str, Any] = {}
    framework: str = "pytorch"


class CodedChain(NamedTuple):
    """The layers of code, and the names of those that are left out.

    left_out: those that have no cells, before the first layer and after the last
    """

    parts: tuple[SequentialPart, ...]
    left_out: tuple[str, ...]


def split_parts(text: Any) -> list[SequentialPart]:
    """Return the layers of code with the element-wise layers beside each. Raises SpecError.

    >>> [(part.code, part.after) for part in split_parts("nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())")]
    [('nn.Conv2d(1, 8, 3)', ('nn.ReLU()',))]
    """
    return list(read_chain(text).parts)


def read_chain(text: Any, one: bool = False) -> CodedChain:
    """Return the layers of code, and what is left out of it: layers in which nothing slides over cells.

    one: True if more than one layer is an error

    Raises SpecError, at `layer.code`, with the place of the error.

    >>> read_chain("nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(72, 10))").left_out
    ('Flatten', 'Linear')
    """
    read = _read_cached if isinstance(text, str) else _read_text
    return read(text, one)


def _read_text(text: Any, one: bool) -> CodedChain:
    text, steps = read_steps(text)
    try:
        return _read_chain(steps, one)
    except CodeError as error:
        raise locate_error(text, error) from None


_read_cached = lru_cache(maxsize=4)(_read_text)
"""Read a text once, of which a command wants the layers, their axes and what is left out."""


def prefer_framework(text: str, key: str) -> str:
    """Return code in which names are those of a framework, where it has them all; else the code as it is."""
    preferred = add_import(text, key)
    try:
        read_chain(preferred)
    except SpecError:
        return text
    return preferred


class _ChainBuilder:
    """The layers so far, and what waits for the next one."""

    def __init__(self) -> None:
        self.parts: list[SequentialPart] = []
        self.before: tuple[str, ...] = ()
        self.padding: PaddingLayer | None = None
        self.ends: list[tuple[str, Step]] = []
        self.left_out: list[str] = []
        self.shape: list[int] | None = None

    def add(self, step: Step) -> None:
        """Add a step to the chain."""
        path = find_dotted_name(step.node.func)
        name = path.rpartition(".")[2]
        if find_layer(path, everywhere=False):
            self._add_layer(name, step)
        elif name in INPUT_LAYERS:
            self.shape = read_input_shape(step.node, step.names)
        elif re.fullmatch(ELEMENTWISE_LAYERS, name):
            self._add_elementwise(name, step)
        elif re.fullmatch(PADDING_LAYERS, name):
            padding = read_padding(step.node, name, step.names)
            self.padding = join_paddings(self.padding, padding) if self.padding else padding
        elif re.fullmatch(END_LAYERS, name):
            if not self.parts:
                self.shape = read_input_shape(step.node, step.names) or self.shape
                self.before = ()
            self.ends.append((name, step))
        else:
            self._add_layer(name, step)

    def _add_elementwise(self, name: str, step: Step) -> None:
        if self.padding and name not in ("Identity", "Dropout"):
            what = f"{name} stands between {self.padding.name} and the layer that reads its padding"
            raise CodeError(step.node, what, SEPARATELY)
        if self.ends:
            return
        if self.parts:
            self.parts[-1] = self.parts[-1]._replace(after=(*self.parts[-1].after, step.code))
        else:
            self.before = (*self.before, step.code)

    def _add_layer(self, name: str, step: Step) -> None:
        if self.ends and self.parts:
            end, where = self.ends[0]
            parse_call(step.node, step.names)  # a layer that is not known has a more useful error
            raise CodeError(where.node, f"{end} stands between layers: {name} after it reads no cells", SEPARATELY)
        self.left_out += [end for end, _ in self.ends]
        self.ends = []
        keys = _add_called(parse_call(step.node, step.names), name, step)
        if self.padding:
            keys, self.padding = add_padding(keys, self.padding, name), None
        if not self.parts:
            keys = _add_input(keys, read_input_shape(step.node, step.names) or self.shape)
        before = () if self.parts else self.before
        self.parts.append(SequentialPart(step.code, before, (), keys, find_framework(step.node)))

    def _give_channels(self) -> None:
        """Give a first layer that keeps each channel apart as many channels as the first convolution needs."""
        first = self.parts[0].keys
        layer = LAYERS[first["op"]]
        if not layer.has_parameter("channels") or "channels" in first:
            return
        cells = math.prod(first["kernel"]) if layer.has_tap_channels else 1
        for part in self.parts:
            if LAYERS[part.keys["op"]].is_rearrangement:
                return
            if "in_channels" in part.keys:
                self.parts[0] = self.parts[0]._replace(keys={**first, "channels": cells * part.keys["in_channels"]})
                return

    def finish(self, steps: list[Step]) -> CodedChain:
        """Return the chain."""
        if not steps:
            raise CodeError(None, "there is no layer", list_known_layers("pytorch"))
        if not self.parts:
            name = find_dotted_name(steps[0].node.func).rpartition(".")[2]
            what = "there is no layer that can be shown"
            if len(steps) == 1:
                what = "this layer is not supported"
                if re.fullmatch(END_LAYERS, name):
                    what = f"nothing slides over cells in {name}"
            raise CodeError(steps[0].node, what, list_known_layers("pytorch"))
        if self.padding:
            raise CodeError(self.padding.node, f"no layer follows {self.padding.name}", "Give the layer that reads it")
        self._give_channels()
        return CodedChain(tuple(self.parts), (*self.left_out, *(end for end, _ in self.ends)))


def _read_chain(steps: list[Step], one: bool) -> CodedChain:
    builder = _ChainBuilder()
    for step in steps:
        builder.add(step)
        if one and len(builder.parts) > 1:
            raise CodeError(step.node, "this is not one layer", WRITE_ONE_LAYER)
    return builder.finish(steps)


def _add_called(keys: SpecKeys, name: str, step: Step) -> SpecKeys:
    """Return the keys of a layer with what the call on it sets: the output's size of a transposed convolution."""
    node = step.called.get("output_size", step.called.get(1))
    convention = keys.get("convention")
    if node is None or keys["op"] != "conv_transpose" or convention not in ("pytorch", "paddle"):
        return keys
    size, dims = read_value(node, step.names), len(keys["kernel"])
    if convention == "pytorch" and isinstance(size, list) and len(size) == dims + 2:
        size = size[2:]  # with batch and channels
    if convention == "paddle" and dims == 1 and keys.get("output_padding", 0) not in (0, [0]):
        raise CodeError(node, f"{name} has an output_padding, and takes no output_size", "Leave one of them out")
    if convention == "paddle" and type(size) is int:
        size = [size] * dims
    if not isinstance(size, list) or len(size) != dims:
        what = f"output_size = {format_value(size)} does not have one entry per axis: {name} has {dims}"
        raise CodeError(node, what, "Write one per axis")
    padding = 0 if keys.get("padding", "valid") == "valid" else keys["padding"]
    return {
        **{key: value for key, value in keys.items() if key != "output_padding"},
        "padding": padding,
        "output_shape": size,
    }


def _add_input(keys: SpecKeys, shape: list[int] | None) -> SpecKeys:
    """Return the keys of the first layer with the shape of its input, channels last."""
    layer = LAYERS[keys["op"]]
    if layer.output_shape_sets_input and "output_shape" in keys:
        try:
            return {**keys, "input": list(layer(**{key: value for key, value in keys.items() if key != "op"}).input)}
        except SpecError:
            return keys  # told where the layer is made
    dims = next((len(keys[key]) for key in ("kernel", "scale", "factor", "output_shape") if _is_list(keys, key)), 0)
    if shape is None or len(shape) != dims + 1:
        return keys
    channels = next((key for key in ("in_channels", "channels") if layer.has_parameter(key)), None)
    return {"input": shape[:-1], **({channels: shape[-1]} if channels else {}), **keys}


def _is_list(keys: SpecKeys, key: str) -> bool:
    return isinstance(keys.get(key), list)
