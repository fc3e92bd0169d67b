# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that tests have started: which there are, and which have ended."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def list_descendants(pid: int) -> list[int]:
    """Return the ids of a process's children and theirs, on Linux."""
    own: list[int] = []
    with suppress(OSError):  # it has ended
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            own += map(int, path.read_text().split())
    return [item for child in own for item in (child, *list_descendants(child))]


def is_alive(pid: int) -> bool:
    """Return True if a process is there and no zombie, on Linux."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def have_ended(processes: Iterable[int]) -> bool:
    """Return True if none of the processes is left."""
    return not any(map(is_alive, processes))


def has_ended(group: int) -> bool:
    """Return True if no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
