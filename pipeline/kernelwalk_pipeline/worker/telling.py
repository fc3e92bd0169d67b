# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker tells whoever has started it, on the standard output that it began with, and what it hears."""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from typing import Any

MARKER = "KERNELWALK "
"""Begins the worker's own lines; all else on its output is Blender's chatter."""

TELLING = threading.Lock()
"""Held by the thread that tells something."""

BREATH = 2.0
"""Seconds at least between two signs of life."""

_ear = 1
"""The file descriptor at which the parent listens."""

_breathed = time.monotonic()
"""When the last sign of life was given."""


def have_the_ear() -> None:
    """Part from standard output: Blender prints dozens of lines there for a picture, and each would wake the parent."""
    global _ear
    _ear = os.dup(1)
    os.dup2(2, 1)


def tell(event: str, **values: Any) -> None:
    """Tell the parent, on a line of its own whatever Blender has printed before."""
    line = f"\n{MARKER}{json.dumps({'event': event, **values})}\n".encode()
    try:
        with TELLING:
            os.write(_ear, line)
    except OSError:  # nobody listens any more; an exception would have Python exit, where the bpy module can hang
        os._exit(1)


def tell_of_life() -> None:
    """Tell now and then that the render goes on: not every Blender prints so."""
    global _breathed
    if time.monotonic() - _breathed > BREATH:
        _breathed = time.monotonic()
        tell("alive")


def listen(lines_heard: queue.Queue[str]) -> None:
    """Hear lines on standard input, and end when that does. Blender lets other threads run while it renders."""
    heard = b""
    while more := os.read(0, 4096):
        *lines, heard = (heard + more).split(b"\n")
        for line in lines:
            lines_heard.put(line.decode())
    os._exit(1)
