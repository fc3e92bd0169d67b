# SPDX-License-Identifier: GPL-3.0-or-later
"""A crew of Blender processes: started when there is work, kept for what comes after, ended together."""

from __future__ import annotations

import json
import queue
import shutil
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..failures import BlenderError, FatalBlenderError, OutputError
from ..outputs import refuse_symlink
from . import prestart
from .blender_process import BlenderProcess, MessageQueue, defer_interrupts, parse_event
from .launcher import worker_command
from .timeouts import Timeouts

if TYPE_CHECKING:
    from .frame_queue import FrameQueue

Task = dict[str, Any]
Event = dict[str, Any]

LOG_NAME = "blender.log"

CHUNK_FOLDER_PREFIX = "order_"
"""Begins the name of a folder in a workshop in which somebody on a cluster makes pictures."""

CANCEL_POLL_INTERVAL = 0.05
"""Seconds after which it is asked again whether work is cancelled."""


class Executor(Protocol):
    """Who renders: a crew here, or a cluster."""

    def check_available(self) -> None:
        """Raise BlenderError where there is certainly no Blender."""

    def prestart(self) -> None:
        """Have somebody get ready for work that is certain to come."""

    def create_queue(self, name: str, missing: list[int], base_frame: int) -> FrameQueue:
        """How frames are shared out among them."""

    def run_tasks(
        self, next_task: Callable[[], Task | None], scratch: Path, version: str = "", frames: FrameQueue | None = None
    ) -> Iterator[tuple[Hashable, Event]]:
        """Have tasks done: see `Crew.work`. version: of the Blenders that may do them, "" where that is open. stock: of
        which they are, if it is of any."""

    def terminate(self, workers: Sequence[Any]) -> None:
        """Send somebody away."""

    def close_idle(self) -> None:
        """Have nobody wait for work any more: none will come."""


