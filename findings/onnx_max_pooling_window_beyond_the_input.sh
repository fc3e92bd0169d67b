#!/usr/bin/env bash
# openvino 2026.4.1 (CPU), opencv-python-headless 5.0.0.93: ONNX max pooling, rounded up, has an output of nothing.
#
# By the specification of MaxPool 22, with ceil_mode, windows that would begin after the input, in the padding at its
# end, are left out, as PyTorch does. OpenVINO and OpenCV keep them where they read ONNX: the output has another shape
# than the model says, and its last cell, of no input at all, is float32's lowest number. AveragePool of OpenVINO leaves
# the same window out; that of OpenCV keeps it, as NaN.
#
# Seen, for 1 … 6, kernel 2, stride 3, ceil_mode: onnxruntime 1.32.0 and onnx.reference 1.23.2 2 5, OpenVINO and OpenCV
# 2 5 -3.4028234663852886e+38; averages 1.5 4.5, of OpenCV 1.5 4.5 nan.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openvino==2026.4.1 opencv-python-headless==5.0.0.93 onnx==1.23.2 \
    onnxruntime==1.32.0 numpy==2.3.5
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import math
import sys

import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

x = np.arange(1, 7, dtype=np.float32).reshape(1, 1, 6)
core = openvino.Core()
seen = {}
for operator in ("MaxPool", "AveragePool"):
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"], kernel_shape=[2], strides=[3], ceil_mode=1)],
        "pool",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "pool.onnx")
    net = cv2.dnn.readNetFromONNX("pool.onnx")
    net.setInput(x)
    config = {"INFERENCE_PRECISION_HINT": "f32"}
    for name, result in (
        ("onnxruntime", onnxruntime.InferenceSession("pool.onnx").run(None, {"x": x})[0]),
        ("onnx.reference", ReferenceEvaluator(model).run(None, {"x": x})[0]),
        ("OpenVINO", core.compile_model(core.read_model("pool.onnx"), "CPU", config)([x])[0]),
        ("OpenCV", net.forward()),
    ):
        cells = result.ravel().tolist()
        print(operator, name, *cells)
        seen[operator, name] = ["nan" if math.isnan(cell) else cell for cell in cells]
maxima, means, lowest = [2, 5], [1.5, 4.5], float(np.finfo(np.float32).min)
unchanged = seen == {
    ("MaxPool", "onnxruntime"): maxima,
    ("MaxPool", "onnx.reference"): maxima,
    ("MaxPool", "OpenVINO"): [*maxima, lowest],
    ("MaxPool", "OpenCV"): [*maxima, lowest],
    ("AveragePool", "onnxruntime"): means,
    ("AveragePool", "onnx.reference"): means,
    ("AveragePool", "OpenVINO"): means,
    ("AveragePool", "OpenCV"): [*means, "nan"],
}
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
