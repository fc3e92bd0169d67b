# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a command ended without its result, each with its exit code."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPT_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""The signals that stop a command."""


class Failure(Exception):
    """Base; `code` is the command's exit code."""

    exit_code = 1


class UsageError(Failure):
    """The command's words, or a spec, are wrong."""

    exit_code = 2


class BlenderError(Failure):
    """Blender is missing or failed."""

    exit_code = 3


class FatalBlenderError(BlenderError):
    """Blender failed on what another try would fail on as well."""


class ClusterError(BlenderError):
    """The cluster cannot be reached, or has nobody who can render."""


class OutputError(Failure):
    """The disk or the output failed."""

    exit_code = 4


class Interrupted(Failure):
    """Stopped from outside; the same command goes on."""

    exit_code = 5


def interruption_of(name: str) -> Interrupted:
    """The failure of a job that was interrupted."""
    return Interrupted(f"{name}: interrupted. The same command goes on from here")


@contextmanager
def interruptible(name: str) -> Iterator[None]:
    """Turns an interrupt into Interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        raise interruption_of(name) from None
