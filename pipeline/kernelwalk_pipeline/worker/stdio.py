# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's end of its pipes: events on the original standard output, tasks on standard input (see protocol.py)."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from .protocol import HEARTBEAT, Event, format_event

HEARTBEAT_INTERVAL = 2.0
"""Minimum seconds between two heartbeats."""

TEMPORARY_PREFIX = "blender_"
"""Beginning of the name of the folder that each Blender makes for its temporary files."""

_send_lock = threading.Lock()
_parent_fd = 1
_last_heartbeat = time.monotonic()


def claim_stdout() -> None:
    """Keep standard output for events and redirect all other output to standard error.

    Blender prints dozens of lines for each picture, and each of them would wake the parent.
    """
    global _parent_fd
    _parent_fd = os.dup(1)
    os.dup2(2, 1)


def send_event(name: str, **values: Any) -> None:
    """Send an event to the parent. End the process if the parent is gone."""
    event: Event = {"event": name, **values}  # type: ignore[typeddict-item]  # of whatever fields the event has
    line = format_event(event).encode()
    try:
        with _send_lock:
            os.write(_parent_fd, line)
    except OSError:
        end_process(1)


def send_heartbeat() -> None:
    """Tell the parent that the render goes on, at most every HEARTBEAT_INTERVAL: not every Blender prints progress."""
    global _last_heartbeat
    if time.monotonic() - _last_heartbeat > HEARTBEAT_INTERVAL:
        _last_heartbeat = time.monotonic()
        send_event(HEARTBEAT)


def read_lines(lines: queue.Queue[str]) -> None:
    """Put each line of standard input into a queue, and end the process at end of input.

    Runs in a thread: Blender lets other threads run while it renders.
    """
    unfinished = b""
    while data := os.read(0, 4096):
        *complete, unfinished = (unfinished + data).split(b"\n")
        for line in complete:
            lines.put(line.decode())
    end_process(1)


def end_process(code: int) -> NoReturn:
    """Delete the temporary folder that Blender made, and end the process at once: the bpy module can hang at exit."""
    folder = Path(getattr(getattr(sys.modules.get("bpy"), "app", None), "tempdir", ""))
    if folder.name.startswith(TEMPORARY_PREFIX):  # else it is the user's
        with suppress(OSError):
            folder.rmdir()
    os._exit(code)
