# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender as a process of its own: finding it, starting it on a task, hearing what it has done."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failure import BlenderError, Hopeless, OutputError

WORKER = Path(__file__).with_name("worker.py")

MARKER = "KERNELWALK "
"""Begins the worker's own lines; all else on its output is Blender's chatter."""

ALIVE = f'{MARKER}{{"event": "alive"'
"""Begins the line of a sign of life."""

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


@dataclass(frozen=True)
class Limits:
    """How long a Blender may take, in seconds, before it is ended.

    silence: without a sign of life, starting included. Cycles gives one for some 256 samples of all pixels together,
             which takes minutes for the largest pictures
    frame:   for one frame
    """

    silence: float = 1800.0
    frame: float = 7200.0


@contextmanager
def events(
    executable: str | None, task: dict[str, Any], scratch: Path, limits: Limits = Limits()
) -> Iterator[Iterator[dict[str, Any]]]:
    """Run a task (see worker.py) in a new Blender process and yield what it tells, as it tells it.

    scratch: a folder of our own, made anew, for the task's file, Blender's log and what it makes. It is gone when the
    context is left, but for the log where Blender failed.
    Raises BlenderError where the process fails or takes longer than `limits`, Hopeless where another would fail as
    well, OutputError where the disk fails. The process has ended, in any case, when the context is left.
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
            yield _told(process, log, limits)
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
        with suppress(OSError):  # what stopped it may stop this too; the next run removes it
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
            stdin=subprocess.PIPE,  # it ends with us: see worker.py
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # a group of its own: an interrupt reaches us first, and ending the group ends Blender's children too
            start_new_session=True,
        )
    except OSError as error:
        remedy = "Give the path of Blender's executable"
        raise Hopeless(f"{words[0]}: cannot be run: {error.strerror}. {remedy}") from None


def _lines(process: subprocess.Popen[str], limits: Limits) -> Iterator[str]:
    """The lines of a process as they come. Raises BlenderError where none comes, or a frame is not done, in time."""
    said: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        assert process.stdout is not None
        with suppress(ValueError):  # closed, since nobody listens any more
            for line in process.stdout:
                said.put(line)
        said.put(None)

    threading.Thread(target=listen, daemon=True).start()
    began = time.monotonic()
    while True:
        left = began + limits.frame - time.monotonic()
        try:
            line = said.get(timeout=max(0.0, min(limits.silence, left)))
        except queue.Empty:
            if left < limits.silence:
                raise BlenderError(
                    f"Blender took longer than {limits.frame:g} s for a frame (--frame-timeout)"
                ) from None
            raise BlenderError(f"Blender said nothing for {limits.silence:g} s (--stall-timeout)") from None
        if line is None:
            return
        if line.startswith(MARKER) and not line.startswith(ALIVE):
            began = time.monotonic()
        yield line


def _told(process: subprocess.Popen[str], log: Path, limits: Limits) -> Iterator[dict[str, Any]]:
    for line in _lines(process, limits):
        event = _event(line)
        if event is None:
            with log.open("a", errors="replace") as chatter:
                chatter.write(line)
        elif event["event"] == "failed":
            log.touch()
            kind = Hopeless if event.get("hopeless") else BlenderError
            raise kind(f"{event['why']}. Blender's log: {log}")
        elif event["event"] == "finished":
            return
        elif event["event"] == "alive":
            continue
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
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
