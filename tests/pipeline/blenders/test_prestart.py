# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker is loaded while the command is, Blender only once it is needed, and nothing is left of either."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys

import pytest
from kernelwalk_pipeline import cli
from kernelwalk_pipeline.blenders import launcher, prestart


def test_the_commands_that_need_blender_are_those_that_can_be_given_one():
    callbacks = {cli._name(each): each.callback for each in cli.app.registered_commands}
    assert set(prestart.BLENDER_COMMANDS) == {
        name for name, each in callbacks.items() if "blender" in inspect.signature(each).parameters
    }


@pytest.fixture
def begun(monkeypatch):
    """What is started of a command's words, by a worker that only waits."""
    started = []
    start = launcher.launch

    def waiting(words):
        started.append(words)
        return start([sys.executable, "-c", "import sys; sys.stdin.read()"])

    monkeypatch.setattr(launcher, "start", waiting)
    monkeypatch.setattr(launcher, "command", lambda executable: [sys.executable, "worker.py"])
    yield started
    prestart.terminate_worker()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--help"],
        ["inspect", "mathematica"],
        ["render", "-h"],
        ["still", "mathematica", "--blender", "elsewhere"],
        ["still", "mathematica", "--blender=elsewhere"],
        ["render", "mathematica", "--dask", "local"],
    ],
    ids=" ".join,
)
def test_no_worker_is_loaded_for_what_needs_none(begun, words):
    prestart.start_worker(words)
    assert not begun


def test_no_worker_is_loaded_where_another_blender_is_named(begun, monkeypatch):
    monkeypatch.setenv("BLENDER", "elsewhere")
    prestart.start_worker(["render", "mathematica"])
    assert not begun


def test_a_worker_is_taken_once_and_by_who_would_start_the_same(begun):
    prestart.start_worker(["render", "mathematica"])
    assert len(begun) == 1
    worker = prestart._worker
    assert prestart.claim_worker(["another"]) is None
    assert prestart.claim_worker(worker.args) is worker
    assert prestart.claim_worker(worker.args) is None
    prestart.terminate_worker()
    assert worker.poll() is None, "it is somebody else's now"
    launcher.terminate(worker, is_patient=False)


def test_a_worker_that_has_ended_or_was_dismissed_is_not_taken(begun):
    prestart.start_worker(["render", "mathematica"])
    worker = prestart._worker
    worker.kill()
    worker.wait()
    assert prestart.claim_worker(worker.args) is None
    prestart.start_worker(["render", "mathematica"])
    worker = prestart._worker
    prestart.terminate_worker()
    assert worker.returncode is not None
    assert prestart.claim_worker(worker.args) is None


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module in Blender's place that leaves a mark."""
    folder, mark = tmp_path / "trap", tmp_path / "mark"
    folder.mkdir()
    (folder / "bpy.py").write_text(f"open({str(mark)!r}, 'w')\nraise ImportError('a trap')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    return mark


def test_a_worker_loads_blender_with_the_first_line_that_it_hears(trap):
    worker = launcher.launch([sys.executable, str(launcher.WORKER_SCRIPT)])
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(2)
    assert not trap.exists()
    worker.stdin.write("\n")
    worker.stdin.flush()
    assert worker.wait(30) == 1
    assert trap.exists()
    launcher.terminate(worker, is_patient=False)


@pytest.fixture
def workers(tmp_path, monkeypatch):
    """The process numbers of the workers that Pythons start as."""
    folder, log = tmp_path / "site", tmp_path / "log"
    folder.mkdir()
    worker = "'worker.py' in ' '.join(sys.orig_argv)"
    note = f"import os, sys\nif {worker}:\n    print(os.getpid(), file=open({str(log)!r}, 'a'))\n"
    (folder / "sitecustomize.py").write_text(note)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    return lambda: [int(line) for line in log.read_text().split()] if log.exists() else []


@pytest.mark.usefixtures("bpy_is_there")
@pytest.mark.parametrize("count", [1, 2])
def test_the_worker_that_is_loaded_ahead_is_the_one_that_renders(run, spec, workers, count):
    path = spec(walk={"frames_per_step": 9, "hold": 1})
    assert run("render", path, "-o", "out", "--workers", count).code == 0
    assert len(workers()) == count


@pytest.mark.usefixtures("bpy_is_there")
@pytest.mark.skipif(os.name != "posix", reason="asks for processes by their number")
def test_no_worker_outlives_a_command_that_did_not_need_it(run, spec, workers):
    assert run("render", spec(walk={"fps": 0}), "-o", "out").code == 2
    for worker in workers():
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
