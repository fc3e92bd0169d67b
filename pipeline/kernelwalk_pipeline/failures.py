# SPDX-License-Identifier: GPL-3.0-or-later
"""The reasons for which a command ends without its result, each with its exit code."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPT_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""The signals that stop a command."""


class Failure(Exception):
    """Base of all failures; `exit_code` is the command's exit code."""

    exit_code = 1


class UsageError(Failure):
    """An argument, an option or a spec is wrong."""

    exit_code = 2


class BlenderError(Failure):
    """Blender is missing or failed, or no worker of the cluster can render."""

    exit_code = 3


class FatalBlenderError(BlenderError):
    """Blender failed in a way that another try would repeat."""


class ClusterError(BlenderError):
    """The cluster cannot be reached, or none of its workers can render."""


class OutputError(Failure):
    """The disk or the output failed."""

    exit_code = 4


class Interrupted(Failure):
    """The command was stopped from outside; the same command continues."""

    exit_code = 5


def interruption_of(name: str) -> Interrupted:
    """Return the failure of an interrupted job."""
    return Interrupted(f"{name}: interrupted. The same command continues from here")


@contextmanager
def interruptible(name: str) -> Iterator[None]:
    """Raise Interrupted instead of KeyboardInterrupt within the context."""
    try:
        yield
    except KeyboardInterrupt:
        raise interruption_of(name) from None
