# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress: plain lines in a pipe, not too many; a bar on a terminal. Never on stdout."""

from __future__ import annotations

import io
import itertools
import re
from types import SimpleNamespace

import pytest
from kernelwalk_pipeline import progress as module
from kernelwalk_pipeline.progress import LINE_INTERVAL, show_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock of this module alone, that advances by the seconds that a test sets, at each reading."""
    seconds = {"pass": 1.0}
    times = itertools.accumulate(iter(lambda: seconds["pass"], None))
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(times)))
    return seconds


def test_in_a_pipe_the_last_picture_is_always_reported(capsys, clock):
    with show_progress("film", total=3, done=0) as show:
        for done in (1, 2, 3):
            show(done)
    reported = capsys.readouterr()
    assert re.fullmatch(r"film: 3 of 3 pictures, [\d.]+ per second\n", reported.err)
    assert not reported.out


def test_in_a_pipe_lines_keep_their_interval(capsys, clock):
    clock["pass"] = LINE_INTERVAL / 4
    with show_progress("film", total=100, done=0) as show:
        for done in range(1, 100):
            show(done)
    lines = capsys.readouterr().err.splitlines()
    assert 20 <= len(lines) <= 25
    assert all(line.startswith("film: ") for line in lines)


def test_rate_and_time_left_are_those_of_this_run(capsys, clock):
    clock["pass"] = 0.0
    with show_progress("film", total=100, done=40) as show:
        clock["pass"] = 20.0
        show(50)
    assert capsys.readouterr().err == "film: 50 of 100 pictures, 0.50 per second, 100 s left\n"


def test_on_a_terminal_a_bar_shows_frames_rate_and_time_left(monkeypatch, capsys):
    screen = Terminal()
    monkeypatch.setattr(module.sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with show_progress("film", total=4, done=1) as show:
        for done in (2, 3, 4):
            show(done)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert "film" in shown
    assert "4/4" in shown
    assert re.search(r"\d:\d\d:\d\d", shown)
    assert not capsys.readouterr().out


def test_a_bar_ends_when_the_work_fails(monkeypatch):
    monkeypatch.setattr(module.sys, "stderr", Terminal())
    with pytest.raises(ZeroDivisionError), show_progress("film", total=4, done=0):
        raise ZeroDivisionError


def test_parallel_jobs_have_a_bar_each(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(module.sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with show_progress("second", total=5, done=0) as later:
        with show_progress("first", total=4, done=1) as show:
            show(4)
            later(2)
            (bars,) = module._active_bars
            assert [(task.description, task.completed) for task in bars.tasks] == [("second", 2), ("first", 4)]
        assert [task.description for task in bars.tasks] == ["second"], "what is done makes room"
        later(5)
    assert not module._active_bars
    assert bars.finished
    assert "5/5" in screen.getvalue()
