#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93: the dnn module computes ONNX's SAME_LOWER as SAME_UPPER.
#
# Where SAME needs an odd number of cells of padding, SAME_LOWER has the odd one before, and SAME_UPPER after. OpenCV
# reads both words without a complaint, and puts it after for both, in convolutions and in pooling. Each output so reads
# the cells of its neighbor, and a feature map is shifted by a cell at each such layer.
#
# Seen, for 1 … 4, kernel 1 10: SAME_LOWER 10 21 32 43 in onnxruntime 1.32.0, 21 32 43 4 in OpenCV; maxima of pairs
# 1 2 3 4 and 2 3 4 4. SAME_UPPER is the same in both.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.3.5
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

x = np.arange(1, 5, dtype=np.float32).reshape(1, 1, 1, 4)
kernel = numpy_helper.from_array(np.array([[[[1, 10]]]], np.float32), "w")
seen = {}
for operator, inputs in (("Conv", ["x", "w"]), ("MaxPool", ["x"])):
    for word in ("SAME_LOWER", "SAME_UPPER"):
        graph = helper.make_graph(
            [helper.make_node(operator, inputs, ["y"], kernel_shape=[1, 2], auto_pad=word)],
            "same",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, x.shape)],
            [kernel] if "w" in inputs else [],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, "same.onnx")
        expected = onnxruntime.InferenceSession("same.onnx").run(None, {"x": x})[0].ravel().tolist()
        net = cv2.dnn.readNetFromONNX("same.onnx")
        net.setInput(x)
        got = net.forward().ravel().tolist()
        seen[operator, word] = expected, got
        print(operator, word, "onnxruntime", *expected, "OpenCV", *got)
unchanged = seen == {
    ("Conv", "SAME_LOWER"): ([10, 21, 32, 43], [21, 32, 43, 4]),
    ("Conv", "SAME_UPPER"): ([21, 32, 43, 4], [21, 32, 43, 4]),
    ("MaxPool", "SAME_LOWER"): ([1, 2, 3, 4], [2, 3, 4, 4]),
    ("MaxPool", "SAME_UPPER"): ([2, 3, 4, 4], [2, 3, 4, 4]),
}
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
