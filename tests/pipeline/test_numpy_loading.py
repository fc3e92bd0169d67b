# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands load no parts of numpy that they do not use, and these work when they are used."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from kernelwalk_pipeline.numpy_loading import PARTS, THREADS, load_only_what_is_used
load_only_what_is_used()
import os
import numpy
assert os.environ[THREADS] == "1"
assert "secrets" not in sys.modules and "numpy.random.mtrand" not in sys.modules
assert 0 <= numpy.random.default_rng(0).random() < 1
assert numpy.ma.masked_array([1, 2], [0, 1]).sum() == 1
assert numpy.fft.ifft(numpy.fft.fft([1.0, 2.0])).real.tolist() == [1, 2]
assert numpy.polynomial.Polynomial([1, 2])(1) == 3
import numpy.testing as testing
testing.assert_allclose(1, 1)
"""


def test_parts_of_numpy_load_on_first_use() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
