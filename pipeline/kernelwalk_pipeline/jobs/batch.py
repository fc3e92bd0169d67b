# SPDX-License-Identifier: GPL-3.0-or-later
"""Several jobs, one after the other or side by side, and what came of each."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..failure import Failure, Interrupted, interrupted, interruptible
from ..frames.spent import Spent
from ..output import Output
from ..source import Source
from . import job
from .films import Films

WIDTH = 200
"""Characters of the summary where it is no terminal that shows it."""

TICK = 0.1
"""Seconds after which it is seen whether another job can be begun."""

MOST = 64
"""Jobs side by side at most."""

FAREWELL = 5.0
"""Seconds that interrupted jobs have to take back what they have ordered. A film that is being made may take longer: it
has no name yet, and ends with us."""

Came = tuple[int, job.Done | Failure, float]
"""What came of which job, and after how many seconds."""


@runtime_checkable
class Together(Protocol):
    """Who can do several jobs side by side, each in a thread."""

    def room(self) -> bool:
        """Whether those at work leave somebody idle."""

    def stop(self) -> None:
        """Have all of them end, as by an interrupt."""


@dataclass(frozen=True)
class Result:
    """What came of a spec.

    state:    "done", "resumed" (pictures of an earlier run were used), "failed", "not begun"
    reason:   of a failure, and `code` its exit code
    pictures: that the output needs, of which `rendered` now
    spent:    seconds by phase (see spent.py)
    """

    spec: str
    output: str
    state: str = "not begun"
    reason: str = ""
    code: int = 0
    pictures: int = 0
    rendered: int = 0
    seconds: float = 0.0
    spent: dict[str, float] = field(default_factory=dict)


def run(
    sources: Sequence[Source],
    outputs: Sequence[Output],
    do: Callable[[Source, Output], job.Done],
    restart: bool,
    keep_going: bool,
    done: Callable[[Path, job.Done], object],
    remember: bool = False,
    together: Together | None = None,
) -> list[Result]:
    """Do the jobs, each by `do`, in turn, or side by side where somebody can do them `together`. After a failure no
    other is begun unless it is to `keep_going`, after an interrupt none.

    Films that an earlier run of the same batch has made are kept, unless it is to `restart`: for as long as not all of
    them are done, or, if it is to `remember` them, always.
    """
    films = Films(outputs[0].path.parent) if outputs[0].film and (len(outputs) > 1 or remember) else None
    if films is not None and restart:
        films.clear()
    results = [Result(source.name, str(output.path)) for source, output in zip(sources, outputs, strict=True)]

    def do_one(number: int) -> Came:
        source, output, began = sources[number], outputs[number], time.monotonic()
        came: job.Done | Failure
        try:
            with interruptible(source.name):
                if films is not None and films.has(source, output):
                    came = job.Done(0, 0, Spent())
                else:
                    came = do(source, output)
                    if films is not None:
                        films.add(source, output)
        except Failure as failure:
            came = failure
        return number, came, time.monotonic() - began

    def todo() -> Iterator[int]:
        for number in range(len(sources)):
            failed = [each.code for each in results if each.state == "failed"]
            if Interrupted.code in failed or (failed and not keep_going):
                return
            yield number

    if together is None or len(sources) == 1:
        order: Iterator[Came] = map(do_one, todo())
    else:
        order = _side_by_side(todo(), do_one, together, [source.name for source in sources])
    for number, came, seconds in order:
        result = replace(results[number], seconds=round(seconds, 3))
        if isinstance(came, Failure):
            results[number] = replace(result, state="failed", reason=str(came), code=came.code)
            continue
        state = "done" if came.rendered >= max(came.pictures, 1) else "resumed"
        spent = {phase: round(seconds, 3) for phase, seconds in came.spent.seconds.items()}
        results[number] = replace(result, state=state, pictures=came.pictures, rendered=came.rendered, spent=spent)
        done(outputs[number].path, came)
    if films is not None and not remember and all(each.state in ("done", "resumed") for each in results):
        films.clear()
    return results


def _side_by_side(
    todo: Iterator[int], do_one: Callable[[int], Came], together: Together, names: Sequence[str]
) -> Iterator[Came]:
    """Do jobs in threads, another whenever there is room; what came of them, as it comes."""
    heard: queue.Queue[Came | BaseException] = queue.Queue()
    at_work: set[int] = set()

    def work(number: int) -> None:
        try:
            heard.put(do_one(number))
        except BaseException as error:  # a mistake of ours, to be raised where it is seen
            heard.put(error)

    def hear(seconds: float) -> Iterator[Came]:
        with suppress(queue.Empty):
            came = heard.get(timeout=seconds)
            if isinstance(came, BaseException):
                raise came
            at_work.remove(came[0])
            yield came

    try:
        while True:
            if not at_work or (len(at_work) < MOST and together.room()):
                number = next(todo, None)
                if number is not None:
                    at_work.add(number)
                    threading.Thread(target=work, args=[number], daemon=True).start()
                elif not at_work:
                    return
            yield from hear(TICK)
    except KeyboardInterrupt:
        together.stop()
        end = time.monotonic() + FAREWELL
        while at_work and time.monotonic() < end:
            yield from hear(TICK)
        for number in sorted(at_work):
            yield number, interrupted(names[number]), 0.0


def as_json(results: Sequence[Result]) -> str:
    """The report for programs."""
    return json.dumps({"outputs": [asdict(result) for result in results]}, indent=2)


def show(results: Sequence[Result]) -> None:
    """The summary of a batch, on stderr."""
    if len(results) < 2:
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("spec", "state", "pictures", "rendered", "seconds", "output or reason", box=None)
    for each in results:
        numbers = [str(each.pictures), str(each.rendered)] if each.state in ("done", "resumed") else ["", ""]
        seconds = "" if each.state == "not begun" else f"{each.seconds:.1f}"
        table.add_row(each.spec, each.state, *numbers, seconds, (each.reason or each.output).partition("\n")[0])
    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = WIDTH
    console.print(table)


def raise_first(results: Sequence[Result]) -> None:
    """Raise a Failure with the reasons of all that failed, each once, and the exit code of the last, or that of an
    interrupt."""
    failed = [each for each in results if each.state == "failed"]
    if failed:
        failure = Failure("\n".join(dict.fromkeys(each.reason for each in failed)))
        codes = [each.code for each in failed]
        failure.code = Interrupted.code if Interrupted.code in codes else codes[-1]
        raise failure
