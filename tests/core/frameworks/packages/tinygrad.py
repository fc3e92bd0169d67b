"""Runs code of tinygrad."""

from __future__ import annotations

from typing import Any

import numpy as np
import tinygrad.nn


def run(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a layer."""
    tensor = tinygrad.Tensor(values)
    layer: Any = eval(code, {"tinygrad": tinygrad, "x": tensor})
    if isinstance(layer, tinygrad.Tensor):
        return layer.numpy()
    if weight is not None:
        assert layer.weight.shape == weight.shape
        layer.weight, layer.bias = tinygrad.Tensor(weight), None
    return layer(tensor).numpy()
