#!/usr/bin/env bash
# onnxruntime 1.32.0: a transposed convolution with SAME_UPPER misses its size where the stride exceeds the kernel.
#
# By the specification SAME of ConvTranspose gives input * stride outputs, here 4 * 4 = 16. A kernel of 3 leaves a cell
# between its places, so its full output has 15, and a cell has to be added. onnxruntime adds none, and neither does
# the shape inference of onnx 1.23.2, whose reference adds it before the others. The three agree where stride <= kernel.
#
# Seen, for the input 1 … 4, kernel of three ones, stride 4: shape inference 15, onnxruntime 15 cells from 1 1 1 0 2,
# onnx.reference 16 cells from 0 1 1 1 0.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "onnx==1.23.2" "onnxruntime==1.32.0" "numpy==2.3.5"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

x = np.arange(1, 5, dtype=np.float32).reshape(1, 1, 4)
graph = helper.make_graph(
    [helper.make_node("ConvTranspose", ["x", "kernel"], ["y"], auto_pad="SAME_UPPER", strides=[4])],
    "transposed",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    [numpy_helper.from_array(np.ones((1, 1, 3), np.float32), "kernel")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
inferred = shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape.dim[2].dim_value
runtime = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0].flatten().astype(int).tolist()
reference = ReferenceEvaluator(model).run(None, {"x": x})[0].flatten().astype(int).tolist()
print("shape inference:", inferred)
print("onnxruntime:", len(runtime), "cells,", *runtime)
print("onnx.reference:", len(reference), "cells,", *reference)
expected = [1, 1, 1, 0, 2, 2, 2, 0, 3, 3, 3, 0, 4, 4, 4]
sys.exit(0 if (inferred, runtime, reference) == (15, expected, [0, *expected]) else 1)
PYTHON
