#!/usr/bin/env bash
# openvino 2026.4.1 (CPU): a grouped transposed convolution with output_shape leaves pads_begin out.
#
# ConvolutionBackpropData with output_shape and explicit padding crops pads_begin cells before, and what is then too much
# after. GroupConvolutionBackpropData takes the same attributes and crops all of it after.
#
# Seen, for the input 1 0 0 0, the kernel 1 2 3, stride 2, pads_begin 1, output_shape 7: 2 3 0 0 0 0 0, and for each of
# two groups 1 2 3 0 0 0 0.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q openvino==2026.4.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import openvino
from openvino import opset15


def run(groups):
    data = opset15.parameter([1, groups, 4], np.float32)
    kernel = np.array([1, 2, 3], np.float32)
    settings = {"strides": [2], "output_shape": [7], "pads_begin": [1], "pads_end": [0]}
    if groups == 1:
        layer = opset15.convolution_backprop_data(data, kernel.reshape(1, 1, 3), **settings)
    else:
        weights = np.tile(kernel, (groups, 1)).reshape(groups, 1, 1, 3)
        layer = opset15.group_convolution_backprop_data(data, weights, **settings)
    model = openvino.compile_model(openvino.Model([layer], [data]), "CPU")
    cells = np.tile(np.array([1, 0, 0, 0], np.float32), (1, groups, 1))
    return model(cells)[0][0, 0].astype(int).tolist()


one, each_of_two = run(1), run(2)
print("no groups", *one)
print("two groups", *each_of_two)
unchanged = one == [2, 3, 0, 0, 0, 0, 0] and each_of_two == [1, 2, 3, 0, 0, 0, 0]
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
