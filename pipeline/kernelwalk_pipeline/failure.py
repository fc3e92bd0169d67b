# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a command ended without its result, each with its exit code."""

from __future__ import annotations

from kernelwalk.core import KernelwalkError


class Failure(KernelwalkError):
    """Base; `code` is the command's exit code."""

    code = 1


class UsageError(Failure):
    """The command's words, or a spec, are wrong."""

    code = 2


class BlenderError(Failure):
    """Blender is missing or failed."""

    code = 3


class OutputError(Failure):
    """The disk or the output failed."""

    code = 4


class Interrupted(Failure):
    """Stopped from outside; the same command goes on."""

    code = 5
