# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: several jobs, in turn or in parallel, and a report on each."""

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
from .job import JobResult
from .ledger import FilmLedger
from .timings import PhaseTimer

SUMMARY_WIDTH = 200
"""Columns of the summary if it is not printed to a terminal."""

POLL_INTERVAL = 0.1
"""Seconds between two looks for room for another job."""

MAX_PARALLEL_JOBS = 64

SHUTDOWN_TIMEOUT = 5.0
"""Seconds that interrupted jobs have to cancel their tasks. A film that is being encoded may take longer: it has no
name yet, and ends with this process."""

JobOutcome = tuple[int, JobResult | Failure, float]
"""A job's number, its result or failure, and the seconds it took."""


@runtime_checkable
class ParallelExecutor(Protocol):
    """An executor that can render several jobs in parallel, each in a thread."""

    def has_room(self) -> bool:
        """Return True if the running jobs leave a worker idle."""

    def stop(self) -> None:
        """End all jobs as an interrupt would."""


@dataclass(frozen=True)
class JobReport:
    """The report on a spec; its fields are the keys of the JSON report.

    state:    "done", "resumed" (used frames of an earlier run), "failed" or "not begun"
    reason:   why it failed, with `code`, the exit code
    pictures: unique frames of the output, of which `rendered` were rendered now
    spent:    seconds by phase (see timings.py)
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

    @property
    def is_done(self) -> bool:
        """True if the output is there."""
        return self.state in ("done", "resumed")


def run_jobs(
    sources: Sequence[Source],
    outputs: Sequence[Output],
    run_job: Callable[[Source, Output], JobResult],
    restart: bool,
    keep_going: bool,
    on_done: Callable[[Path, JobResult], object],
    keeps_ledger: bool = False,
    executor: ParallelExecutor | None = None,
) -> list[JobReport]:
    """Run a job for each spec, in turn, or in parallel if there is an `executor` for that.

    restart:      render films again that an earlier run of the same batch has finished
    keep_going:   start other jobs after a failure; after an interrupt, none is started
    on_done:      called with each finished output
    keeps_ledger: remember finished films even when the whole batch is done
    """
    ledger = FilmLedger(outputs[0].path.parent) if outputs[0].is_film and (len(outputs) > 1 or keeps_ledger) else None
    if ledger is not None and restart:
        ledger.clear()
    reports = [JobReport(source.name, str(output.path)) for source, output in zip(sources, outputs, strict=True)]

    def run(number: int) -> JobOutcome:
        source, output, started = sources[number], outputs[number], time.monotonic()
        result: JobResult | Failure
        try:
            with interruptible(source.name):
                result = _run_unless_done(source, output, run_job, ledger)
        except Failure as failure:
            result = failure
        return number, result, time.monotonic() - started

    def pending() -> Iterator[int]:
        for number in range(len(sources)):
            failed = [report.code for report in reports if report.state == "failed"]
            if Interrupted.exit_code in failed or (failed and not keep_going):
                return
            yield number

    if executor is None or len(sources) == 1:
        outcomes: Iterator[JobOutcome] = map(run, pending())
    else:
        outcomes = _run_parallel(pending(), run, executor, [source.name for source in sources])
    for number, result, seconds in outcomes:
        reports[number] = _add_result(reports[number], result, seconds)
        if isinstance(result, JobResult):
            on_done(outputs[number].path, result)
    if ledger is not None and not keeps_ledger and all(report.is_done for report in reports):
        ledger.clear()
    return reports


def _run_unless_done(
    source: Source, output: Output, run_job: Callable[[Source, Output], JobResult], ledger: FilmLedger | None
) -> JobResult:
    """Run a job and record it, unless the ledger has it."""
    if ledger is not None and ledger.is_done(source, output):
        return JobResult(0, 0, PhaseTimer())
    result = run_job(source, output)
    if ledger is not None:
        ledger.record(source, output)
    return result


def _add_result(report: JobReport, result: JobResult | Failure, seconds: float) -> JobReport:
    """Return a report with the result of its job."""
    report = replace(report, seconds=round(seconds, 3))
    if isinstance(result, Failure):
        return replace(report, state="failed", reason=str(result), code=result.exit_code)
    return replace(
        report,
        state="done" if result.rendered >= max(result.unique_frames, 1) else "resumed",
        pictures=result.unique_frames,
        rendered=result.rendered,
        spent={phase: round(value, 3) for phase, value in result.timer.seconds.items()},
    )


def _run_parallel(
    pending: Iterator[int], run: Callable[[int], JobOutcome], executor: ParallelExecutor, names: Sequence[str]
) -> Iterator[JobOutcome]:
    """Run jobs in threads, starting one whenever there is room; yield their outcomes in the order of their ends."""
    outcomes: queue.Queue[JobOutcome | BaseException] = queue.Queue()
    running: set[int] = set()

    def run_in_thread(number: int) -> None:
        try:
            outcomes.put(run(number))
        except BaseException as error:  # a bug: raise it in the main thread
            outcomes.put(error)

    def next_outcome(timeout: float) -> Iterator[JobOutcome]:
        with suppress(queue.Empty):
            outcome = outcomes.get(timeout=timeout)
            if isinstance(outcome, BaseException):
                raise outcome
            running.remove(outcome[0])
            yield outcome

    try:
        while True:
            if not running or (len(running) < MAX_PARALLEL_JOBS and executor.has_room()):
                number = next(pending, None)
                if number is not None:
                    running.add(number)
                    threading.Thread(target=run_in_thread, args=[number], daemon=True).start()
                elif not running:
                    return
            yield from next_outcome(POLL_INTERVAL)
    except KeyboardInterrupt:
        executor.stop()
        end = time.monotonic() + SHUTDOWN_TIMEOUT
        while running and time.monotonic() < end:
            yield from next_outcome(POLL_INTERVAL)
        for number in sorted(running):
            yield number, interruption_of(names[number]), 0.0


def format_reports(reports: Sequence[JobReport]) -> str:
    """Return the JSON report."""
    return json.dumps({"outputs": [asdict(report) for report in reports]}, indent=2)


def print_summary(reports: Sequence[JobReport]) -> None:
    """Print the table of a batch to stderr."""
    if len(reports) < 2:
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("spec", "state", "pictures", "rendered", "seconds", "output or reason", box=None)
    for report in reports:
        counts = [str(report.pictures), str(report.rendered)] if report.is_done else ["", ""]
        seconds = "" if report.state == "not begun" else f"{report.seconds:.1f}"
        table.add_row(report.spec, report.state, *counts, seconds, (report.reason or report.output).partition("\n")[0])
    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = SUMMARY_WIDTH
    console.print(table)


def raise_failures(reports: Sequence[JobReport]) -> None:
    """Raise a Failure with the reason of each failed job, if any, and the exit code of an interrupt or of the last."""
    failed = [report for report in reports if report.state == "failed"]
    if failed:
        failure = Failure("\n".join(dict.fromkeys(report.reason for report in failed)))
        codes = [report.code for report in failed]
        failure.exit_code = Interrupted.exit_code if Interrupted.exit_code in codes else codes[-1]
        raise failure
