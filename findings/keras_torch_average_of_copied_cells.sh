#!/usr/bin/env bash
# keras 3.15.1 on PyTorch 2.13.0: average pooling with padding="same" averages copies of cells at the end.
#
# On Keras's other backends a window that reaches beyond the input is averaged over the cells that it has. On PyTorch
# that is so only where "same" pads as much before as after. Where it pads unevenly, which the size of the input
# decides, the last cells are copied into the padding, and count. One, two and three axes do so; maxima are not changed.
# So the same model, with the same weights, computes other numbers by its backend, without a warning.
#
# Seen, for 1 2 3 4, kernel 3, stride 2: JAX and NumPy 2 3.5, PyTorch 2 3.67, that of 3 4 4. For 1 … 5 all have
# 1.5 3 4.5.
#
# It needs Python 3.11 or newer.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q keras==3.15.1 torch==2.13.0 jax==0.10.2 numpy==2.3.5
for backend in jax numpy torch; do
    KERAS_HOME="$folder/keras" KERAS_BACKEND=$backend "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import keras
import numpy as np


def average(size, axes):
    x = np.arange(1, size + 1, dtype="float32").reshape(1, *[1] * (axes - 1), size, 1)
    pool = getattr(keras.layers, f"AveragePooling{axes}D")
    window = [1] * (axes - 1)
    layer = pool((*window, 3), strides=(*window, 2), padding="same")
    return np.round(keras.ops.convert_to_numpy(layer(x)).ravel(), 2).tolist()


backend = keras.backend.backend()
last = 3.67 if backend == "torch" else 3.5
unchanged = True
for axes in (1, 2, 3):
    uneven, even = average(4, axes), average(5, axes)
    print(f"{backend}, {axes}D: 4 cells", *uneven, "and 5 cells", *even)
    unchanged &= np.allclose(uneven, [2, last]) and np.allclose(even, [1.5, 3, 4.5])
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
done
