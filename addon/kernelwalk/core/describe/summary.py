# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of a spec in one line: their sizes and what sets them."""

from __future__ import annotations

from ..layers.channels import Channels
from ..layers.formatting import format_size
from ..spec.spec import Spec


def summarize_layers(spec: Spec) -> str:
    """Return one line about a spec's layers.

    >>> from kernelwalk.core import load_preset
    >>> summarize_layers(load_preset("max_pool"))
    '6 × 6 → 3 × 3, kernel 2 × 2, stride 2 × 2'
    """
    if len(spec.layers) > 1:
        sizes = [spec.layers[0].input, *(layer.output for layer in spec.layers)]
        return " → ".join(map(format_size, sizes))
    layer = spec.layer
    parts = [f"{format_size(layer.input)} → {format_size(layer.output)}"]
    if layer.channels != Channels():
        parts.append(f"channels {format_channels(layer.channels)}")
    if layer.has_kernel:
        parts.append(f"kernel {format_size(layer.kernel)}")
        if any(step > 1 for step in layer.stride):
            parts.append(f"stride {format_size(layer.stride)}")
    if layer.has_padding:
        parts.append(f"padding {layer.describe_padding()}")
    if any(gap > 1 for gap in layer.dilation):
        parts.append(f"dilation {format_size(layer.dilation)}")
    if layer.rounds_up:
        parts.append("rounded up")
    return ", ".join(parts)


def format_channels(channels: Channels) -> str:
    """Return the numbers of channels.

    >>> format_channels(Channels(8, 4, 2))
    '8 → 4, in 2 groups'
    """
    groups = f", in {channels.groups} groups" if channels.groups > 1 else ""
    return f"{channels.inputs} → {channels.outputs}{groups}"
