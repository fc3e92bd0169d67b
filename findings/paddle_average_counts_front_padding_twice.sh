#!/usr/bin/env bash
# paddlepaddle 3.3.1 (CPU): avg_pool with exclusive=False counts the padding before at both ends.
#
# With exclusive=False padding counts as cells. Where padding before and after differ, a window at the end divides as if
# as many cells were padded there as before: padding after counts only as far as there is as much before.
#
# Seen, for an input of four ones and a kernel of 3, stride 1: padding (0, 1) gives 1 1 1, not 1 1 0.67, and padding
# (1, 2) gives 0.67 1 1 0.67 0.5, not 0.67 1 1 0.67 0.33.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q paddlepaddle==3.3.1 setuptools
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import paddle

ones = paddle.ones([1, 1, 4])
seen = {}
for padding in ((0, 1), (1, 2)):
    means = paddle.nn.functional.avg_pool1d(ones, 3, stride=1, padding=list(padding), exclusive=False)
    seen[padding] = [round(float(mean), 2) for mean in means.flatten()]
    print(padding, *seen[padding])
unchanged = seen == {(0, 1): [1, 1, 1], (1, 2): [0.67, 1, 1, 0.67, 0.5]}
sys.exit(0 if unchanged else "the behavior has changed")
PYTHON
