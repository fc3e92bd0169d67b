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

_send_lock = threading.Lock()
"""Held by the thread that tells something."""

HEARTBEAT_INTERVAL = 2.0
"""Seconds at least between two signs of life."""

_parent_fd = 1
"""The file descriptor at which the parent listens."""

_last_heartbeat = time.monotonic()
"""When the last sign of life was given."""


def claim_stdout() -> None:
    """Part from standard output: Blender prints dozens of lines there for a picture, and each would wake the parent."""
    global _parent_fd
    _parent_fd = os.dup(1)
    os.dup2(2, 1)


def send_event(event: str, **values: Any) -> None:
    """Tell the parent, on a line of its own whatever Blender has printed before."""
    line = f"\n{MARKER}{json.dumps({'event': event, **values})}\n".encode()
    try:
        with _send_lock:
            os.write(_parent_fd, line)
    except OSError:  # nobody listens any more; an exception would have Python exit, where the bpy module can hang
        os._exit(1)


def send_heartbeat() -> None:
    """Tell now and then that the render goes on: not every Blender prints so."""
    global _last_heartbeat
    if time.monotonic() - _last_heartbeat > HEARTBEAT_INTERVAL:
        _last_heartbeat = time.monotonic()
        send_event("alive")


def read_lines(line_queue: queue.Queue[str]) -> None:
    """Hear lines on standard input, and end when that does. Blender lets other threads run while it renders."""
    heard = b""
    while more := os.read(0, 4096):
        *lines, heard = (heard + more).split(b"\n")
        for line in lines:
            line_queue.put(line.decode())
    os._exit(1)
