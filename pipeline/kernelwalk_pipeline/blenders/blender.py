# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender that does tasks: what it is given, what it tells, how long it may take, its end."""

from __future__ import annotations

import json
import os
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..failure import INTERRUPTS
from ..worker.telling import MARKER
from . import ahead, process
from .limits import Limits

PAUSE = 0.02 if os.name == "posix" else 0.0
"""Seconds between two looks at Blender's chatter, since a look at each of its lines takes as long as a picture's check.
Not so long that it would have to wait for us: a pipe holds 64 kB, but on Windows far less."""

ALIVE = f'{MARKER}{{"event": "alive"'
"""Begins the line of a sign of life."""


class Blender:
    """A Blender process that does one task after another (see worker.py). What it says goes into `heard`, with itself;
    None when it has ended. Its chatter is kept until somebody asks for it."""

    def __init__(self, words: list[str], heard: Heard):
        self.busy, self.fresh = False, True
        self.process = ahead.take(words) or process.start(words)
        self.chatter: deque[str] = deque()
        self.overhearing = threading.Thread(target=self._overhear, daemon=True)
        self.overhearing.start()
        threading.Thread(target=self._listen, args=[heard], daemon=True).start()

    def load(self) -> None:
        """Have it load before there is a task."""
        self._say("")

    def give(self, task: Path) -> bool:
        """Give it a task; whether it takes one."""
        if not self._say(str(task)) and not self.fresh:
            return False  # a fresh one has ended at its start, as will be heard
        self.busy, self.fresh = True, False
        self.spoke = self.progressed = time.monotonic()
        return True

    def _say(self, line: str) -> bool:
        """Say a line to the worker; whether it is there to hear it."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
        except OSError:
            return False
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
        return process.death(self.process.wait())

    def release(self) -> None:
        """Have the process end by itself, once it is done with what it has been given."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def end(self) -> None:
        """End the process and all that it started."""
        self.release()
        process.end(self.process, patient=not self.busy and not self.fresh)  # one that still loads does not listen


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


def event_in(line: str) -> dict[str, Any] | None:
    """What the worker tells in a line, None where it is Blender's chatter, or a line that broke off."""
    if not line.startswith(MARKER):
        return None
    try:
        event: dict[str, Any] = json.loads(line[len(MARKER) :])
    except ValueError:
        return None
    return event
