#!/usr/bin/env bash
# tract 0.23.9: GlobalLpPool divides the norm by the number of cells.
#
# By ONNX's specification it is Lp pooling with a kernel as large as the input, thus the norm of each channel: for p = 2
# the square root of the sum of squares. tract loads the operator and then scales the result: by the number of cells for
# p = 1, which gives a mean, and for p = 2 by its square root.
#
# Seen, for 3 4 0 0: onnxruntime 1.32.0 and openvino 2026.4.1 5 for p = 2 and 7 for p = 1, tract 2.5 and 1.75.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tract==0.23.9 openvino==2026.4.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.3.5
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnx
import onnxruntime
import openvino
import tract
from onnx import TensorProto, helper

x = np.array([[[[3, 4, 0, 0]]]], np.float32)
core = openvino.Core()
seen = {}
for p in (1, 2):
    graph = helper.make_graph(
        [helper.make_node("GlobalLpPool", ["x"], ["y"], p=p)],
        "norm",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 1, 1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "norm.onnx")
    config = {"INFERENCE_PRECISION_HINT": "f32"}
    seen[p] = (
        onnxruntime.InferenceSession("norm.onnx").run(None, {"x": x})[0].item(),
        core.compile_model(core.read_model("norm.onnx"), "CPU", config)([x])[0].item(),
        tract.onnx().load("norm.onnx").into_model().into_runnable().run([x])[0].to_numpy().item(),
    )
    print(f"p = {p}: onnxruntime, openvino, tract", *seen[p])
sys.exit(0 if seen == {1: (7, 7, 1.75), 2: (5, 5, 2.5)} else "the behavior has changed")
PYTHON
