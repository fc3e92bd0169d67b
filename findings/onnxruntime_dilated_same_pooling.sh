#!/usr/bin/env bash
# onnxruntime 1.32.0: MaxPool with auto_pad SAME_UPPER leaves dilation out when it pads, but not when it pools.
#
# By the specification, SAME gives ceil(input / stride) outputs, whatever the dilation: 4 for an input of 7 and stride 2.
# onnxruntime computes the padding from the kernel without its dilation, and then slides the dilated kernel over it, which
# fits fewer times. onnx.reference 1.23.2 gives the 4 outputs.
#
# Seen, for the input 0 … 6, kernel 4, stride 2, dilation 2: onnxruntime [5, 5], onnx.reference [3, 5, 5, 5].
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

x = np.arange(7, dtype=np.float32).reshape(1, 1, 7)
node = helper.make_node(
    "MaxPool", ["x"], ["y"], kernel_shape=[4], strides=[2], dilations=[2], auto_pad="SAME_UPPER"
)
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
unchanged = runtime == [5, 5] and reference == [3, 5, 5, 5]
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
