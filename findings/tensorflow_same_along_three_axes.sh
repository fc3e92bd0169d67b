#!/usr/bin/env bash
# tensorflow 2.21.0: SAME along three axes skips the first cells where windows leave two cells out or more.
#
# By tensorflow.org/api_docs/python/tf/nn, "Notes on padding", SAME pads by max(..., 0): where the stride is larger than
# the kernel, nothing is padded, and the first window begins at the first cell. tf.nn.conv2d, max_pool2d and avg_pool2d
# do so. On a CPU, conv3d, max_pool3d and avg_pool3d take half of the negative number, and begin later. The layers of
# Keras on TensorFlow inherit it.
#
# Seen, for the row 0 … 8, kernel 1, stride 3: two axes [0, 3, 6], three axes [1, 4, 7].
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tensorflow==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 "$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import tensorflow as tf

row = np.arange(9, dtype=np.float32)
two, three = row.reshape(1, 1, 9, 1), row.reshape(1, 1, 1, 9, 1)
one_by_one = {
    "conv": (
        tf.nn.conv2d(two, np.ones((1, 1, 1, 1), np.float32), [1, 1, 3, 1], "SAME"),
        tf.nn.conv3d(three, np.ones((1, 1, 1, 1, 1), np.float32), [1, 1, 1, 3, 1], "SAME"),
    ),
    "max_pool": (tf.nn.max_pool2d(two, 1, (1, 3), "SAME"), tf.nn.max_pool3d(three, 1, (1, 1, 3), "SAME")),
    "avg_pool": (tf.nn.avg_pool2d(two, 1, (1, 3), "SAME"), tf.nn.avg_pool3d(three, 1, (1, 1, 3), "SAME")),
}
unchanged = True
for name, results in one_by_one.items():
    seen = [np.ravel(result).tolist() for result in results]
    print(f"{name}2d {seen[0]}, {name}3d {seen[1]}")
    unchanged &= seen == [[0, 3, 6], [1, 4, 7]]
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
