# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk warm-up: a GPU's render kernels, loaded before the first render needs them."""

from __future__ import annotations

import time

from kernelwalk.core.spec.render_section import AUTO

from ..failures import interruptible
from . import options


def warm_up(device: options.Device = AUTO, blender: options.Blender = None) -> None:
    """Prepare a GPU for rendering.

    Blender has render kernels for many cards. For others, the driver compiles them at the first picture, which can take
    more than ten minutes, and keeps them for later renders. Prints the device, and how long it took.
    """
    from ..blenders.blender_pool import BlenderPool
    from ..jobs.warming import LOG_PREFIX, load_device

    start = time.monotonic()
    with interruptible(LOG_PREFIX), BlenderPool(blender) as pool:
        label = load_device(device or AUTO, pool)
    print(f"{label}: ready after {time.monotonic() - start:.0f} s")
