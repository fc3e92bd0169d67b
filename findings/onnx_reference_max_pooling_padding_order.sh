#!/usr/bin/env bash
# onnx 1.23.2, onnx.reference: MaxPool reads pads axis by axis, and not as all begins before all ends.
#
# By the specification, pads [0, 0, 1, 1] of two axes is a row after and a column after. onnx.reference takes it as none
# for rows, and a column before and one after. So the output has another shape than shape inference and onnxruntime
# 1.32.0 give it, and other numbers. AveragePool, and pads that are equal on all sides, come out right along two axes.
#
# Seen, for 0 … 8 in 3x3, kernel 2: MaxPool 3x3 from 4 5 5 7 8 8 7 8 8 in onnxruntime, 2x4 from 3 4 5 5 6 7 8 8 in
# onnx.reference; AveragePool 3x3 in both.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, shape_inference
from onnx.reference import ReferenceEvaluator

x = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
seen = {}
for operator in ("MaxPool", "AveragePool"):
    node = helper.make_node(operator, ["x"], ["y"], kernel_shape=[2, 2], pads=[0, 0, 1, 1])
    graph = helper.make_graph(
        [node],
        "pool",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    inferred = shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape
    runtime = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
    reference = ReferenceEvaluator(model).run(None, {"x": x})[0]
    seen[operator] = [dim.dim_value for dim in inferred.dim[2:]], runtime[0, 0].tolist(), reference[0, 0].tolist()
    print(operator, "shape inference", *seen[operator][0])
    print(operator, "onnxruntime    ", *seen[operator][1])
    print(operator, "onnx.reference ", *seen[operator][2])
sizes, runtime, reference = seen["MaxPool"]
unchanged = (
    sizes == [3, 3]
    and runtime == [[4, 5, 5], [7, 8, 8], [7, 8, 8]]
    and reference == [[3, 4, 5, 5], [6, 7, 8, 8]]
    and seen["AveragePool"][1] == seen["AveragePool"][2]
)
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
