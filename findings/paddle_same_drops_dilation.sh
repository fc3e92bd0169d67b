#!/usr/bin/env bash
# paddlepaddle 3.3.1 (CPU): a convolution with padding="SAME" computes as if its dilation were 1, without a warning.
#
# The documentation of paddle.nn.functional.conv2d and conv1d_transpose names "SAME", and no limit of it. With a
# dilation of 2 the sizes come out as one expects them, but the kernel's cells stand side by side. The same padding in
# numbers, and "VALID", keep the dilation. conv1d to conv3d and conv1d_transpose all do so: a dilated network that is
# moved to Paddle with "SAME" loses its receptive field.
#
# Seen, for 1 … 7, kernel 1 10 100, dilation 2: "SAME" 210 321 432 543 654 765 76, as with dilation 1; padding 2
# 310 420 531 642 753 64 75; "VALID" 531 642 753. Transposed, 1 … 4 with stride 2: "SAME" as with dilation 1 again.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q paddlepaddle==3.3.1 setuptools
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import paddle
from paddle.nn import functional

kernel = [1.0, 10.0, 100.0]


def convolve(axes, padding, dilation):
    unit = [1] * (axes - 1)
    x = paddle.arange(1, 8, dtype="float32").reshape([1, 1, *unit, 7])
    w = paddle.to_tensor(kernel).reshape([1, 1, *unit, 3])
    function = getattr(functional, f"conv{axes}d")
    return function(x, w, padding=padding, dilation=[*unit, dilation]).flatten().tolist()


def transpose(padding, dilation):
    x, w = paddle.arange(1, 5, dtype="float32").reshape([1, 1, 4]), paddle.to_tensor(kernel).reshape([1, 1, 3])
    return functional.conv1d_transpose(x, w, stride=2, padding=padding, dilation=dilation).flatten().tolist()


seen = {(axes, dilation): convolve(axes, "SAME", dilation) for axes in (1, 2, 3) for dilation in (1, 2)}
for (axes, dilation), cells in seen.items():
    print(f"conv{axes}d SAME, dilation {dilation}:", *cells)
numbers, valid = convolve(1, 2, 2), convolve(1, "VALID", 2)
print("conv1d 2, dilation 2:", *numbers)
print("conv1d VALID, dilation 2:", *valid)
transposed = transpose("SAME", 1), transpose("SAME", 2)
print("conv1d_transpose SAME, dilation 1:", *transposed[0])
print("conv1d_transpose SAME, dilation 2:", *transposed[1])
undilated = [210, 321, 432, 543, 654, 765, 76]
unchanged = (
    all(cells == undilated for cells in seen.values())
    and numbers == [310, 420, 531, 642, 753, 64, 75]
    and valid == [531, 642, 753]
    and transposed[0] == transposed[1] == [1, 10, 102, 20, 203, 30, 304, 40]
)
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
