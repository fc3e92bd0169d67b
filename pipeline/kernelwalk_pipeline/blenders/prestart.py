# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker that is started when the command is, before its words are read: it takes as long to load as these do.

It loads no Blender until somebody takes it, and bad input has ended the command by then.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from ..failures import Failure
from . import launcher

BLENDER_COMMANDS = ("blend", "gallery", "render", "sheet", "still")
"""The commands that need Blender."""

EXCLUDING_OPTIONS = ("--blender", "--dask", "--help", "-h")
"""Options by which they need another one than this Python's, or none."""

_worker: subprocess.Popen[str] | None = None


def start_worker(argv: Sequence[str]) -> None:
    """Start a worker if these look like the words of a command that will need one. Nothing comes of it if they are
    not."""
    global _worker
    here = not os.environ.get("BLENDER") and not any(word.partition("=")[0] in EXCLUDING_OPTIONS for word in argv)
    if here and argv and argv[0] in BLENDER_COMMANDS:
        with suppress(Failure):  # which is told when a worker is needed
            _worker = launcher.launch(launcher.worker_command(None))


def claim_worker(command: list[str]) -> subprocess.Popen[str] | None:
    """The worker, for whoever needs one that is started by these words of `process.command`; None if there is none."""
    global _worker
    if _worker is None or _worker.args != command or _worker.poll() is not None:
        return None
    taken, _worker = _worker, None
    return taken


def terminate_worker() -> None:
    """End the worker if nobody has taken it."""
    global _worker
    if _worker is not None:
        launcher.terminate(_worker, is_patient=False)
        _worker = None
