# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender as a process of its own: finding it, starting it on a task, hearing what it has done."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .failure import BlenderError

WORKER = Path(__file__).with_name("worker.py")

MARKER = "KERNELWALK "
"""Begins the worker's own lines; all else on its output is Blender's chatter."""

PYTHON_FAILED = 113
"""Blender's exit code where the worker raised."""

SAFELY = ["--background", "--factory-startup", "--disable-autoexec", "--offline-mode"]


def command(executable: str | None) -> list[str]:
    """The command that runs the worker: in the executable given, in $BLENDER, or in this Python's own bpy.

    Raises BlenderError where there is none.
    """
    given = executable or os.environ.get("BLENDER")
    if given:
        found = shutil.which(given)
        if found is None:
            where = "--blender" if executable else "BLENDER"
            raise BlenderError(f"{where}: {given} is no program that can be run. Give the path of Blender's executable")
        return [found, *SAFELY, "--python-exit-code", str(PYTHON_FAILED), "--python", str(WORKER), "--"]
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None or spec.origin.endswith(".pyi"):
        raise BlenderError(
            "There is no Blender here: give one with --blender PATH or BLENDER, or use Python 3.11 or 3.13, for which "
            "Blender comes as the Python package bpy"
        )
    return [sys.executable, str(WORKER)]


@contextmanager
def events(executable: str | None, task: dict[str, Any], folder: Path) -> Iterator[Iterator[dict[str, Any]]]:
    """Run a task (see worker.py) in a new Blender process and yield what it tells, as it tells it.

    folder: holds the task's file and Blender's log while it runs; the log stays where it fails
    Raises BlenderError where the process fails; it has ended, in any case, when the context is left.
    """
    words = command(executable)
    log, task_file = folder / "blender.log", folder / "task.json"
    task_file.write_text(json.dumps(task))
    with log.open("w", errors="replace") as chatter:
        try:
            process = subprocess.Popen(
                [*words, str(task_file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # a group of its own: an interrupt reaches us first, and ending the group ends Blender's children too
                start_new_session=True,
            )
        except OSError as error:
            task_file.unlink()
            log.unlink()
            remedy = "Give the path of Blender's executable"
            raise BlenderError(f"{words[0]}: cannot be run: {error.strerror}. {remedy}") from None
        try:
            yield _told(process, chatter, log)
        finally:
            _end(process)
            task_file.unlink(missing_ok=True)
    log.unlink(missing_ok=True)


def _told(process: subprocess.Popen[str], chatter: Any, log: Path) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    finished = False
    for line in process.stdout:
        if not line.startswith(MARKER):
            chatter.write(line)
            chatter.flush()
            continue
        event = json.loads(line[len(MARKER) :])
        if event["event"] == "failed":
            raise BlenderError(f"{event['why']}. Blender's log: {log}")
        if event["event"] == "finished":
            finished = True
            break
        yield event
    if not finished:
        raise BlenderError(f"{_death(process.wait())}. Blender's log: {log}")


def _death(code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name
        cause = "out of memory, or EEVEE without a graphics driver (on Debian: libegl1 libgl1-mesa-dri)"
        return f"Blender was ended by {name}: {cause}"
    if code == 0:
        return "Blender ended before it was done"
    return f"Blender failed with exit code {code}"


def _end(process: subprocess.Popen[str]) -> None:
    """End the process and all that it started."""
    if process.poll() is None:
        try:
            process.wait(timeout=0.5)  # it says "finished" just before it exits
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
