# SPDX-License-Identifier: GPL-3.0-or-later
"""All layers, by their names in a spec.

A layer has one to three axes. Sizes are tuples in the order of the tensor's axes: x; y, x; or z, y, x.
"""

from __future__ import annotations

import typing

from .adaptive_pooling import AdaptiveAvgPool, AdaptiveMaxPool
from .channel_shuffle import ChannelShuffle
from .convolution import Conv
from .fold import Fold
from .pooling import AvgPool, MaxPool
from .rearrangement import PixelShuffle, PixelUnshuffle, Unfold
from .transposed_convolution import ConvTranspose
from .upsampling import Upsample

Layer = (
    Conv
    | ConvTranspose
    | MaxPool
    | AvgPool
    | AdaptiveMaxPool
    | AdaptiveAvgPool
    | Upsample
    | PixelShuffle
    | PixelUnshuffle
    | ChannelShuffle
    | Unfold
    | Fold
)

LAYERS: dict[str, type[Layer]] = {layer.op: layer for layer in typing.get_args(Layer)}
"""The layers by their names in a spec."""
