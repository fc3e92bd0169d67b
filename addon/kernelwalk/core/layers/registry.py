# SPDX-License-Identifier: GPL-3.0-or-later
"""All layers, by their names in a spec. Each is loaded when it is needed.

A layer has one to three axes. Sizes are tuples in the order of the tensor's axes: x; y, x; or z, y, x.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from .base_layer import BaseLayer

if TYPE_CHECKING:
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
else:
    Layer = BaseLayer

_CLASSES = {
    "conv": "convolution.Conv",
    "conv_transpose": "transposed_convolution.ConvTranspose",
    "max_pool": "pooling.MaxPool",
    "avg_pool": "pooling.AvgPool",
    "adaptive_max_pool": "adaptive_pooling.AdaptiveMaxPool",
    "adaptive_avg_pool": "adaptive_pooling.AdaptiveAvgPool",
    "upsample": "upsampling.Upsample",
    "pixel_shuffle": "rearrangement.PixelShuffle",
    "pixel_unshuffle": "rearrangement.PixelUnshuffle",
    "channel_shuffle": "channel_shuffle.ChannelShuffle",
    "unfold": "rearrangement.Unfold",
    "fold": "fold.Fold",
}
"""The layers' classes, each after its module in this folder."""


@cache
def _load_class(path: str) -> Any:
    module, _, name = path.partition(".")
    return getattr(importlib.import_module(f".{module}", __package__), name)


class _Layers(Mapping[str, "type[Layer]"]):
    def __getitem__(self, op: str) -> type[Layer]:
        return _load_class(_CLASSES[op])

    def __iter__(self) -> Iterator[str]:
        return iter(_CLASSES)

    def __len__(self) -> int:
        return len(_CLASSES)

    def __contains__(self, op: object) -> bool:
        return op in _CLASSES  # a layer that is only looked up is not loaded


LAYERS: Mapping[str, type[Layer]] = _Layers()
"""The layers by their names in a spec."""
