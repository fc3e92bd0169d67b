# SPDX-License-Identifier: GPL-3.0-or-later
"""The cores and the memory of this machine that this process may use: of all, of its affinity and of its cgroups."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path("/")

NO_LIMIT = 1 << 60
"""Bytes beyond which a limit of memory is none."""


def count_cores(root: Path = ROOT) -> int:
    """Return the number of cores that this process may use.

    root: of the file system that tells of cgroups
    """
    has_affinity = hasattr(os, "sched_getaffinity")  # Linux
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    for folder in _find_cgroups("cpu", root):
        with suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text().split()
            cores = min(cores, int(quota) // int(period))
        with suppress(OSError, ValueError):
            quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
            cores = min(cores, int(quota) // int(period)) if int(quota) > 0 else cores
    return max(1, cores)


def find_free_memory(root: Path = ROOT) -> int:
    """Return the bytes of memory that this process and its children may still take; NO_LIMIT if that is not known.

    root: of the file system that tells of memory and cgroups
    """
    free = NO_LIMIT
    with suppress(OSError, KeyError):
        free = 1024 * _read_numbers(root / "proc/meminfo")["MemAvailable:"]
    for folder in _find_cgroups("memory", root):
        for limit, usage, cached in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            with suppress(OSError, ValueError):
                left = int((folder / limit).read_text()) - int((folder / usage).read_text())
                free = min(free, left + _read_numbers(folder / "memory.stat").get(cached, 0))
    return max(0, free)


def find_peak_memory(process: int, root: Path = ROOT) -> int:
    """Return the most bytes of memory that a process has had; 0 if that is not known."""
    with suppress(OSError, KeyError):
        return 1024 * _read_numbers(root / f"proc/{process}/status")["VmHWM:"]
    return 0


def _find_cgroups(controller: str, root: Path) -> Iterator[Path]:
    """Yield the folders of this process's cgroups that have a controller, of version 1 and 2, and of those above."""
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and controller not in controllers.split(","):
                continue
            # without a namespace of its own, a container sees a path that is not there, and its own cgroup at the top
            top = root / "sys/fs/cgroup" / (controller if controllers else "")
            inner = top / path.lstrip("/")
            yield from (folder for folder in (inner, *inner.parents) if folder.is_relative_to(top) and folder.is_dir())


def _read_numbers(path: Path) -> dict[str, int]:
    """Return the numbers of a file whose lines begin with a name and a number."""
    words = (line.split() for line in path.read_text().splitlines())
    return {line[0]: int(line[1]) for line in words if len(line) > 1 and line[1].isdecimal()}
