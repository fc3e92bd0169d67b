# SPDX-License-Identifier: GPL-3.0-or-later
"""Several jobs one after the other, and what came of each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ..failure import Failure, Interrupted, interruptible
from ..frames.spent import Spent
from ..output import Output
from ..source import Source
from . import job
from .films import Films

WIDTH = 200
"""Characters of the summary where it is no terminal that shows it."""


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
) -> list[Result]:
    """Do the jobs in turn, each by `do`; after a failure go on if `keep_going`, after an interrupt never.

    Films that an earlier run of the same batch has made are kept, unless it is to `restart`: for as long as not all of
    them are done, or, if it is to `remember` them, always.
    """
    films = Films(outputs[0].path.parent) if outputs[0].film and (len(outputs) > 1 or remember) else None
    if films is not None and restart:
        films.clear()
    results = [Result(source.name, str(output.path)) for source, output in zip(sources, outputs, strict=True)]
    for number, (source, output) in enumerate(zip(sources, outputs, strict=True)):
        began = time.monotonic()
        failure: Failure | None = None
        try:
            with interruptible(source.name):
                if films is not None and films.has(source, output):
                    came = job.Done(0, 0, Spent())
                else:
                    came = do(source, output)
                    if films is not None:
                        films.add(source, output)
        except Failure as error:
            failure = error
        result = replace(results[number], seconds=round(time.monotonic() - began, 3))
        if failure is None:
            state = "done" if came.rendered >= max(came.pictures, 1) else "resumed"
            spent = {phase: round(seconds, 3) for phase, seconds in came.spent.seconds.items()}
            results[number] = replace(result, state=state, pictures=came.pictures, rendered=came.rendered, spent=spent)
            done(output.path, came)
        else:
            results[number] = replace(result, state="failed", reason=str(failure), code=failure.code)
            if not keep_going or isinstance(failure, Interrupted):
                break
    if films is not None and not remember and all(each.state in ("done", "resumed") for each in results):
        films.clear()
    return results


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
    """Raise a Failure with the reasons of all that failed, and the exit code of the last: after it nothing was done."""
    failed = [each for each in results if each.state == "failed"]
    if failed:
        failure = Failure("\n".join(each.reason for each in failed))
        failure.code = failed[-1].code
        raise failure
