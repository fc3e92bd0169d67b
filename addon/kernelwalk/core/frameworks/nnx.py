# SPDX-License-Identifier: GPL-3.0-or-later
"""Flax NNX (flax.nnx): the signatures of its layers, and its code."""

from __future__ import annotations

from typing import Any

from .code_format import Verbatim
from .flax import POOLS, REMARKS, WEIGHT_AXES, describe_conv, describe_conv_transpose, make_writers
from .framework import Framework

_ORDER = "in_features out_features kernel_size strides"
_CHANNELS = {"in_features": "in_channels", "out_features": "out_channels"}
_REQUIRED = "in_features out_features kernel_size"


def _list_channels(layer: Any) -> dict[str, int]:
    return {"in_features": layer.channels.inputs, "out_features": layer.channels.outputs}


FRAMEWORK = Framework(
    {
        "Conv": describe_conv(_ORDER, _CHANNELS, _REQUIRED),
        "ConvTranspose": describe_conv_transpose(_ORDER, _CHANNELS, _REQUIRED),
        **POOLS,
    },
    make_writers("nnx", _list_channels, rngs=Verbatim("rngs")),
    versions={"flax": "0.12.12"},
    weight_axes=WEIGHT_AXES,
    remarks=REMARKS,
)
