# SPDX-License-Identifier: GPL-3.0-or-later
"""Parallel jobs: another one starts while a worker is idle, and failures, interrupts and bugs end as those of jobs in
turn. Threads wait for events, never for a time: a busy machine must not change a result."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from kernelwalk.core import spec_from_table
from kernelwalk_pipeline.failures import Interrupted, OutputError, interruption_of
from kernelwalk_pipeline.jobs import batch
from kernelwalk_pipeline.jobs.job import JobResult
from kernelwalk_pipeline.jobs.timings import PhaseTimer
from kernelwalk_pipeline.outputs import Output
from kernelwalk_pipeline.source import Source

from ..conftest import TINY
from ..patience import PATIENCE, wait_for


class Workers:
    """Room for `number` jobs at a time.

    asked: how often the batch has looked for room
    """

    def __init__(self, number):
        self.number, self.asked, self.most_running, self.stopped = number, 0, 0, threading.Event()
        self.earlier_threads = set(threading.enumerate())

    def has_room(self):
        self.asked += 1
        # a thread counts from the moment it is started, whenever it gets to run
        return len(set(threading.enumerate()) - self.earlier_threads) < self.number

    def stop(self):
        self.stopped.set()

    def wait_until_asked_again(self, times):
        wanted = self.asked + times
        wait_for(lambda: self.asked >= wanted)


@pytest.fixture(autouse=True)
def interrupts():
    """Let interrupts through: a shell's background process, such as a runner of tests, ignores them."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.fixture
def run(tmp_path):
    """Return a function that runs parallel jobs: run("abc", do, workers). `do` gets a name, `done` finished ones."""

    def begin(names, do, workers, keep_going=False, done=None):
        sources = [Source(name, spec_from_table(TINY)) for name in names]
        outputs = [Output(tmp_path / name, is_film=False) for name in names]
        done = [] if done is None else done
        running, lock = set(), threading.Lock()

        def run_job(source, _):
            with lock:
                running.add(source.name)
                workers.most_running = max(workers.most_running, len(running))
            try:
                do(source.name)
            finally:
                with lock:
                    running.remove(source.name)
            return JobResult(1, 1, PhaseTimer())

        return batch.run_jobs(
            sources, outputs, run_job, False, keep_going, lambda path, _: done.append(path.name), executor=workers
        )

    return begin


def states(reports):
    return "".join({"done": "d", "failed": "f", "not begun": "-"}[report.state] for report in reports)


def test_as_many_jobs_run_as_there_is_room_for(run):
    together = threading.Barrier(3)
    workers, done = Workers(3), []
    reports = run("abcdef", lambda _: together.wait(PATIENCE), workers, done=done)
    assert states(reports) == "dddddd"
    assert sorted(done) == list("abcdef")
    assert workers.most_running == 3
    assert [report.spec for report in reports] == list("abcdef")


def test_results_are_reported_in_the_order_of_their_ends(run):
    done = []

    def do(name):
        if name == "a":
            wait_for(lambda: done == ["b"])

    run("ab", do, Workers(2), done=done)
    assert done == ["b", "a"]


@pytest.mark.parametrize(("keep_going", "states_then"), [(False, "df--"), (True, "dfdd")])
def test_after_a_failure_other_jobs_start_only_with_keep_going(run, keep_going, states_then):
    both = threading.Barrier(2)
    workers, done, failing = Workers(2), [], []

    def do(name):
        if name == "b":
            failing.append(threading.current_thread())
        if name in "ab":
            both.wait(PATIENCE)
        if name == "b":
            raise OutputError("b: in the way")
        if name == "a":  # runs on until the failure of the other has been heard, and ends well
            failing[0].join(PATIENCE)
            if not keep_going:
                workers.wait_until_asked_again(2)

    reports = run("abcd", do, workers, keep_going, done)
    assert states(reports) == states_then
    assert sorted(done) == [name for name, state in zip("abcd", states_then, strict=True) if state == "d"]
    with pytest.raises(Exception, match="b: in the way") as raised:
        batch.raise_failures(reports)
    assert raised.value.exit_code == 4


def test_an_interrupt_stops_all_jobs_and_waits_for_them(run, monkeypatch):
    monkeypatch.setattr(batch, "SHUTDOWN_TIMEOUT", PATIENCE)
    workers, done, ended = Workers(2), [], []

    def do(name):
        if name == "b":
            os.kill(os.getpid(), signal.SIGINT)
        assert workers.stopped.wait(PATIENCE)
        ended.append(name)
        raise KeyboardInterrupt

    reports = run("abc", do, workers, keep_going=True, done=done)
    assert workers.stopped.is_set()
    assert sorted(ended) == ["a", "b"]
    assert (states(reports), done) == ("ff-", [])
    assert [report.reason for report in reports[:2]] == [str(interruption_of(name)) for name in "ab"]
    with pytest.raises(Exception, match="a: interrupted") as raised:
        batch.raise_failures(reports)
    assert raised.value.exit_code == Interrupted.exit_code


def test_an_interrupt_does_not_wait_for_a_film_that_is_being_encoded(run, monkeypatch):
    monkeypatch.setattr(batch, "SHUTDOWN_TIMEOUT", 0.5)
    encoded, ended = threading.Event(), []

    def do(name):
        if name == "b":
            os.kill(os.getpid(), signal.SIGINT)
        encoded.wait(PATIENCE)
        ended.append(name)

    reports = run("ab", do, Workers(2))
    assert ended == []
    assert [report.reason for report in reports] == [str(interruption_of(name)) for name in "ab"]
    encoded.set()


def test_the_code_of_an_interrupt_counts_also_if_another_job_failed_after_it():
    reports = [
        batch.JobReport("a", "a", "failed", "a: interrupted", Interrupted.exit_code),
        batch.JobReport("b", "b", "failed", "gone", 3),
        batch.JobReport("c", "c", "failed", "gone", 3),
    ]
    with pytest.raises(Exception, match=r"^a: interrupted\ngone$") as raised:
        batch.raise_failures(reports)
    assert raised.value.exit_code == Interrupted.exit_code


def test_a_bug_is_raised(run):
    def do(name):
        if name == "b":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run("abc", do, Workers(2))
