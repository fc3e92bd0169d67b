# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's process: how it is started, and how it has ended."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from ..failures import BlenderError, FatalBlenderError

WORKER_SCRIPT = Path(__file__).parents[1] / "worker" / "worker.py"

PYTHON_ERROR_CODE = 113
"""Blender's exit code where the worker raised."""

SAFE_OPTIONS = ["--background", "--factory-startup", "--disable-autoexec", "--offline-mode"]


def worker_command(executable: str | None) -> list[str]:
    """The command that runs the worker: in the executable given, in $BLENDER, or in this Python's own bpy.

    Raises BlenderError where there is none.
    """
    given = executable or os.environ.get("BLENDER")
    if given:
        found = shutil.which(given)
        if found is None:
            where = "--blender" if executable else "BLENDER"
            raise BlenderError(f"{where}: {given} is no program that can be run. Give the path of Blender's executable")
        return [
            found,
            *SAFE_OPTIONS,
            "--python-exit-code",
            str(PYTHON_ERROR_CODE),
            "--python",
            str(WORKER_SCRIPT),
            "--",
        ]
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None or spec.origin.endswith(".pyi"):
        raise BlenderError(
            "There is no Blender here: give one with --blender PATH or BLENDER, or use Python 3.11 or 3.13, for which "
            "Blender comes as the Python package bpy"
        )
    return [sys.executable, str(WORKER_SCRIPT)]


def launch(command: list[str]) -> subprocess.Popen[str]:
    """Start what `command` gives. Raises Hopeless where it cannot be run."""
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # it ends with us: see worker.py
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # a group of its own: an interrupt reaches us first, and ending the group ends Blender's children too
            start_new_session=True,
        )
    except OSError as error:
        remedy = "Give the path of Blender's executable"
        raise FatalBlenderError(f"{command[0]}: cannot be run: {error.strerror}. {remedy}") from None


def exit_message(code: int) -> str:
    """What an exit code says of how it ended."""
    if code < 0:
        name = signal.Signals(-code).name
        cause = "out of memory, or EEVEE without a graphics driver (on Debian: libegl1 libgl1-mesa-dri)"
        return f"Blender was ended by {name}: {cause}"
    if code == 0:
        return "Blender ended before it was done"
    return f"Blender failed with exit code {code}"


def terminate(process: subprocess.Popen[str], is_patient: bool) -> None:
    """End a process and all that it started; one that ends by itself gets some time if we are `patient`."""
    if process.poll() is None:
        try:
            process.wait(timeout=0.5 if is_patient else 0)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
    process.wait()
    if process.stdout is not None:
        with suppress(OSError):
            process.stdout.close()
