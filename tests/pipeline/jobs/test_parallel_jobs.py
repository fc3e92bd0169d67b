# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs side by side: another is begun while somebody is idle, and failures, interrupts and mistakes come out as they do
of jobs in turn."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from kernelwalk.core import spec_from_table
from kernelwalk_pipeline.failures import Interrupted, OutputError, interruption_of
from kernelwalk_pipeline.jobs import batch
from kernelwalk_pipeline.jobs.job import JobResult
from kernelwalk_pipeline.jobs.timings import PhaseTimer
from kernelwalk_pipeline.outputs import Output
from kernelwalk_pipeline.source import Source

from ..conftest import TINY


class Workers:
    """There is room for so many jobs."""

    def __init__(self, number):
        self.number, self.at_work, self.most, self.stopped = number, 0, 0, threading.Event()

    def room(self):
        return self.at_work < self.number

    def stop(self):
        self.stopped.set()


@pytest.fixture
def run(tmp_path):
    """Does jobs side by side: run("abc", do, workers), `do` by name. What came, and what was said to be done."""

    def begin(names, do, workers, keep_going=False):
        sources = [Source(name, spec_from_table(TINY)) for name in names]
        outputs = [Output(tmp_path / name, is_film=False) for name in names]
        told = []

        def work(source, _):
            workers.at_work += 1
            workers.most = max(workers.most, workers.at_work)
            try:
                do(source.name)
            finally:
                workers.at_work -= 1
            return JobResult(1, 1, PhaseTimer())

        results = batch.run_jobs(
            sources, outputs, work, False, keep_going, lambda path, _: told.append(path.name), executor=workers
        )
        return results, told

    return begin


def states(results):
    return "".join({"done": "d", "failed": "f", "not begun": "-"}[each.state] for each in results)


def test_as_many_are_at_work_as_there_is_room_for(run):
    together = threading.Barrier(3)
    workers = Workers(3)
    results, told = run("abcdef", lambda _: together.wait(10), workers)
    assert states(results) == "dddddd"
    assert sorted(told) == list("abcdef")
    assert workers.most == 3
    assert [each.spec for each in results] == list("abcdef")


def test_results_come_as_they_do(run):
    second = threading.Event()

    def do(name):
        assert second.wait(10) if name == "a" else True
        if name == "b":
            second.set()
        time.sleep(0.2 if name == "a" else 0.0)

    assert run("ab", do, Workers(2))[1] == ["b", "a"]


@pytest.mark.parametrize(("keep_going", "states_then"), [(False, "df--"), (True, "dfdd")])
def test_after_a_failure_others_are_begun_only_if_it_is_to_go_on(run, keep_going, states_then):
    both = threading.Barrier(2)

    def do(name):
        if name in "ab":
            both.wait(10)
        if name == "b":
            raise OutputError("b: in the way")
        if name == "a":
            time.sleep(0.5)  # it is at work when the other fails, and ends well

    results, told = run("abcd", do, Workers(2), keep_going)
    assert states(results) == states_then
    assert sorted(told) == [name for name, state in zip("abcd", states_then, strict=True) if state == "d"]
    with pytest.raises(Exception, match="b: in the way") as raised:
        batch.raise_failures(results)
    assert raised.value.code == 4


def test_an_interrupt_stops_all_and_waits_for_them(run):
    workers = Workers(2)

    def do(name):
        if name == "b":
            os.kill(os.getpid(), signal.SIGINT)
        assert workers.stopped.wait(10)
        time.sleep(0.3)
        raise KeyboardInterrupt

    results, told = run("abc", do, workers, keep_going=True)
    assert workers.stopped.is_set()
    assert (states(results), told) == ("ff-", [])
    assert [each.reason for each in results[:2]] == [str(interruption_of(name)) for name in "ab"]
    with pytest.raises(Exception, match="a: interrupted") as raised:
        batch.raise_failures(results)
    assert raised.value.code == Interrupted.exit_code


def test_an_interrupt_does_not_wait_long_for_a_film_that_is_being_made(run, monkeypatch):
    monkeypatch.setattr(batch, "FAREWELL", 0.5)
    ended = threading.Event()

    def do(name):
        if name == "b":
            os.kill(os.getpid(), signal.SIGINT)
        ended.wait(10)

    began = time.monotonic()
    results, _ = run("ab", do, Workers(2))
    assert time.monotonic() - began < 5
    assert [each.reason for each in results] == [str(interruption_of(name)) for name in "ab"]
    ended.set()


def test_the_code_of_an_interrupt_counts_also_if_another_failed_after_it(run):
    results = [
        batch.JobReport("a", "a", "failed", "a: interrupted", Interrupted.exit_code),
        batch.JobReport("b", "b", "failed", "gone", 3),
        batch.JobReport("c", "c", "failed", "gone", 3),
    ]
    with pytest.raises(Exception, match=r"^a: interrupted\ngone$") as raised:
        batch.raise_failures(results)
    assert raised.value.code == Interrupted.exit_code


def test_a_mistake_of_ours_is_seen(run):
    def do(name):
        if name == "b":
            raise ZeroDivisionError
        time.sleep(0.2)

    with pytest.raises(ZeroDivisionError):
        run("abc", do, Workers(2))
