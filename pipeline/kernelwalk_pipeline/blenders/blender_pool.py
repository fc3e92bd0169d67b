# SPDX-License-Identifier: GPL-3.0-or-later
"""A pool of Blender processes: started when there is work, reused for later tasks, ended together."""

from __future__ import annotations

import json
import queue
import shutil
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .. import machine
from ..failures import BlenderError, FatalBlenderError, OutputError
from ..paths import refuse_symlink
from ..worker.protocol import ASSIGNED, FAILED, FINISHED, HEARTBEAT, Event, Task, parse_event
from . import prestart
from .blender_process import BlenderProcess, MessageQueue, defer_interrupts
from .launcher import worker_command
from .timeouts import Timeouts

if TYPE_CHECKING:
    from .frame_queue import FrameQueue

LOG_NAME = "blender.log"

CHUNK_FOLDER_PREFIX = "chunk_"
"""Prefix of the folders, within a scratch folder, in which a cluster's workers write pictures."""

CANCEL_POLL_INTERVAL = 0.05
"""Seconds between two calls of `is_cancelled`."""


class Executor(Protocol):
    """Runs tasks: a pool of Blender processes on this machine, or a cluster."""

    def check_available(self) -> None:
        """Raise BlenderError if there is certainly no Blender."""

    def prestart(self) -> None:
        """Start a worker early, before the first task is known."""

    def create_queue(self, name: str, missing: list[int], base_frame: int) -> FrameQueue:
        """Return the queue that divides frames among the workers."""

    def run_tasks(
        self,
        next_task: Callable[[], Task | None],
        scratch: Path,
        version: str = "",
        frames: FrameQueue | None = None,
        device: str = "",
    ) -> Iterator[tuple[Hashable, Event]]:
        """Run tasks and yield events: see `BlenderPool.run_tasks`.

        version: version of Blender that must run them; "" for any
        frames:  the queue that the tasks take their frames from, if any
        device:  label of the device on which they must be run; "" for any
        """

    def terminate(self, workers: Sequence[Any]) -> None:
        """End some of the workers."""

    def close_idle(self) -> None:
        """Let idle workers exit, because no task will follow."""


