# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress on stderr: a bar with frames, rate and time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

QUIET_SECONDS = 10.0
"""Between two plain lines."""


def tell(name: str, text: str) -> None:
    """Say something about a spec while its job goes on."""
    print(f"kernelwalk: {name}: {text}", file=sys.stderr, flush=True)


class Progress(Protocol):
    def __call__(self, done: int) -> None: ...


@contextmanager
def progress(name: str, total: int, done: int) -> Iterator[Progress]:
    """Shows how far `name` is while the context lasts; call what it yields with the number of pictures done."""
    if sys.stderr.isatty():
        with _bar(name, total, done) as shown:
            yield shown
    else:
        yield _lines(name, total, done)


@contextmanager
def _bar(name: str, total: int, done: int) -> Iterator[Progress]:
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
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=total, completed=done)
        yield lambda done: bar.update(task, completed=done)


def _lines(name: str, total: int, done: int) -> Progress:
    begun, last, before = time.monotonic(), time.monotonic(), done

    def show(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done < total and now - last < QUIET_SECONDS:
            return
        last = now
        rate = (done - before) / max(now - begun, 1e-6)
        left = f", {(total - done) / rate:.0f} s left" if rate and done < total else ""
        print(f"{name}: {done} of {total} pictures, {rate:.2f} a second{left}", file=sys.stderr, flush=True)

    return show
