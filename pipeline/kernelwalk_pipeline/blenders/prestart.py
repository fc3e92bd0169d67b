# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a worker process together with the command, before the arguments are parsed: both take equally long to load.

The worker does not load Blender until it is claimed; on invalid input the command has ended by then.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ..failures import Failure

if TYPE_CHECKING:
    import subprocess

BLENDER_COMMANDS = ("blend", "gallery", "preview", "render", "sheet", "still", "warm-up")
"""The commands that need Blender."""

EXCLUDING_OPTIONS = ("--blender", "--dask", "--help", "-h")
"""Options with which a command needs another Blender than this Python's, or none."""

_worker: subprocess.Popen[str] | None = None


def start_worker(argv: Sequence[str]) -> None:
    """Start a worker if the arguments look like a command that will need one."""
    global _worker
    is_here = not os.environ.get("BLENDER") and not any(arg.partition("=")[0] in EXCLUDING_OPTIONS for arg in argv)
    if is_here and argv and argv[0] in BLENDER_COMMANDS:
        from . import launcher

        with suppress(Failure):  # reported once a worker is needed
            _worker = launcher.launch(launcher.worker_command(None))


def claim_worker(command: list[str]) -> subprocess.Popen[str] | None:
    """Hand the worker over if it runs this command line (see `launcher.worker_command`); None if there is none."""
    global _worker
    if _worker is None or _worker.args != command or _worker.poll() is not None:
        return None
    worker, _worker = _worker, None
    return worker


def terminate_worker() -> None:
    """End the worker if nobody has claimed it."""
    global _worker
    if _worker is not None:
        from . import launcher

        launcher.terminate(_worker, is_patient=False)
        _worker = None