class BlenderPool:
    """Up to `size` Blender processes, which have all ended when the context is left.

    executable: of Blender; None for $BLENDER or this Python's own bpy
    size:       None for as many as pay on the cores of this machine
    """

    def __init__(self, executable: str | None, timeouts: Timeouts | None = None, size: int | None = 1):
        self.executable, self.timeouts, self.cores = executable, timeouts or Timeouts(), machine.count_cores()
        self.is_growing = size is None
        self.size = self.cores if size is None else size
        self.processes: list[BlenderProcess] = []
        self.messages: MessageQueue = queue.Queue()
        self.task_count = 0
        self.is_cancelled: Callable[[], bool] | None = None  # polled while tasks run

    def __enter__(self) -> BlenderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.terminate(self.processes)

    def check_available(self) -> None:
        """Raise BlenderError if there is no Blender."""
        worker_command(self.executable)

    def prestart(self) -> None:
        """Start a process that loads Blender and waits for a task. A failure is reported by the first task instead."""
        with suppress(BlenderError):
            self._start().start_loading()

    def create_queue(self, name: str, missing: list[int], base_frame: int) -> FrameQueue:
        """Return the queue that divides frames among the processes."""
        # imported late: it loads the modules that decode pictures
        if self.is_growing:
            from .growing_queue import GrowingFrameQueue

            return GrowingFrameQueue(name, missing, base_frame, self.cores, self._count_fitting)
        from .frame_queue import FrameQueue

        return FrameQueue(name, missing, base_frame, self.size, self.cores)

    def _count_fitting(self) -> int:
        """Return the number of processes like those that run for which there is memory."""
        from .worker_count import count_fitting_workers

        peak = max((machine.find_peak_memory(process.process.pid) for process in self.processes), default=0)
        return count_fitting_workers(len(self.processes), peak, machine.find_free_memory())

    def run_tasks(
        self,
        next_task: Callable[[], Task | None],
        scratch: Path,
        version: str = "",
        frames: FrameQueue | None = None,
        device: str = "",
    ) -> Generator[tuple[BlenderProcess, Event], None, None]:
        """Run tasks and yield the events of the processes, each with its process (see protocol.py).

        next_task: returns the next task, or None if there is none now; called again after each event
        scratch:   a folder from `scratch_dir`, for task files and Blender's log
        version:   unused, as `device`: the READY event reports a process's own
        frames:    unused: the caller takes the frames of each task from its queue

        Raises OutputError if the disk fails. No process is busy once the generator is closed.
        """
        try:
            while True:
                while self._count_busy() < self.size and (task := next_task()) is not None:
                    yield self._assign(task, scratch), {"event": ASSIGNED, "task": task}
                if not self._count_busy() or (self.is_cancelled is not None and self.is_cancelled()):
                    return
                process, event = self._next_event(scratch / LOG_NAME)
                _append_log(process.take_log(), scratch / LOG_NAME)
                if event is not None:
                    yield process, event
        finally:
            self.terminate([process for process in self.processes if process.is_busy])

    def _count_busy(self) -> int:
        return sum(process.is_busy for process in self.processes)

    def _assign(self, task: Task, scratch: Path) -> BlenderProcess:
        """Assign a task to an idle process, or else to a new one."""
        self.task_count += 1
        path = scratch / f"task_{self.task_count}.json"
        path.write_text(json.dumps(task))
        for process in [process for process in self.processes if not process.is_busy]:
            if process.assign(path):
                return process
            self.terminate([process])
        process = self._start()
        process.assign(path)
        return process

    def _start(self) -> BlenderProcess:
        with defer_interrupts():  # a process that is started is also recorded, and so ended
            process = BlenderProcess(worker_command(self.executable), self.messages)
            self.processes.append(process)
        return process

    def terminate(self, processes: Sequence[BlenderProcess]) -> None:
        """End those of the processes that are still in the pool."""
        with defer_interrupts():
            for process in [process for process in processes if process in self.processes]:
                self.processes.remove(process)
                process.terminate()

    def close_idle(self) -> None:
        """Let idle processes exit. This frees their memory while a film is encoded."""
        prestart.terminate_worker()
        for process in self.processes:
            if not process.is_busy:
                process.close_input()

    def _next_event(self, log: Path) -> tuple[BlenderProcess, Event | None]:
        """Wait for the next line of a process, or a timeout; the event is None if there is nothing to report."""
        busy = [process for process in self.processes if process.is_busy]
        slowest = min(busy, key=lambda process: process.time_left(self.timeouts))
        wait = slowest.time_left(self.timeouts)
        try:
            process, line = self.messages.get(
                timeout=max(0.0, wait if self.is_cancelled is None else min(wait, CANCEL_POLL_INTERVAL))
            )
        except queue.Empty:
            if slowest.time_left(self.timeouts) > 0:
                return slowest, None
            return slowest, self._end_failed(slowest, BlenderError(slowest.timeout_message(self.timeouts)))
        if process not in self.processes:
            return process, None  # it has been terminated meanwhile
        if line is None:
            if not process.is_busy:
                self.terminate([process])
                return process, None
            log.touch()
            error = BlenderError(f"{process.exit_message()}. Blender's log: {log}")
            return process, self._end_failed(process, error)
        process.record_line(line)
        event = parse_event(line)
        if event is None:
            _append_log(line, log)
        elif event["event"] == FAILED:
            if event.get("is_fatal"):  # of Kernelwalk, not of Blender
                return process, self._end_failed(process, FatalBlenderError(event["reason"]))
            log.touch()
            return process, self._end_failed(process, BlenderError(f"{event['reason']}. Blender's log: {log}"))
        elif event["event"] == FINISHED:
            process.is_busy = False
        return process, None if event is None or event["event"] == HEARTBEAT else event

    def _end_failed(self, process: BlenderProcess, error: BlenderError) -> Event:
        self.terminate([process])
        return {"event": FAILED, "error": error}


def _append_log(text: str, log: Path) -> None:
    if text:
        with log.open("a", errors="replace") as file:
            file.write(text)


@contextmanager
def scratch_dir(path: Path) -> Iterator[Path]:
    """Create an empty folder for unfinished files and Blender's log, and delete it afterwards.

    If Blender failed, its log is kept. Raises OutputError if the disk fails.
    """
    kept_log: Path | None = None
    refuse_symlink(path)
    try:
        _clear_scratch(path)
        path.mkdir(exist_ok=True)
        yield path
    except BlenderError:
        kept_log = path / LOG_NAME if (path / LOG_NAME).exists() else None
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}. Free the disk and run again") from None
    finally:
        with suppress(OSError):  # the same fault may prevent this, too; the next run clears the folder
            _clear_scratch(path, kept_log)


def _clear_scratch(folder: Path, kept_log: Path | None = None) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name.startswith(CHUNK_FOLDER_PREFIX):
                shutil.rmtree(path, ignore_errors=True)
            elif path != kept_log and not path.is_dir():
                path.unlink(missing_ok=True)  # a Blender whose command was killed may be ending, and delete its own
        if kept_log is None:
            with suppress(OSError):  # it is not empty: somebody keeps a folder in it
                folder.rmdir()
