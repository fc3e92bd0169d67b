# SPDX-License-Identifier: GPL-3.0-or-later
"""TensorFlow: the signatures of the functions in tf.nn, and its code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .code_format import explain_pixel_order, has_one_factor
from .framework import Framework, LayerWriter
from .layer_signature import LayerSignature, make_signature


def _describe_pixels(op: str) -> LayerSignature:
    """Return the pixel shuffle, or its reverse."""
    return make_signature(
        op, 2, "keras", "input block_size data_format name", {"block_size": "factor"}, "block_size",
        ["input", "data_format", "name"], {"channel_order": "DCR"},
    )  # fmt: skip


def write_pixels(name: str) -> LayerWriter:
    """Return the writer of a pixel shuffle, or of its reverse."""
    path = f"tf.nn.{name}"

    def lines(layer: Any) -> Iterator[str]:
        if has_one_factor(layer):
            yield f"{path}(x, {layer.factor[0]})"

    return LayerWriter(lines, lambda layer: explain_pixel_order(layer, path, "DCR"))


FRAMEWORK = Framework(
    {"depth_to_space": _describe_pixels("pixel_shuffle"), "space_to_depth": _describe_pixels("pixel_unshuffle")},
    {"pixel_shuffle": write_pixels("depth_to_space"), "pixel_unshuffle": write_pixels("space_to_depth")},
)
