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

from ..failure import BlenderError, Hopeless, OutputError
from ..output import refuse_link
from . import ahead
from .blender import Blender, Heard, event_in, uninterrupted
from .limits import Limits
from .process import command

if TYPE_CHECKING:
    from .stock import Stock

Task = dict[str, Any]
Event = dict[str, Any]

LOG = "blender.log"

ORDER = "order_"
"""Begins the name of a folder in a workshop in which somebody on a cluster makes pictures."""

POLL = 0.05
"""Seconds after which it is asked again whether work is cancelled."""


class Workforce(Protocol):
    """Who renders: a crew here, or a cluster."""

    def check(self) -> None:
        """Raise BlenderError where there is certainly no Blender."""

    def call(self) -> None:
        """Have somebody get ready for work that is certain to come."""

    def stock(self, name: str, missing: list[int], still: int) -> Stock:
        """How frames are shared out among them."""

    def work(
        self, next_task: Callable[[], Task | None], scratch: Path, version: str = "", stock: Stock | None = None
    ) -> Iterator[tuple[Hashable, Event]]:
        """Have tasks done: see `Crew.work`. version: of the Blenders that may do them, "" where that is open. stock: of
        which they are, if it is of any."""

    def dismiss(self, who: Sequence[Any]) -> None:
        """Send somebody away."""

    def release(self) -> None:
        """Have nobody wait for work any more: none will come."""


class Crew:
    """Up to `size` Blender processes. All of them have ended when the context is left."""

    def __init__(self, executable: str | None, limits: Limits | None = None, size: int = 1):
        self.executable, self.limits, self.size = executable, limits or Limits(), size
        self.blenders: list[Blender] = []
        self.heard: Heard = queue.Queue()
        self.tasks = 0
        self.cancelled: Callable[[], bool] | None = None  # asked now and then while there is work

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss(self.blenders)

    def check(self) -> None:
        """Raise BlenderError where there is no Blender."""
        command(self.executable)

    def call(self) -> None:
        """Start a Blender that waits for work. Why none can be started is told when there is work."""
        with suppress(BlenderError):
            self._start().load()

    def stock(self, name: str, missing: list[int], still: int) -> Stock:
        """How frames are shared out among the Blenders."""
        from .stock import Stock  # which brings in what reads pictures

        return Stock(name, missing, still, self.size)

    def work(
        self, next_task: Callable[[], Task | None], scratch: Path, version: str = "", stock: Stock | None = None
    ) -> Generator[tuple[Blender, Event], None, None]:
        """Have tasks done and yield what the Blenders tell, each with its Blender, as they tell it: worker.py's events,
        and "failed" with the `error` where one of them has ended or was ended.

        next_task: gives a task, or None where there is none at the moment; asked again after every event
        scratch:   a folder as `workshop` gives, for the tasks' files and Blender's log
        version:   is heard once Blender tells its own, and the stock is known to who takes the tasks from it
        Raises OutputError where the disk fails. No Blender is at work when the generator is closed.
        """
        try:
            while True:
                while self._busy() < self.size and (task := next_task()) is not None:
                    yield self._begin(task, scratch), {"event": "given", "task": task}
                if not self._busy() or (self.cancelled is not None and self.cancelled()):
                    return
                blender, event = self._hear(scratch / LOG)
                _write(blender.said(), scratch / LOG)
                if event is not None:
                    yield blender, event
        finally:
            self.dismiss([blender for blender in self.blenders if blender.busy])

    def _busy(self) -> int:
        return sum(blender.busy for blender in self.blenders)

    def _begin(self, task: Task, scratch: Path) -> Blender:
        """Give a task to a Blender that waits for one, or else to a new one."""
        self.tasks += 1
        path = scratch / f"task_{self.tasks}.json"
        path.write_text(json.dumps(task))
        for blender in [each for each in self.blenders if not each.busy]:
            if blender.give(path):
                return blender
            self.dismiss([blender])
        blender = self._start()
        blender.give(path)
        return blender

    def _start(self) -> Blender:
        with uninterrupted():  # none is begun that would not be ended
            blender = Blender(command(self.executable), self.heard)
            self.blenders.append(blender)
        return blender

    def dismiss(self, blenders: Sequence[Blender]) -> None:
        """End Blenders, those that have not ended yet."""
        with uninterrupted():
            for blender in [each for each in blenders if each in self.blenders]:
                self.blenders.remove(blender)
                blender.end()

    def release(self) -> None:
        """Tell Blenders that wait for a task that there will be none, so that they end, and need no memory, while what
        they have made becomes a film."""
        ahead.dismiss()
        for blender in self.blenders:
            if not blender.busy:
                blender.release()

    def _hear(self, log: Path) -> tuple[Blender, Event | None]:
        """What the next line tells, if anything."""
        busy = [blender for blender in self.blenders if blender.busy]
        impatient = min(busy, key=lambda blender: blender.patience(self.limits))
        patience = impatient.patience(self.limits)
        try:
            blender, line = self.heard.get(
                timeout=max(0.0, patience if self.cancelled is None else min(patience, POLL))
            )
        except queue.Empty:
            if impatient.patience(self.limits) > 0:
                return impatient, None
            return impatient, self._failed(impatient, BlenderError(impatient.overdue(self.limits)))
        if blender not in self.blenders:
            return blender, None  # a last word
        if line is None:
            if not blender.busy:
                self.dismiss([blender])
                return blender, None
            log.touch()
            return blender, self._failed(blender, BlenderError(f"{blender.death()}. Blender's log: {log}"))
        blender.note(line)
        event = event_in(line)
        if event is None:
            _write(line, log)
        elif event["event"] == "failed":
            log.touch()
            kind = Hopeless if event.get("hopeless") else BlenderError
            return blender, self._failed(blender, kind(f"{event['why']}. Blender's log: {log}"))
        elif event["event"] == "finished":
            blender.busy = False
        return blender, None if event is None or event["event"] == "alive" else event

    def _failed(self, blender: Blender, error: BlenderError) -> Event:
        self.dismiss([blender])
        return {"event": "failed", "error": error}


def _write(chatter: str, log: Path) -> None:
    if chatter:
        with log.open("a", errors="replace") as file:
            file.write(chatter)


@contextmanager
def workshop(scratch: Path) -> Iterator[Path]:
    """A folder of our own, made anew, for what is not whole yet and for Blender's log. It is gone when the context is
    left, but for the log where Blender failed. Raises OutputError where the disk fails."""
    keep: Path | None = None
    refuse_link(scratch)
    try:
        _remove(scratch)
        scratch.mkdir(exist_ok=True)
        yield scratch
    except BlenderError:
        keep = scratch / LOG if (scratch / LOG).exists() else None
        raise
    except OSError as error:
        raise OutputError(f"{scratch}: cannot be written: {error.strerror}. Free the disk and run again") from None
    finally:
        with suppress(OSError):  # what stopped it may stop this too; the next run removes it
            _remove(scratch, keep)


def _remove(scratch: Path, keep: Path | None = None) -> None:
    if scratch.is_dir():
        for path in scratch.iterdir():
            if path.name.startswith(ORDER):
                shutil.rmtree(path, ignore_errors=True)
            elif path != keep and not path.is_dir():
                path.unlink()
        if keep is None:
            with suppress(OSError):  # somebody keeps something in it
                scratch.rmdir()
