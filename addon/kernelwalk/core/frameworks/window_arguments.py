# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of written code that several frameworks share with PyTorch: sizes of a window that pads both sides equally.

Where a layer pads otherwise, the line that they make is parsed as another layer, and so is not written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .code_format import omit_default

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose


def get_padding_before(layer: Any) -> tuple[int, ...]:
    """Return the padding at the beginning of each axis."""
    return tuple(before for before, _ in layer.padding)


def find_output_padding(layer: ConvTranspose) -> tuple[int, ...]:
    """Return the output padding where both sides are cropped equally: cells that are cropped less at the end."""
    sides = zip(layer.output_padding, layer.padding, strict=True)
    return tuple(extra + before - after for extra, (before, after) in sides)


def list_conv_sizes(layer: Conv | ConvTranspose) -> dict[str, Any]:
    """Return stride, padding and dilation of a convolution, None where they are the default."""
    return {
        "stride": omit_default(layer.stride, 1),
        "padding": omit_default(get_padding_before(layer), 0),
        "dilation": omit_default(layer.dilation, 1),
    }


def list_transposed_sizes(layer: ConvTranspose) -> dict[str, Any]:
    """Return the same of a transposed convolution, with its output padding."""
    return {
        "stride": omit_default(layer.stride, 1),
        "padding": omit_default(get_padding_before(layer), 0),
        "output_padding": omit_default(find_output_padding(layer), 0),
        "dilation": omit_default(layer.dilation, 1),
    }


def list_pool_sizes(layer: MaxPool | AvgPool) -> dict[str, Any]:
    """Return stride and padding of a pooling, None where they are the default."""
    stride = None if layer.stride == layer.kernel else layer.stride
    return {"stride": stride, "padding": omit_default(get_padding_before(layer), 0)}
