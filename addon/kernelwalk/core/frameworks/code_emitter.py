# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer as a line of each framework.

A line is emitted only if parsing it gives a layer that computes the same; otherwise a reason is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..comparison.layer_comparison import compare_layers
from ..errors import SpecError
from ..layers.registry import LAYERS, Layer
from .framework import NO_WRITER, Remark
from .known_frameworks import BY_KEY, USUAL_KEYS
from .parsing.code_parser import parse_layer
from .remarks import list_remarks


@dataclass(frozen=True)
class LayerCode:
    """A layer as code of a framework, or the reason why the framework has no such layer.

    framework:    its name for people, such as "PyTorch"
    text:         the line, or the reason
    is_supported: True if `text` is a line
    remarks:      what the framework does otherwise than the line says
    """

    framework: str
    text: str
    is_supported: bool
    remarks: tuple[Remark, ...] = ()


@lru_cache(maxsize=64)
def emit_code(layer: Layer, keys: tuple[str, ...] = USUAL_KEYS) -> tuple[LayerCode, ...]:
    """Return the layer in frameworks, for an input of this size ("same" may be another padding for another size).

    keys: the frameworks, by their keys in known_frameworks.py

    >>> from kernelwalk.core import Conv
    >>> for code in emit_code(Conv(input=5, kernel=3, stride=2, padding=1)):
    ...     print(code.text)
    nn.Conv2d(1, 1, 3, stride=2, padding=1)
    layers.Conv2D(1, 3, strides=2, padding="same")
    helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    """
    codes = []
    for key in keys:
        known = BY_KEY[key]
        writer = known.framework.writers.get(layer.op, NO_WRITER)
        line = _first_valid(layer, writer.lines(layer), writer.is_verified)
        text = writer.explain(layer) if line is None else line
        codes.append(LayerCode(known.name, text, line is not None, tuple(list_remarks(known.framework, layer))))
    return tuple(codes)


def _first_valid(layer: Layer, lines: Iterable[str], is_verified: bool) -> str | None:
    return next((line for line in lines if not is_verified or _parses_as(layer, line)), None)


def _parses_as(layer: Layer, text: str) -> bool:
    """Return True if a line is parsed as a layer that computes the same."""
    try:
        keys = parse_layer(text)
        if keys.pop("op") != layer.op:
            return False
        # numbers of channels that the line leaves out
        channels = layer.channel_counts()
        if "depth_multiplier" in keys:
            channels = {"in_channels": channels["in_channels"]}
        return compare_layers(LAYERS[layer.op](**{"input": layer.input, **channels, **keys}), layer).computes_same
    except SpecError:
        return False
