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

from .failure import BlenderError, OutputError

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
def events(executable: str | None, task: dict[str, Any], scratch: Path) -> Iterator[Iterator[dict[str, Any]]]:
    """Run a task (see worker.py) in a new Blender process and yield what it tells, as it tells it.

    scratch: a folder of our own, made anew, for the task's file, Blender's log and what it makes. It is gone when the
    context is left, but for the log where Blender failed.
    Raises BlenderError where the process fails, OutputError where the disk does. The process has ended, in any case,
    when the context is left.
    """
    words = command(executable)
    log = scratch / "blender.log"
    keep_log = False
    try:
        _remove(scratch)
        scratch.mkdir(exist_ok=True)
        (scratch / "task.json").write_text(json.dumps(task))
        process = None
        try:
            with _uninterrupted():
                process = _start([*words, str(scratch / "task.json")])
            yield _told(process, log)
        finally:
            if process is not None:
                with _uninterrupted():
                    _end(process)
    except BlenderError:
        keep_log = log.exists()
        raise
    except OSError as error:
        raise OutputError(f"{scratch}: cannot be written: {error.strerror}. Free the disk and run again") from None
    finally:
        _remove(scratch, log if keep_log else None)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Holds an interrupt back until the context is left: nothing is begun that would not be ended."""
    held: list[int] = []
    before = {name: signal.signal(name, lambda name, _: held.append(name)) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    if held:
        signal.raise_signal(held[0])


def _remove(scratch: Path, keep: Path | None = None) -> None:
    if scratch.is_dir():
        for path in scratch.iterdir():
            if path != keep and not path.is_dir():
                path.unlink()
        if keep is None:
            with suppress(OSError):  # somebody keeps something in it
                scratch.rmdir()


def _start(words: list[str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # a group of its own: an interrupt reaches us first, and ending the group ends Blender's children too
            start_new_session=True,
        )
    except OSError as error:
        remedy = "Give the path of Blender's executable"
        raise BlenderError(f"{words[0]}: cannot be run: {error.strerror}. {remedy}") from None


def _told(process: subprocess.Popen[str], log: Path) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        event = _event(line)
        if event is None:
            with log.open("a", errors="replace") as chatter:
                chatter.write(line)
        elif event["event"] == "failed":
            log.touch()
            raise BlenderError(f"{event['why']}. Blender's log: {log}")
        elif event["event"] == "finished":
            return
        else:
            yield event
    log.touch()
    raise BlenderError(f"{_death(process.wait())}. Blender's log: {log}")


def _event(line: str) -> dict[str, Any] | None:
    """What the worker tells in a line, None where it is Blender's chatter, or a line that broke off."""
    if not line.startswith(MARKER):
        return None
    try:
        event: dict[str, Any] = json.loads(line[len(MARKER) :])
    except ValueError:
        return None
    return event


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
