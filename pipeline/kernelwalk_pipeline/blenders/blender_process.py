# SPDX-License-Identifier: GPL-3.0-or-later
"""One Blender process that runs tasks: its input, its events, its log, its timeouts."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..failures import INTERRUPT_SIGNALS
from ..worker.protocol import HEARTBEAT, KERNELS_LOADING, MARKER
from . import launcher, prestart
from .timeouts import Timeouts

LOG_READ_INTERVAL = 0.02 if os.name == "posix" else 0.0
"""Seconds between two reads of Blender's log: reading each of its lines would take as long as checking a picture.
Short enough that Blender never waits for us: a pipe holds 64 kB, but on Windows far less."""

LOG_END_TIMEOUT = 10.0
"""Seconds for which the end of the log of a process that has ended is waited for: its children may live on, and keep
the pipe open."""

HEARTBEAT_PREFIX = f'{MARKER}{{"event": "{HEARTBEAT}"'
"""Start of the line of a heartbeat."""

LOADING_PREFIX = f'{MARKER}{{"event": "{KERNELS_LOADING}"'
"""Start of the line after which a process loads kernels, until its next one."""


class BlenderProcess:
    """A Blender process that runs one task after another (see worker.py).

    Each line of its output goes into `messages` as (process, line), and (process, None) at its end. Its log is kept
    until `take_log`.
    """

    def __init__(self, command: list[str], messages: MessageQueue):
        self.is_busy, self.is_new = False, True
        self.process = prestart.claim_worker(command) or launcher.launch(command)
        self.log_chunks: deque[str] = deque()
        self.is_over = threading.Event()  # its log is read at once
        self.log_reader = threading.Thread(target=self._read_log, daemon=True)
        self.log_reader.start()
        threading.Thread(target=self._read_messages, args=[messages], daemon=True).start()

    def start_loading(self) -> None:
        """Make it load Blender before there is a task."""
        self._send_line("")

    def assign(self, task: Path) -> bool:
        """Send it a task file. Returns False if the process has ended."""
        if not self._send_line(str(task)) and not self.is_new:
            return False  # a new one has ended at its start, which a message will report
        self.is_busy, self.is_new, self.is_loading_kernels = True, False, False
        self.last_output = self.last_progress = time.monotonic()
        return True

    def end_preview(self) -> None:
        """Make it leave out the rest of a preview that it is rendering (see protocol.py)."""
        with suppress(ValueError):  # its input is closed: it has been ended meanwhile
            self._send_line("")

    def _send_line(self, line: str) -> bool:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()
        except OSError:
            return False
        return True

    def _read_messages(self, messages: MessageQueue) -> None:
        assert self.process.stdout is not None
        with suppress(ValueError):  # the pipe was closed by `terminate`
            for line in self.process.stdout:
                if line != "\n":  # the worker puts one before each of its own lines
                    messages.put((self, line))
        messages.put((self, None))

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as text:
            while data := os.read(text.fileno(), 1 << 16):
                self.log_chunks.append(data.decode(errors="replace"))
                self.last_output = time.monotonic()
                self.is_over.wait(LOG_READ_INTERVAL)

    def take_log(self) -> str:
        """Return the log since the last call; all of it, if the process has ended."""
        if self.process.returncode is not None:
            self.is_over.set()
            self.log_reader.join(LOG_END_TIMEOUT)
        return "".join(self.log_chunks.popleft() for _ in range(len(self.log_chunks)))

    def record_line(self, line: str) -> None:
        """Note the time of a line of output, for the timeouts."""
        self.last_output = time.monotonic()
        if line.startswith(MARKER) and not line.startswith(HEARTBEAT_PREFIX):
            self.last_progress = self.last_output
            self.is_loading_kernels = line.startswith(LOADING_PREFIX)

    def time_left(self, timeouts: Timeouts) -> float:
        """Return the seconds until a timeout is reached."""
        if self.is_loading_kernels:
            return self.last_progress + timeouts.kernels - time.monotonic()
        return min(self.last_output + timeouts.stall, self.last_progress + timeouts.frame) - time.monotonic()

    def timeout_message(self, timeouts: Timeouts) -> str:
        """Return a sentence about the timeout that was reached."""
        if self.is_loading_kernels:
            return f"Blender loaded render kernels for longer than {timeouts.kernels:g} s. Try --device cpu"
        if self.last_progress + timeouts.frame < self.last_output + timeouts.stall:
            return f"Blender took longer than {timeouts.frame:g} s for a frame (--frame-timeout)"
        return f"Blender printed nothing for {timeouts.stall:g} s (--stall-timeout)"

    def exit_message(self) -> str:
        """Return a sentence about how the process ended."""
        return launcher.exit_message(self.process.wait())

    def close_input(self) -> None:
        """Make the process exit after its current task."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def terminate(self) -> None:
        """End the process and all its children."""
        self.close_input()
        # a process that is still loading does not read its input, so waiting for it would be in vain
        launcher.terminate(self.process, is_patient=not self.is_busy and not self.is_new)


MessageQueue = queue.Queue[tuple[BlenderProcess, str | None]]


@contextmanager
def defer_interrupts() -> Iterator[None]:
    """Deliver interrupts only after the context, so that every process that is started is also recorded."""
    if threading.current_thread() is not threading.main_thread():  # interrupts reach only the main thread
        yield
        return
    deferred: list[int] = []
    handlers = {name: signal.signal(name, lambda name, _: deferred.append(name)) for name in INTERRUPT_SIGNALS}
    try:
        yield
    finally:
        for name, handler in handlers.items():
            signal.signal(name, handler)
    if deferred:
        signal.raise_signal(deferred[0])
