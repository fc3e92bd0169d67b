#!/usr/bin/env bash
# onnxruntime 1.32.0 and onnx.reference 1.23.2: max pooling of a window on padding alone gives two answers, no error.
#
# With dilation 2 and padding 1, both taps of a kernel of 2 miss an input of one cell. The specification leaves
# padding out of the maximum, and says nothing of an empty one. onnxruntime returns float32's lowest finite number, which
# goes on through a network without a sign that nothing was read; onnx.reference returns NaN.
#
# Seen, for the input 0.5: onnxruntime [-3.4028234663852886e+38], onnx.reference [nan].
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

x = np.array([[[0.5]]], np.float32)
node = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[2], pads=[1, 1], dilations=[2])
graph = helper.make_graph(
    [node],
    "pool",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, None])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
runtime = session.run(None, {"x": x})[0].ravel().tolist()
reference = ReferenceEvaluator(model).run(None, {"x": x})[0].ravel().tolist()
print("onnxruntime   ", runtime)
print("onnx.reference", reference)
unchanged = runtime == [float(np.finfo(np.float32).min)] and np.isnan(reference).all()
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
