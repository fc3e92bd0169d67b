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

from ..failures import INTERRUPT_SIGNALS
from ..worker.stdio import MARKER
from . import launcher, prestart
from .timeouts import Timeouts

LOG_READ_INTERVAL = 0.02 if os.name == "posix" else 0.0
"""Seconds between two looks at Blender's chatter, since a look at each of its lines takes as long as a picture's check.
Not so long that it would have to wait for us: a pipe holds 64 kB, but on Windows far less."""

HEARTBEAT_PREFIX = f'{MARKER}{{"event": "alive"'
"""Begins the line of a sign of life."""


class BlenderProcess:
    """A Blender process that does one task after another (see worker.py). What it says goes into `heard`, with itself;
    None when it has ended. Its chatter is kept until somebody asks for it."""

    def __init__(self, command: list[str], messages: MessageQueue):
        self.is_busy, self.is_new = False, True
        self.process = prestart.claim_worker(command) or launcher.launch(command)
        self.log_chunks: deque[str] = deque()
        self.log_reader = threading.Thread(target=self._read_log, daemon=True)
        self.log_reader.start()
        threading.Thread(target=self._read_messages, args=[messages], daemon=True).start()

    def start_loading(self) -> None:
        """Have it load before there is a task."""
        self._send_line("")

    def assign(self, task: Path) -> bool:
        """Give it a task; whether it takes one."""
        if not self._send_line(str(task)) and not self.is_new:
            return False  # a fresh one has ended at its start, as will be heard
        self.is_busy, self.is_new = True, False
        self.last_output = self.last_progress = time.monotonic()
        return True

    def _send_line(self, line: str) -> bool:
        """Say a line to the worker; whether it is there to hear it."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
        except OSError:
            return False
        return True

    def _read_messages(self, messages: MessageQueue) -> None:
        assert self.process.stdout is not None
        with suppress(ValueError):  # closed, since nobody listens any more
            for line in self.process.stdout:
                if line != "\n":  # as the worker begins each of its own
                    messages.put((self, line))
        messages.put((self, None))

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as text:
            while said := os.read(text.fileno(), 1 << 16):
                self.log_chunks.append(said.decode(errors="replace"))
                self.last_output = time.monotonic()
                time.sleep(LOG_READ_INTERVAL)

    def take_log(self) -> str:
        """Its chatter since it was last asked for; to the end, once the process has ended."""
        if self.process.returncode is not None:
            self.log_reader.join(1.0)  # no longer: what it started may live on
        return "".join(self.log_chunks.popleft() for _ in range(len(self.log_chunks)))

    def record_line(self, line: str) -> None:
        """Note that it has said something."""
        self.last_output = time.monotonic()
        if line.startswith(MARKER) and not line.startswith(HEARTBEAT_PREFIX):
            self.last_progress = self.last_output

    def time_left(self, timeouts: Timeouts) -> float:
        """For how many seconds from now it may be silent."""
        return min(self.last_output + timeouts.stall, self.last_progress + timeouts.frame) - time.monotonic()

    def timeout_message(self, timeouts: Timeouts) -> str:
        """Why there is no patience left."""
        if self.last_progress + timeouts.frame < self.last_output + timeouts.stall:
            return f"Blender took longer than {timeouts.frame:g} s for a frame (--frame-timeout)"
        return f"Blender said nothing for {timeouts.stall:g} s (--stall-timeout)"

    def exit_message(self) -> str:
        """How it has ended."""
        return launcher.exit_message(self.process.wait())

    def close_input(self) -> None:
        """Have the process end by itself, once it is done with what it has been given."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def terminate(self) -> None:
        """End the process and all that it started."""
        self.close_input()
        launcher.terminate(
            self.process, is_patient=not self.is_busy and not self.is_new
        )  # one that still loads does not listen


MessageQueue = queue.Queue[tuple[BlenderProcess, str | None]]


@contextmanager
def defer_interrupts() -> Iterator[None]:
    """Holds an interrupt back until the context is left: nothing is begun that would not be ended."""
    if threading.current_thread() is not threading.main_thread():  # no interrupt comes here
        yield
        return
    held: list[int] = []
    before = {name: signal.signal(name, lambda name, _: held.append(name)) for name in INTERRUPT_SIGNALS}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    if held:
        signal.raise_signal(held[0])


def parse_event(line: str) -> dict[str, Any] | None:
    """What the worker tells in a line, None where it is Blender's chatter, or a line that broke off."""
    if not line.startswith(MARKER):
        return None
    try:
        event: dict[str, Any] = json.loads(line[len(MARKER) :])
    except ValueError:
        return None
    return event
