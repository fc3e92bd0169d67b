# SPDX-License-Identifier: GPL-3.0-or-later
"""Short names for the types of numpy arrays. Modules that load without numpy import them for type checks alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Float32s = NDArray[np.float32]
Integers = NDArray[np.int64]
SmallIntegers = NDArray[np.int8]
Bytes = NDArray[np.uint8]
Booleans = NDArray[np.bool_]
