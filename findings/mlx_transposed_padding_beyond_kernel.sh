#!/usr/bin/env bash
# mlx 0.32.4 (CPU): padding of a transposed convolution that is larger than the kernel reaches crops whole input cells.
#
# Padding p crops p cells at each end of the full result, as in PyTorch, while p is less than the kernel's size. Beyond
# that, MLX crops input cells before they are spread out, which is stride cells of the result each.
#
# Seen, for the input 1 2 3 4, a kernel of one 1, stride 2: padding 0 gives 1 0 2 0 3 0 4, and padding 1 gives 2 0 3, not
# 0 2 0 3 0.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "mlx[cpu]==0.32.4"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import mlx.core as mx

x = mx.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1)
w = mx.ones((1, 1, 1))
full, cropped = (mx.conv_transpose1d(x, w, stride=2, padding=padding).flatten().tolist() for padding in (0, 1))
print("padding 0", *full)
print("padding 1", *cropped)
sys.exit(0 if full == [1, 0, 2, 0, 3, 0, 4] and cropped == [2, 0, 3] else "the behavior has changed")
PYTHON
