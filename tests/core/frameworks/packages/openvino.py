"""Runs code of OpenVINO."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino
from openvino import opset15


def run(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a function."""
    first, _, call = code.rpartition("; ")
    parameter = opset15.parameter(list(values.shape), np.float32)
    names: dict[str, Any] = {"np": np, "opset15": opset15, "x": parameter}
    exec(first, names)
    if weight is not None:  # the weights of groups have the same order, in another shape
        names["w"] = weight.reshape(names["w"].shape)
    node = eval(call, names)
    model = openvino.Model([node.outputs()[0]], [parameter])
    return openvino.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1})(values)[0]
