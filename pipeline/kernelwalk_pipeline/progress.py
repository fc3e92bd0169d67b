# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress on stderr: a bar with frames, rate and time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

LINE_INTERVAL = 10.0
"""Between two plain lines."""

_active_bars: list[Bars] = []
"""What shows the bars of all jobs that are at work, while there are any."""

_lock = threading.Lock()


def log(name: str, text: str) -> None:
    """Say something about a spec while its job goes on."""
    sys.stderr.write(f"kernelwalk: {name}: {text}\n")  # in one go: others may be telling something
    sys.stderr.flush()


class ProgressCallback(Protocol):
    def __call__(self, done: int) -> None: ...


@contextmanager
def show_progress(name: str, total: int, done: int) -> Iterator[ProgressCallback]:
    """Shows how far `name` is while the context lasts; call what it yields with the number of pictures done."""
    if sys.stderr.isatty():
        with _show_bar(name, total, done) as shown:
            yield shown
    else:
        yield _show_lines(name, total, done)


@contextmanager
def _show_bar(name: str, total: int, done: int) -> Iterator[ProgressCallback]:
    """A bar, above those of jobs at work at the same time; only the last that ends stays on the screen."""
    with _lock:
        if not _active_bars:
            _active_bars.append(_start_bars())
        (bars,) = _active_bars
        task = bars.add_task(name, total=total, completed=done)
    try:
        yield lambda done: bars.update(task, completed=done)
    finally:
        with _lock:
            if len(bars.tasks) > 1:
                bars.remove_task(task)
            else:
                bars.stop()
                _active_bars.clear()


def _start_bars() -> Bars:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if not task.speed else f"{task.speed:.2f} pictures/s")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    bars = Progress(*columns, console=Console(stderr=True))
    bars.start()
    return bars


def _show_lines(name: str, total: int, done: int) -> ProgressCallback:
    begun, last, before = time.monotonic(), time.monotonic(), done

    def show(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done < total and now - last < LINE_INTERVAL:
            return
        last = now
        rate = (done - before) / max(now - begun, 1e-6)
        left = f", {(total - done) / rate:.0f} s left" if rate and done < total else ""
        sys.stderr.write(f"{name}: {done} of {total} pictures, {rate:.2f} a second{left}\n")
        sys.stderr.flush()

    return show
