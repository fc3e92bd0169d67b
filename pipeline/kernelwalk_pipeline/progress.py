# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress on stderr: a bar with pictures, rate and time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress

LINE_INTERVAL = 10.0
"""Seconds between two plain lines."""

_active_bars: list[Progress] = []
"""The display of the bars of all running jobs, while there are any."""

_lock = threading.Lock()


def log(name: str, text: str) -> None:
    """Print a message about a spec while its job runs."""
    sys.stderr.write(f"kernelwalk: {name}: {text}\n")  # in one write: other threads may log too
    sys.stderr.flush()


def log_lines(text: str) -> None:
    """Print a message that names its own subject in each line."""
    sys.stderr.write("".join(f"kernelwalk: {line}\n" for line in text.splitlines()))
    sys.stderr.flush()


class ProgressCallback(Protocol):
    """A function that takes the number of pictures done."""

    def __call__(self, done: int) -> None: ...


@contextmanager
def show_progress(name: str, total: int, done: int) -> Iterator[ProgressCallback]:
    """Show the progress of `name` within the context; yield a function to call with the number of pictures done."""
    if sys.stderr.isatty():
        with _show_bar(name, total, done) as update:
            yield update
    else:
        yield _show_lines(name, total, done)


@contextmanager
def _show_bar(name: str, total: int, done: int) -> Iterator[ProgressCallback]:
    """Show a bar among those of the other running jobs; only the last to end stays on the screen."""
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


def _start_bars() -> Progress:
    """Start an empty display of bars."""
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
    """Return a function that prints a line every LINE_INTERVAL, and one at the end."""
    started, last, already_done = time.monotonic(), time.monotonic(), done

    def show(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done < total and now - last < LINE_INTERVAL:
            return
        last = now
        rate = (done - already_done) / max(now - started, 1e-6)
        left = f", {(total - done) / rate:.0f} s left" if rate and done < total else ""
        sys.stderr.write(f"{name}: {done} of {total} pictures, {rate:.2f} per second{left}\n")
        sys.stderr.flush()

    return show
