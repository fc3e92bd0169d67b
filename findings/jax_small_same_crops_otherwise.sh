#!/usr/bin/env bash
# jax 0.12.0.1: lax.conv_transpose takes "same" and "valid" in small letters for something else than "SAME" and "VALID".
#
# lax.conv_general_dilated reads these words in any letters. lax.conv_transpose knows them in capitals alone; others it
# hands on, without a warning, to the convolution of the input, which pads as for a convolution of stride 1. With stride
# 1 "same" so crops an odd cell before, where "SAME" crops it after, and "valid" gives n - k + 1 outputs, not n + k - 1.
# With larger strides it raises ValueError.
#
# Seen, for the input 1 … 5 and the kernel 1, 10, 100, 1000, stride 1: "SAME" 2100 3210 4321 5432 543, "same" 3210 4321
# 5432 543 54, "VALID" 8 outputs, "valid" 4321 5432.
#
# It needs Python 3.12 or newer: PYTHON names one.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q jax==0.12.0.1
JAX_PLATFORMS=cpu "$folder/venv/bin/python" - <<'PYTHON'
import sys

import jax.numpy as jnp
from jax import lax

x = jnp.arange(1.0, 6.0).reshape(1, 5, 1)
w = jnp.array([1.0, 10.0, 100.0, 1000.0]).reshape(4, 1, 1)
seen = {}
for word in ("SAME", "same", "VALID", "valid"):
    seen[word] = lax.conv_transpose(x, w, (1,), word).ravel().astype(int).tolist()
    print(word, *seen[word])
axes = ("NHC", "HIO", "NHC")
plain = [lax.conv_general_dilated(x, w, (1,), word, dimension_numbers=axes) for word in ("SAME", "same")]
unchanged = (
    seen["SAME"] == [2100, 3210, 4321, 5432, 543]
    and seen["same"] == [3210, 4321, 5432, 543, 54]
    and len(seen["VALID"]) == 8
    and seen["valid"] == [4321, 5432]
    and bool((plain[0] == plain[1]).all())
)
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
