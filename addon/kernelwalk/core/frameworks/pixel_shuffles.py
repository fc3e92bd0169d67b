# SPDX-License-Identifier: GPL-3.0-or-later
"""The code of a pixel shuffle and of its reverse, which all frameworks have for two axes with one factor alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .code_format import format_function, is_uniform
from .framework import LayerWriter


def make_pixel_writer(name: str, order: str, write_line: Callable[[Any], str]) -> LayerWriter:
    """Return the writer of a pixel shuffle, or of its reverse.

    name:       the framework's name of it
    order:      the order of channels that it has
    write_line: returns the line of a layer of two axes, whose factor is the same on both
    """

    def lines(layer: Any) -> Iterator[str]:
        if layer.dims == 2 and is_uniform(layer.factor):
            yield write_line(layer)

    def explain(layer: Any) -> str:
        if layer.dims != 2:
            return f"two axes only: {name}"
        if not is_uniform(layer.factor):
            return f"one factor for both axes: {name}"
        return f"orders channels differently: {name} is {order}"

    return LayerWriter(lines, explain)


def make_tensorflow_pixel_writer(name: str) -> LayerWriter:
    """Return the writer of one of TensorFlow's two functions, by its name in tf.nn; Keras has none of its own."""
    path = f"tf.nn.{name}"
    return make_pixel_writer(path, "DCR", lambda layer: format_function(path, layer.factor))
