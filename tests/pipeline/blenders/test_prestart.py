# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker is loaded together with the command, Blender only once it is needed, and nothing is left of either."""

from __future__ import annotations

import os
import sys

import pytest
import typer
from kernelwalk_pipeline import cli
from kernelwalk_pipeline.blenders import launcher, prestart

from ..patience import PATIENCE


def test_the_commands_that_need_blender_are_those_with_an_option_for_it():
    commands = typer.main.get_command(cli.build_app()).commands
    with_option = {
        name for name, command in commands.items() if any(option.name == "blender" for option in command.params)
    }
    assert set(prestart.BLENDER_COMMANDS) == with_option - {"compare"}  # which draws only where it is asked to


@pytest.fixture
def started(monkeypatch):
    """The command lines that are started, each as a worker that only waits."""
    commands = []
    launch = launcher.launch

    def launch_waiting(command):
        commands.append(command)
        return launch([sys.executable, "-c", "import sys; sys.stdin.read()"])

    monkeypatch.setattr(launcher, "launch", launch_waiting)
    monkeypatch.setattr(launcher, "worker_command", lambda executable: [sys.executable, "worker.py"])
    yield commands
    prestart.terminate_worker()


@pytest.mark.parametrize(
    "argv",
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
def test_no_worker_is_started_for_a_command_that_needs_none(started, argv):
    prestart.start_worker(argv)
    assert not started


def test_no_worker_is_started_if_another_blender_is_set(started, monkeypatch):
    monkeypatch.setenv("BLENDER", "elsewhere")
    prestart.start_worker(["render", "mathematica"])
    assert not started


def test_a_worker_is_claimed_once_and_only_by_its_own_command_line(started):
    prestart.start_worker(["render", "mathematica"])
    assert len(started) == 1
    worker = prestart._worker
    assert prestart.claim_worker(["another"]) is None
    assert prestart.claim_worker(worker.args) is worker
    assert prestart.claim_worker(worker.args) is None
    prestart.terminate_worker()
    assert worker.poll() is None, "it belongs to the claimant now"
    launcher.terminate(worker, is_patient=False)


@pytest.mark.usefixtures("started")
def test_a_worker_that_has_ended_or_was_terminated_is_not_claimed():
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
    """The file that a module in Blender's place creates when it is imported."""
    folder, mark = tmp_path / "trap", tmp_path / "mark"
    folder.mkdir()
    (folder / "bpy.py").write_text(f"open({str(mark)!r}, 'w')\nraise ImportError('a trap')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    return mark


def test_a_worker_loads_blender_with_its_first_line_of_input(trap):
    unused, worker = (launcher.launch([sys.executable, str(launcher.WORKER_SCRIPT)]) for _ in range(2))
    unused.stdin.close()
    unused.wait(PATIENCE)
    assert not trap.exists()
    worker.stdin.write("\n")
    worker.stdin.flush()
    assert worker.wait(PATIENCE) == 1
    assert trap.exists()
    for process in (unused, worker):
        launcher.terminate(process, is_patient=False)


@pytest.fixture
def worker_ids(tmp_path, monkeypatch):
    """Returns the process ids of all workers that were started."""
    folder, log = tmp_path / "site", tmp_path / "log"
    folder.mkdir()
    is_worker = "'worker.py' in ' '.join(sys.orig_argv)"
    code = f"import os, sys\nif {is_worker}:\n    print(os.getpid(), file=open({str(log)!r}, 'a'))\n"
    (folder / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    return lambda: [int(line) for line in log.read_text().split()] if log.exists() else []


@pytest.mark.usefixtures("bpy_is_there")
@pytest.mark.parametrize("count", [pytest.param(1, marks=pytest.mark.thorough), 2])
def test_the_prestarted_worker_is_the_one_that_renders(run, spec, worker_ids, count):
    path = spec(walk={"frames_per_step": 9, "hold": 1})
    assert run("render", path, "-o", "out", "--workers", count).code == 0
    assert len(worker_ids()) == count


@pytest.mark.usefixtures("bpy_is_there")
@pytest.mark.skipif(os.name != "posix", reason="asks for processes by their id")
def test_no_worker_outlives_a_command_that_did_not_need_it(run, spec, worker_ids):
    assert run("render", spec(walk={"fps": 0}), "-o", "out").code == 2
    for worker in worker_ids():
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
