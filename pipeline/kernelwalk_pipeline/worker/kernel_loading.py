# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads Cycles' render kernels for a GPU before the first frame, in one process of a user at a time.

A Blender has render kernels for the cards that its makers knew. For another card the driver compiles them at the first
picture, for many minutes and without a word, and keeps them on disk for all later processes.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import bpy

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from .device_choice import ChosenDevice
from .partial_render import render_regions
from .protocol import KERNELS_LOADED, KERNELS_LOADING, NOTE
from .stdio import send_event

REGION = (0, 0, 16, 16)
"""The region whose picture makes Cycles load its kernels: x, y, width and height in pixels."""

LONG_SECONDS = 20.0
"""Seconds of loading of which the user is told afterwards. Where nothing was compiled, it took less than three."""


def load_kernels(scene: bpy.types.Scene, device: ChosenDevice, scratch: Path) -> None:
    """Load the kernels that a scene needs on a GPU. Waits while another process of this user loads kernels.

    scratch: folder for a temporary file
    """
    text = (
        f"Blender loads its render kernels for {device.label}. The first time, the driver may compile them, which can "
        "take more than ten minutes; later renders start in seconds"
    )
    send_event(KERNELS_LOADING, text=text)
    start = time.monotonic()
    with _hold_turn(), suppress(RuntimeError):  # what fails here fails with the first frame, too
        render_regions(scene, [REGION], scratch)
    send_event(KERNELS_LOADED)
    seconds = time.monotonic() - start
    if seconds > LONG_SECONDS:
        send_event(NOTE, text=f"the render kernels for {device.label} were loaded in {seconds:.0f} s")


@contextmanager
def _hold_turn() -> Iterator[None]:
    """Let one process of this user at a time into the context, as far as the system has locks."""
    handle = -1
    if fcntl is not None:
        with suppress(OSError):  # another user owns the file, or the file system has no locks
            path = Path(tempfile.gettempdir()) / f"kernelwalk-kernels-{os.getuid()}.lock"
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if handle >= 0:
            os.close(handle)
