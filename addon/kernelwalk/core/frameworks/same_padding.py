# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers that pad to SAME, and the cells that their windows leave out, where programs crop the input."""

from __future__ import annotations

from typing import Any

from .framework import Remark


def pads_to_same(layer: Any) -> bool:
    """Return True if a layer's padding is given as a name of the family of "same"."""
    return (layer.padding_name or "").startswith("same")


def find_least_same_padding(layer: Any, with_dilation: bool = True) -> int:
    """Return the least padding that ceil(i/s) outputs need along an axis; negative where windows leave cells out."""
    dilation = layer.dilation if with_dilation else (1,) * layer.dims
    axes = zip(layer.input, layer.kernel, layer.stride, dilation, strict=True)
    return min((-(-i // s) - 1) * s + d * (k - 1) + 1 - i for i, k, s, d in axes)


def crops_same(layer: Any) -> bool:
    """Return True for a layer of three axes that would lose its first cells by TensorFlow's word SAME."""
    return layer.dims == 3 and layer.op != "conv_transpose" and find_least_same_padding(layer) < -1


CROPPED_SAME = Remark(
    lambda layer: layer.has_kernel and pads_to_same(layer) and crops_same(layer),
    "computes otherwise",
    "with SAME along three axes where windows leave two cells out or more: it skips the first ones",
    "tensorflow 2.21.0",
)
"""A difference of TensorFlow's operations along three axes from those along one and two, also under Keras."""
