# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer as a line of each framework.

A line is emitted only if parsing it gives a layer that computes the same; otherwise a reason is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..errors import SpecError
from ..layers.axis import ZERO_CELL, Axis
from ..layers.registry import LAYERS, Layer
from .framework import NO_WRITER
from .known_frameworks import BY_KEY, USUAL_KEYS
from .parsing.code_parser import parse_layer


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
    remarks: tuple[str, ...] = ()


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
        codes.append(LayerCode(known.name, text, line is not None, tuple(known.framework.list_remarks(layer))))
    return tuple(codes)


def _first_valid(layer: Layer, lines: Iterable[str], is_verified: bool) -> str | None:
    return next((line for line in lines if not is_verified or _parses_as(layer, line)), None)


def _parses_as(layer: Layer, text: str) -> bool:
    """Return True if a line is parsed as a layer that computes the same."""
    keys = parse_layer(text)
    if keys.pop("op") != layer.op:
        return False
    # numbers of channels that the line leaves out
    channels = layer.channel_counts()
    if "depth_multiplier" in keys:
        channels = {"in_channels": channels["in_channels"]}
    try:
        return are_equivalent(LAYERS[layer.op](**{"input": layer.input, **channels, **keys}), layer)
    except SpecError:
        return False


def are_equivalent(one: Layer, other: Layer) -> bool:
    """Return True if two layers of an operation compute the same: padding that does not count is like none."""
    if one.output != other.output or one.channels != other.channels:
        return False
    if one.axes == other.axes and one.includes_padding_taps == other.includes_padding_taps:
        return True  # without tables, which can be large
    if one.divisors != other.divisors:
        return False
    return all(_read_same_cells(*axes) for axes in zip(one.axes, other.axes, strict=True))


def _read_same_cells(one: Axis, other: Axis) -> bool:
    """Return True if the outputs of two axes of the same output size read the same cells."""
    rows = zip(one.iterate_tap_sources(), other.iterate_tap_sources(), strict=True)
    return all(first == second or _merge_outside(first) == _merge_outside(second) for first, second in rows)


def _merge_outside(row: tuple[int, ...]) -> list[int]:
    return [max(source, ZERO_CELL) for source in row]
