"""Runs code of PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn


def run(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a layer."""
    layer: Any = eval(code, {"nn": nn})
    if weight is not None:
        assert tuple(layer.weight.shape) == weight.shape
        layer.weight.data = torch.tensor(weight)
        layer.bias.data *= 0
    with torch.no_grad():
        return np.array(layer(torch.tensor(values)))
