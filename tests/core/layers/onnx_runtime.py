# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX Runtime as an oracle that computes a single node. Importing this skips the tests if it is not installed."""

from __future__ import annotations

from typing import Any

import pytest
from numpy.typing import NDArray

onnx = pytest.importorskip("onnx", reason="the oracle is ONNX Runtime: install the extra kernelwalk[test]")
runtime = pytest.importorskip("onnxruntime", reason="the oracle is ONNX Runtime: install the extra kernelwalk[test]")


def make_model(op: str, values: NDArray[Any], weight: NDArray[Any] | None, **attributes: Any) -> Any:
    """Return the model of a node that reads x, and a weight if it has one."""
    names = ["x"] if weight is None else ["x", "w"]
    floats = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(op, names, ["y"], **attributes)],
        "layer",
        [onnx.helper.make_tensor_value_info("x", floats, values.shape)],
        [onnx.helper.make_tensor_value_info("y", floats, None)],
        [] if weight is None else [onnx.numpy_helper.from_array(weight, "w")],
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 19)], ir_version=9)


def run(op: str, values: NDArray[Any], weight: NDArray[Any] | None, **attributes: Any) -> NDArray[Any]:
    """Return the output of a node for values, and for a weight if it has one. Raises the errors of ONNX Runtime."""
    model = make_model(op, values, weight, **attributes)
    quiet = runtime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 4, 1
    session = runtime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": values})[0]
