# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches and ends worker processes, and explains their exit codes."""

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
"""Exit code of Blender after an exception in the worker."""

SAFE_OPTIONS = ["--background", "--factory-startup", "--disable-autoexec", "--offline-mode"]


def worker_command(executable: str | None) -> list[str]:
    """Return the command line of a worker: in the given executable, in $BLENDER, or in this Python's own bpy.

    Raises BlenderError if there is no Blender.
    """
    name = executable or os.environ.get("BLENDER")
    if name:
        path = shutil.which(name)
        if path is None:
            where = "--blender" if executable else "BLENDER"
            raise BlenderError(f"{where}: {name} is not an executable program. Give the path of Blender's executable")
        return [path, *SAFE_OPTIONS, "--python-exit-code", str(PYTHON_ERROR_CODE), "--python", str(WORKER_SCRIPT), "--"]
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None or spec.origin.endswith(".pyi"):
        raise BlenderError(
            "Blender was not found. Name its executable with --blender PATH or in $BLENDER, or use Python 3.11 or "
            "3.13, for which Blender is available as the package bpy"
        )
    return [sys.executable, str(WORKER_SCRIPT)]


def launch(command: list[str]) -> subprocess.Popen[str]:
    """Start a process with pipes for input, output and errors. Raises FatalBlenderError if it cannot be started."""
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # the worker exits when this pipe closes: see worker.py
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # its own process group: an interrupt reaches only us, and ending the group also ends Blender's children
            start_new_session=True,
        )
    except OSError as error:
        remedy = "Give the path of Blender's executable"
        raise FatalBlenderError(f"{command[0]}: cannot be started: {error.strerror}. {remedy}") from None


def exit_message(code: int) -> str:
    """Return a sentence about an exit code.

    >>> exit_message(1)
    'Blender failed with exit code 1'
    """
    if code < 0:
        name = signal.Signals(-code).name
        causes = "out of memory, or EEVEE without a graphics driver (on Debian: libegl1 libgl1-mesa-dri)"
        return f"Blender was killed by {name}. Likely causes: {causes}"
    if code == 0:
        return "Blender ended before it was done"
    return f"Blender failed with exit code {code}"


def terminate(process: subprocess.Popen[str], is_patient: bool) -> None:
    """End a process and all its children; if `is_patient`, first give it half a second to exit by itself."""
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
