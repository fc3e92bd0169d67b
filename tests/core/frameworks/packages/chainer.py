"""Runs code of Chainer, on Python 3.8."""

from __future__ import annotations

from typing import Any

import chainer
import chainer.functions
import chainer.links
import numpy as np


def run(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a layer."""
    names = {"chainer": chainer, "L": chainer.links, "F": chainer.functions, "x": values}
    layer: Any = eval(code, names)
    if isinstance(layer, chainer.Variable):
        return layer.array
    if weight is not None:
        assert layer.W.shape == weight.shape
        layer.W.array[:] = weight
        layer.b.array[:] = 0
    return layer(values).array
