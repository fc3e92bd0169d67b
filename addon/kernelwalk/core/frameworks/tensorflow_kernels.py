# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of TensorFlow that Keras has too: how its pixel shuffle is written, and where its kernels crop the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .code_format import explain_pixel_order, has_one_factor
from .framework import LayerWriter, Remark
from .same_padding import find_least_same_padding, pads_to_same


def crops_same(layer: Any) -> bool:
    """Return True for a layer of three axes that would lose its first cells by the word SAME."""
    return layer.dims == 3 and layer.op != "conv_transpose" and find_least_same_padding(layer) < -1


CROPPED_SAME = Remark(
    lambda layer: layer.has_kernel and pads_to_same(layer) and crops_same(layer),
    "computes otherwise",
    "with SAME along three axes where windows leave two cells out or more: it skips the first ones",
    "tensorflow 2.21.0",
)
"""A difference of TensorFlow's operations along three axes from those along one and two, also under Keras."""


def write_pixels(name: str) -> LayerWriter:
    """Return the writer of a pixel shuffle, or of its reverse."""
    path = f"tf.nn.{name}"

    def lines(layer: Any) -> Iterator[str]:
        if has_one_factor(layer):
            yield f"{path}(x, {layer.factor[0]})"

    return LayerWriter(lines, lambda layer: explain_pixel_order(layer, path, "DCR"))
