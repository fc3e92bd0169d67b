# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker that is started when the command is, before its words are read: it takes as long to load as these do.

It loads no Blender until somebody takes it, and bad input has ended the command by then.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from ..failure import Failure
from . import process

RENDER = ("blend", "gallery", "render", "sheet", "still")
"""The commands that need Blender."""

NOT_HERE = ("--blender", "--dask", "--help", "-h")
"""Options by which they need another one than this Python's, or none."""

_ahead: subprocess.Popen[str] | None = None


def begin(words: Sequence[str]) -> None:
    """Start a worker if these look like the words of a command that will need one. Nothing comes of it if they are
    not."""
    global _ahead
    here = not os.environ.get("BLENDER") and not any(word.partition("=")[0] in NOT_HERE for word in words)
    if here and words and words[0] in RENDER:
        with suppress(Failure):  # which is told when a worker is needed
            _ahead = process.start(process.command(None))


def take(words: list[str]) -> subprocess.Popen[str] | None:
    """The worker, for whoever needs one that is started by these words of `process.command`; None if there is none."""
    global _ahead
    if _ahead is None or _ahead.args != words or _ahead.poll() is not None:
        return None
    taken, _ahead = _ahead, None
    return taken


def dismiss() -> None:
    """End the worker if nobody has taken it."""
    global _ahead
    if _ahead is not None:
        process.end(_ahead, patient=False)
        _ahead = None
