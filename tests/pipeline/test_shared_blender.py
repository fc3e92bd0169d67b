# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of a Blender that commands share: it serves each as one of its own would, and none after it has failed."""

from __future__ import annotations

import json
import os
import signal

import numpy as np
import pytest

from .patience import PATIENCE

pytestmark = pytest.mark.usefixtures("shared_blender")


@pytest.fixture
def render(call, spec, tmp_path, monkeypatch):
    """Return a function that renders the tiny spec in a folder, and returns the seconds of the phases."""

    def begin(name):
        path = spec()
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        ran = call("render", path, "-o", "out", "--json", "--workers", 1)
        assert ran.code == 0, ran.err
        (output,) = json.loads(ran.out)["outputs"]
        return output["spent"]

    return begin


@pytest.fixture
def list_free(shared_processes):
    """Return a function that lists the processes that wait for a command."""
    return lambda: [process for process in shared_processes.processes if process.is_free()]


def test_each_command_has_a_scene_in_its_own_folder_from_a_process_that_stays(
    render, list_free, rendered, frames_in, tmp_path
):
    render("zero")
    free = list_free()
    for name in ("one", "two"):
        assert render(name)["build"] > 0
        assert np.array_equal(frames_in(tmp_path / name / "out"), frames_in(rendered.folder))
        assert list_free() == free != []


def test_a_process_that_has_ended_or_is_at_work_serves_no_other_command(render, list_free):
    render("one")
    ended = list_free()
    for process in ended:
        os.kill(process.process.pid, signal.SIGKILL)
        process.process.wait(PATIENCE)
    render("two")
    (other,) = list_free()
    assert other not in ended
    other.is_busy = True
    other.terminate()
    assert other.process.poll() is not None


def test_tests_after_a_change_of_the_environment_share_a_process_of_their_own(
    render, list_free, shared_processes, monkeypatch
):
    render("one")
    ended = list_free()
    monkeypatch.setenv("ADDED_BY_A_LIBRARY", "1")
    shared_processes.begin_test()
    assert all(process.process.poll() is not None for process in ended)
    render("two")
    render("three")
    (other,) = list_free()
    assert other not in ended


def test_a_command_that_names_its_blender_or_changes_the_environment_has_its_own(
    call, spec, program, shared_processes, monkeypatch
):
    count = len(shared_processes.processes)
    assert call("render", spec(), "-o", "out", "--blender", program("ending", "exit 1")).code == 3
    monkeypatch.setenv("BLENDER", str(program("ending", "exit 1")))
    assert call("render", spec(), "-o", "out").code == 3
    assert len(shared_processes.processes) == count
