#!/usr/bin/env bash
# torch 2.13.0 (CPU): with ceil_mode, LPPool counts a window that hangs over the input's end as if it were full.
#
# The norm of a window is computed as its average times the full number of cells of the kernel, but the average of the
# last window is taken over the cells that it has. So the 1-norm, a plain sum, of fewer cells comes out too large:
# by 2 along one axis, and by 4 in a corner. onnxruntime's LpPool gives the sums; onnx.reference does as torch.
#
# Seen, for ones, p = 1, kernel 2, stride 2: torch [2, 2] of three cells in a row and [[4, 4], [4, 4]] of 3x3,
# onnx.reference 1.23.2 [2, 2], onnxruntime 1.32.0 [2, 1].
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "torch==2.13.0" "onnx==1.23.2" "onnxruntime==1.32.0" "numpy==2.3.5"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

row = np.ones((1, 1, 3), np.float32)
node = helper.make_node("LpPool", ["x"], ["y"], p=1, kernel_shape=[2], strides=[2], ceil_mode=1)
graph = helper.make_graph(
    [node],
    "pool",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, row.shape)],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 2])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
session = onnxruntime.InferenceSession(model.SerializeToString())
pooled = {
    "torch": torch.nn.LPPool1d(1, 2, stride=2, ceil_mode=True)(torch.from_numpy(row)),
    "torch, 3x3": torch.nn.LPPool2d(1, 2, stride=2, ceil_mode=True)(torch.ones(1, 1, 3, 3)),
    "onnx.reference": ReferenceEvaluator(model).run(None, {"x": row})[0],
    "onnxruntime": session.run(None, {"x": row})[0],
}
seen = {name: np.asarray(sums).flatten().astype(int).tolist() for name, sums in pooled.items()}
for name, sums in seen.items():
    print(f"{name:14}", *sums)
expected = {"torch": [2, 2], "torch, 3x3": [4, 4, 4, 4], "onnx.reference": [2, 2], "onnxruntime": [2, 1]}
sys.exit(0 if seen == expected else 1)
PYTHON
