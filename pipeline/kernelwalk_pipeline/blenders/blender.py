# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender as a process of its own: finding it, starting it on a task, hearing what it tells, ending it."""

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
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..failure import INTERRUPTS, BlenderError, Hopeless
from .limits import Limits

WORKER = Path(__file__).parents[1] / "worker" / "worker.py"

MARKER = "KERNELWALK "
"""Begins the worker's own lines; all else on its output is Blender's chatter."""

PAUSE = 0.02 if os.name == "posix" else 0.0
"""Seconds between two looks at Blender's chatter, since a look at each of its lines takes as long as a picture's check.
Not so long that it would have to wait for us: a pipe holds 64 kB, but on Windows far less."""

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


class Blender:
    """A Blender process that does one task after another (see worker.py). What it says goes into `heard`, with itself;
    None when it has ended. Its chatter is kept until somebody asks for it."""

    def __init__(self, words: list[str], heard: Heard):
        self.busy, self.fresh = False, True
        self.process = _start(words)
        self.chatter: deque[str] = deque()
        self.overhearing = threading.Thread(target=self._overhear, daemon=True)
        self.overhearing.start()
        threading.Thread(target=self._listen, args=[heard], daemon=True).start()

    def give(self, task: Path) -> bool:
        """Give it a task; whether it takes one."""
        try:
            assert self.process.stdin is not None
            self.process.stdin.write(f"{task}\n")
            self.process.stdin.flush()
        except OSError:
            if not self.fresh:
                return False
            # it has ended at its start, as will be heard
        self.busy, self.fresh = True, False
        self.spoke = self.progressed = time.monotonic()
        return True

    def _listen(self, heard: Heard) -> None:
        assert self.process.stdout is not None
        with suppress(ValueError):  # closed, since nobody listens any more
            for line in self.process.stdout:
                if line != "\n":  # as the worker begins each of its own
                    heard.put((self, line))
        heard.put((self, None))

    def _overhear(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as text:
            while said := os.read(text.fileno(), 1 << 16):
                self.chatter.append(said.decode(errors="replace"))
                self.spoke = time.monotonic()
                time.sleep(PAUSE)

    def said(self) -> str:
        """Its chatter since it was last asked for; to the end, once the process has ended."""
        if self.process.returncode is not None:
            self.overhearing.join(1.0)  # no longer: what it started may live on
        return "".join(self.chatter.popleft() for _ in range(len(self.chatter)))

    def note(self, line: str) -> None:
        """Note that it has said something."""
        self.spoke = time.monotonic()
        if line.startswith(MARKER) and not line.startswith(ALIVE):
            self.progressed = self.spoke

    def patience(self, limits: Limits) -> float:
        """For how many seconds from now it may be silent."""
        return min(self.spoke + limits.silence, self.progressed + limits.frame) - time.monotonic()

    def overdue(self, limits: Limits) -> str:
        """Why there is no patience left."""
        if self.progressed + limits.frame < self.spoke + limits.silence:
            return f"Blender took longer than {limits.frame:g} s for a frame (--frame-timeout)"
        return f"Blender said nothing for {limits.silence:g} s (--stall-timeout)"

    def death(self) -> str:
        """How it has ended."""
        return _death(self.process.wait())

    def release(self) -> None:
        """Have the process end by itself, once it is done with what it has been given."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def end(self) -> None:
        """End the process and all that it started."""
        self.release()
        _end(self.process, patient=not self.busy and not self.fresh)  # one that still loads does not listen


Heard = queue.Queue[tuple[Blender, str | None]]


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Holds an interrupt back until the context is left: nothing is begun that would not be ended."""
    if threading.current_thread() is not threading.main_thread():  # no interrupt comes here
        yield
        return
    held: list[int] = []
    before = {name: signal.signal(name, lambda name, _: held.append(name)) for name in INTERRUPTS}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    if held:
        signal.raise_signal(held[0])


def _start(words: list[str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            words,
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
        raise Hopeless(f"{words[0]}: cannot be run: {error.strerror}. {remedy}") from None


def event_in(line: str) -> dict[str, Any] | None:
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


def _end(process: subprocess.Popen[str], patient: bool) -> None:
    if process.poll() is None:
        try:
            process.wait(timeout=0.5 if patient else 0)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
    process.wait()
    if process.stdout is not None:
        with suppress(OSError):
            process.stdout.close()
