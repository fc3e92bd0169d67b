# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer as a line of each framework.

A line is emitted only if parsing it gives a layer that computes the same; otherwise a reason is given.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ..comparison.layer_comparison import compare_layers
from ..errors import SpecError
from ..layers.registry import LAYERS, Layer
from .framework import NO_WRITER, LayerWriter, Remark
from .known_frameworks import BY_KEY, USUAL_KEYS
from .parsing.code_parser import parse_layer
from .remarks import list_remarks


class LayerCode(NamedTuple):
    """A layer as code of a framework, or the reason why the framework has no such layer.

    framework:    its name for people, such as "PyTorch"
    text:         the line, or the reason
    is_supported: True if `text` is a line
    remarks:      what the framework makes of the layer's own words, and programs that run it of the line's
    """

    framework: str
    text: str
    is_supported: bool
    remarks: tuple[Remark, ...] = ()


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
    return _emit_code(layer, str(layer.to_table()), keys)


@lru_cache(maxsize=64)  # panels ask at each redraw
def _emit_code(layer: Layer, words: str, keys: tuple[str, ...]) -> tuple[LayerCode, ...]:
    """Return the layer in frameworks.

    words: the layer's own, in which equal layers may differ: padding "same" may be a padding of 1
    """
    codes = []
    for key in keys:
        known = BY_KEY[key]
        writer = known.framework.writers.get(layer.op, NO_WRITER)
        line, written = _find_line(layer, writer)
        remarks = list(list_remarks(known.framework, layer))
        told = {remark.version for remark in remarks}
        if written:
            remarks += (remark for remark in list_remarks(known.framework, written) if remark.version not in told)
        text = _explain(layer, writer) if line is None else line
        codes.append(LayerCode(known.name, text, line is not None, tuple(remarks)))
    return tuple(codes)


def _explain(layer: Layer, writer: LayerWriter) -> str:
    """Return the reason why there is no line: that the kernel is read in reverse, if there is one but for that."""
    table = layer.to_table()
    if "flip_kernel" in table and max(layer.kernel) > 1:
        turned = LAYERS[layer.op](**{**table, "flip_kernel": not table["flip_kernel"]})
        line, _ = _find_line(turned, writer)
        if line is not None:
            return f"it adds the kernel in reverse: reverse the weights along each axis, and write {line}"
    return writer.explain(layer)


def _find_line(layer: Layer, writer: LayerWriter) -> tuple[str | None, Layer | None]:
    """Return the first line that computes the layer, and the layer that is read in it; None for what there is not."""
    for line in writer.lines(layer):
        written = _read_line(layer, line) if writer.is_verified else None
        if written is not None or not writer.is_verified:
            return line, written
    return None, None


def _read_line(layer: Layer, text: str) -> Layer | None:
    """Return the layer that is read in a line; None if it does not compute the same as `layer`."""
    try:
        keys = parse_layer(text)
        if keys.pop("op") != layer.op:
            return None
        # numbers of channels that the line leaves out
        channels = layer.channel_counts()
        if "depth_multiplier" in keys:
            channels = {"in_channels": channels["in_channels"]}
        written = LAYERS[layer.op](**{"input": layer.input, **channels, **keys})
    except SpecError:
        return None
    # the size of a fold's input follows from its padding
    computes_same = written.input == layer.input and compare_layers(written, layer).computes_same
    return written if computes_same else None
