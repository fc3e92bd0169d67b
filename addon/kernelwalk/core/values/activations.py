# SPDX-License-Identifier: GPL-3.0-or-later
"""Activations: functions of each value alone, after a layer (torch.nn, with their defaults)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..arrays import Floats

LEAKY_SLOPE = 0.01
"""Slope of leaky ReLU below zero (torch.nn.LeakyReLU's default)."""


def _sigmoid(values: Floats) -> Floats:
    # of -|x|, since the exponential of a large number overflows
    small = np.exp(-np.abs(values))
    result: Floats = np.where(values >= 0, 1 / (1 + small), small / (1 + small))
    return result


def _gelu(values: Floats) -> Floats:
    """Return x · Φ(x) with the exact error function, not its approximation by tanh."""
    error_function = np.array([math.erf(value) for value in (values / math.sqrt(2)).ravel().tolist()], np.float64)
    return values * (1 + error_function.reshape(values.shape)) / 2


ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "none": lambda values: values,
    "relu": lambda values: np.maximum(values, 0.0),
    "leaky_relu": lambda values: np.where(values >= 0, values, LEAKY_SLOPE * values),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "gelu": _gelu,
    "silu": lambda values: values * _sigmoid(values),
}
"""The activations by name; each takes and returns values of any shape."""

ACTIVATION_LABELS = {
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "gelu": "GELU",
    "silu": "SiLU",
}
"""The activations' names for people."""
