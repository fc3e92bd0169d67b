# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in code around layers: containers, wrappers, methods that change no cell, and functions that are layers."""

from __future__ import annotations

CONTAINERS = ("Sequential", "ModuleList")
"""Containers of layers one after another, in PyTorch and in Keras."""

WRAPPERS = ("weight_norm", "spectral_norm", "compile", "script", "DataParallel", "TimeDistributed", "checkpoint")
"""Functions and layers around a layer that leave the cells which it reads as they are."""

SAME_MODULE = ("to", "cuda", "cpu", "eval", "train", "float", "half", "double", "requires_grad_", "contiguous", "clone")
"""Methods that give the same layer, or the same tensor."""

FUNCTIONS = {
    **{name: f"nn.{name}" for name in ("ReLU", "GELU", "SiLU", "Mish", "ELU", "SELU", "Tanh", "Sigmoid", "Softmax")},
    **{f"log_{name}": f"nn.Log{name.capitalize()}" for name in ("softmax", "sigmoid")},
    **{"leaky_relu": "nn.LeakyReLU", "relu6": "nn.ReLU6", "hardswish": "nn.Hardswish", "softplus": "nn.Softplus"},
    **{"dropout": "nn.Dropout", "dropout2d": "nn.Dropout2d", "batch_norm": "nn.BatchNorm2d", "pad": "F.pad"},
    **{"layer_norm": "nn.LayerNorm", "group_norm": "nn.GroupNorm", "normalize": "nn.LayerNorm"},
    **dict.fromkeys(("flatten", "view", "reshape", "squeeze", "mean"), "nn.Flatten"),
    "linear": "nn.Linear",
}
FUNCTIONS = {name.lower(): code for name, code in FUNCTIONS.items()}
"""Functions and methods of a tensor, as layers."""
