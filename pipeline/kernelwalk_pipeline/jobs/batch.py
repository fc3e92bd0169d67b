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

from ..failures import Failure, Interrupted, interruptible, interruption_of
from ..outputs import Output
from ..source import Source
from . import job
from .ledger import FilmLedger
from .timings import PhaseTimer

SUMMARY_WIDTH = 200
"""Characters of the summary where it is no terminal that shows it."""

POLL_INTERVAL = 0.1
"""Seconds after which it is seen whether another job can be begun."""

MAX_PARALLEL_JOBS = 64
"""Jobs side by side at most."""

SHUTDOWN_TIMEOUT = 5.0
"""Seconds that interrupted jobs have to take back what they have ordered. A film that is being made may take longer: it
has no name yet, and ends with us."""

JobOutcome = tuple[int, job.JobResult | Failure, float]
"""What came of which job, and after how many seconds."""


@runtime_checkable
class ParallelExecutor(Protocol):
    """Who can do several jobs side by side, each in a thread."""

    def has_room(self) -> bool:
        """Whether those at work leave somebody idle."""

    def stop(self) -> None:
        """Have all of them end, as by an interrupt."""


@dataclass(frozen=True)
class JobReport:
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


def run_jobs(
    sources: Sequence[Source],
    outputs: Sequence[Output],
    run_job: Callable[[Source, Output], job.JobResult],
    restart: bool,
    keep_going: bool,
    on_done: Callable[[Path, job.JobResult], object],
    keeps_ledger: bool = False,
    executor: ParallelExecutor | None = None,
) -> list[JobReport]:
    """Do the jobs, each by `do`, in turn, or side by side where somebody can do them `together`. After a failure no
    other is begun unless it is to `keep_going`, after an interrupt none.

    Films that an earlier run of the same batch has made are kept, unless it is to `restart`: for as long as not all of
    them are done, or, if it is to `remember` them, always.
    """
    films = FilmLedger(outputs[0].path.parent) if outputs[0].is_film and (len(outputs) > 1 or keeps_ledger) else None
    if films is not None and restart:
        films.clear()
    results = [JobReport(source.name, str(output.path)) for source, output in zip(sources, outputs, strict=True)]

    def do_one(number: int) -> JobOutcome:
        source, output, began = sources[number], outputs[number], time.monotonic()
        came: job.JobResult | Failure
        try:
            with interruptible(source.name):
                if films is not None and films.is_done(source, output):
                    came = job.JobResult(0, 0, PhaseTimer())
                else:
                    came = run_job(source, output)
                    if films is not None:
                        films.record(source, output)
        except Failure as failure:
            came = failure
        return number, came, time.monotonic() - began

    def todo() -> Iterator[int]:
        for number in range(len(sources)):
            failed = [each.code for each in results if each.state == "failed"]
            if Interrupted.exit_code in failed or (failed and not keep_going):
                return
            yield number

    if executor is None or len(sources) == 1:
        order: Iterator[JobOutcome] = map(do_one, todo())
    else:
        order = _run_parallel(todo(), do_one, executor, [source.name for source in sources])
    for number, came, seconds in order:
        result = replace(results[number], seconds=round(seconds, 3))
        if isinstance(came, Failure):
            results[number] = replace(result, state="failed", reason=str(came), code=came.exit_code)
            continue
        state = "done" if came.rendered >= max(came.unique_frames, 1) else "resumed"
        spent = {phase: round(seconds, 3) for phase, seconds in came.timer.seconds.items()}
        results[number] = replace(result, state=state, pictures=came.unique_frames, rendered=came.rendered, spent=spent)
        on_done(outputs[number].path, came)
    if films is not None and not keeps_ledger and all(each.state in ("done", "resumed") for each in results):
        films.clear()
    return results


def _run_parallel(
    todo: Iterator[int], do_one: Callable[[int], JobOutcome], together: ParallelExecutor, names: Sequence[str]
) -> Iterator[JobOutcome]:
    """Do jobs in threads, another whenever there is room; what came of them, as it comes."""
    heard: queue.Queue[JobOutcome | BaseException] = queue.Queue()
    at_work: set[int] = set()

    def work(number: int) -> None:
        try:
            heard.put(do_one(number))
        except BaseException as error:  # a mistake of ours, to be raised where it is seen
            heard.put(error)

    def hear(seconds: float) -> Iterator[JobOutcome]:
        with suppress(queue.Empty):
            came = heard.get(timeout=seconds)
            if isinstance(came, BaseException):
                raise came
            at_work.remove(came[0])
            yield came

    try:
        while True:
            if not at_work or (len(at_work) < MAX_PARALLEL_JOBS and together.has_room()):
                number = next(todo, None)
                if number is not None:
                    at_work.add(number)
                    threading.Thread(target=work, args=[number], daemon=True).start()
                elif not at_work:
                    return
            yield from hear(POLL_INTERVAL)
    except KeyboardInterrupt:
        together.stop()
        end = time.monotonic() + SHUTDOWN_TIMEOUT
        while at_work and time.monotonic() < end:
            yield from hear(POLL_INTERVAL)
        for number in sorted(at_work):
            yield number, interruption_of(names[number]), 0.0


def format_reports(results: Sequence[JobReport]) -> str:
    """The report for programs."""
    return json.dumps({"outputs": [asdict(result) for result in results]}, indent=2)


def print_summary(results: Sequence[JobReport]) -> None:
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
        console.width = SUMMARY_WIDTH
    console.print(table)


def raise_failures(results: Sequence[JobReport]) -> None:
    """Raise a Failure with the reasons of all that failed, each once, and the exit code of the last, or that of an
    interrupt."""
    failed = [each for each in results if each.state == "failed"]
    if failed:
        failure = Failure("\n".join(dict.fromkeys(each.reason for each in failed)))
        codes = [each.code for each in failed]
        failure.exit_code = Interrupted.exit_code if Interrupted.exit_code in codes else codes[-1]
        raise failure