class BlenderPool:
    """Up to `size` Blender processes. All of them have ended when the context is left."""

    def __init__(self, executable: str | None, timeouts: Timeouts | None = None, size: int = 1):
        self.executable, self.timeouts, self.size = executable, timeouts or Timeouts(), size
        self.processes: list[BlenderProcess] = []
        self.messages: MessageQueue = queue.Queue()
        self.task_count = 0
        self.is_cancelled: Callable[[], bool] | None = None  # asked now and then while there is work

    def __enter__(self) -> BlenderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.terminate(self.processes)

    def check_available(self) -> None:
        """Raise BlenderError where there is no Blender."""
        worker_command(self.executable)

    def prestart(self) -> None:
        """Start a Blender that waits for work. Why none can be started is told when there is work."""
        with suppress(BlenderError):
            self._start().start_loading()

    def create_queue(self, name: str, missing: list[int], base_frame: int) -> FrameQueue:
        """How frames are shared out among the Blenders."""
        from .frame_queue import FrameQueue  # which brings in what reads pictures

        return FrameQueue(name, missing, base_frame, self.size)

    def run_tasks(
        self, next_task: Callable[[], Task | None], scratch: Path, version: str = "", frames: FrameQueue | None = None
    ) -> Generator[tuple[BlenderProcess, Event], None, None]:
        """Have tasks done and yield what the Blenders tell, each with its Blender, as they tell it: worker.py's events,
        and "failed" with the `error` where one of them has ended or was ended.

        next_task: gives a task, or None where there is none at the moment; asked again after every event
        scratch:   a folder as `workshop` gives, for the tasks' files and Blender's log
        version:   is heard once Blender tells its own, and the stock is known to who takes the tasks from it
        Raises OutputError where the disk fails. No Blender is at work when the generator is closed.
        """
        try:
            while True:
                while self._count_busy() < self.size and (task := next_task()) is not None:
                    yield self._assign(task, scratch), {"event": "given", "task": task}
                if not self._count_busy() or (self.is_cancelled is not None and self.is_cancelled()):
                    return
                blender, event = self._next_event(scratch / LOG_NAME)
                _append_log(blender.take_log(), scratch / LOG_NAME)
                if event is not None:
                    yield blender, event
        finally:
            self.terminate([blender for blender in self.processes if blender.is_busy])

    def _count_busy(self) -> int:
        return sum(blender.is_busy for blender in self.processes)

    def _assign(self, task: Task, scratch: Path) -> BlenderProcess:
        """Give a task to a Blender that waits for one, or else to a new one."""
        self.task_count += 1
        path = scratch / f"task_{self.task_count}.json"
        path.write_text(json.dumps(task))
        for blender in [each for each in self.processes if not each.is_busy]:
            if blender.assign(path):
                return blender
            self.terminate([blender])
        blender = self._start()
        blender.assign(path)
        return blender

    def _start(self) -> BlenderProcess:
        with defer_interrupts():  # none is begun that would not be ended
            blender = BlenderProcess(worker_command(self.executable), self.messages)
            self.processes.append(blender)
        return blender

    def terminate(self, processes: Sequence[BlenderProcess]) -> None:
        """End Blenders, those that have not ended yet."""
        with defer_interrupts():
            for blender in [each for each in processes if each in self.processes]:
                self.processes.remove(blender)
                blender.terminate()

    def close_idle(self) -> None:
        """Tell Blenders that wait for a task that there will be none, so that they end, and need no memory, while what
        they have made becomes a film."""
        prestart.terminate_worker()
        for blender in self.processes:
            if not blender.is_busy:
                blender.close_input()

    def _next_event(self, log: Path) -> tuple[BlenderProcess, Event | None]:
        """What the next line tells, if anything."""
        busy = [blender for blender in self.processes if blender.is_busy]
        impatient = min(busy, key=lambda blender: blender.time_left(self.timeouts))
        patience = impatient.time_left(self.timeouts)
        try:
            blender, line = self.messages.get(
                timeout=max(0.0, patience if self.is_cancelled is None else min(patience, CANCEL_POLL_INTERVAL))
            )
        except queue.Empty:
            if impatient.time_left(self.timeouts) > 0:
                return impatient, None
            return impatient, self._end_failed(impatient, BlenderError(impatient.timeout_message(self.timeouts)))
        if blender not in self.processes:
            return blender, None  # a last word
        if line is None:
            if not blender.is_busy:
                self.terminate([blender])
                return blender, None
            log.touch()
            return blender, self._end_failed(blender, BlenderError(f"{blender.exit_message()}. Blender's log: {log}"))
        blender.record_line(line)
        event = parse_event(line)
        if event is None:
            _append_log(line, log)
        elif event["event"] == "failed":
            log.touch()
            kind = FatalBlenderError if event.get("hopeless") else BlenderError
            return blender, self._end_failed(blender, kind(f"{event['why']}. Blender's log: {log}"))
        elif event["event"] == "finished":
            blender.is_busy = False
        return blender, None if event is None or event["event"] == "alive" else event

    def _end_failed(self, process: BlenderProcess, error: BlenderError) -> Event:
        self.terminate([process])
        return {"event": "failed", "error": error}


def _append_log(chatter: str, log: Path) -> None:
    if chatter:
        with log.open("a", errors="replace") as file:
            file.write(chatter)


@contextmanager
def scratch_dir(scratch: Path) -> Iterator[Path]:
    """A folder of our own, made anew, for what is not whole yet and for Blender's log. It is gone when the context is
    left, but for the log where Blender failed. Raises OutputError where the disk fails."""
    keep: Path | None = None
    refuse_symlink(scratch)
    try:
        _clear_scratch(scratch)
        scratch.mkdir(exist_ok=True)
        yield scratch
    except BlenderError:
        keep = scratch / LOG_NAME if (scratch / LOG_NAME).exists() else None
        raise
    except OSError as error:
        raise OutputError(f"{scratch}: cannot be written: {error.strerror}. Free the disk and run again") from None
    finally:
        with suppress(OSError):  # what stopped it may stop this too; the next run removes it
            _clear_scratch(scratch, keep)


def _clear_scratch(scratch: Path, keep: Path | None = None) -> None:
    if scratch.is_dir():
        for path in scratch.iterdir():
            if path.name.startswith(CHUNK_FOLDER_PREFIX):
                shutil.rmtree(path, ignore_errors=True)
            elif path != keep and not path.is_dir():
                path.unlink()
        if keep is None:
            with suppress(OSError):  # somebody keeps something in it
                scratch.rmdir()
