# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender processes that outlive a command and serve the next one, as if it had started them.

A start costs more than a second of processor time, more than most tests render with. Only commands that run
in the tests' own process are served, and only in tests with the fixture `shared_blender`, which claim nothing about how
a process starts or ends, or how many there are.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernelwalk_pipeline.blenders import blender_pool
from kernelwalk_pipeline.blenders.blender_process import BlenderProcess, MessageQueue
from kernelwalk_pipeline.blenders.launcher import WORKER_SCRIPT

FORGETFUL = """
import os, runpy, sys
sys.path[:0] = {paths!r}
sys.setdlopenflags(os.RTLD_LAZY)
from kernelwalk_pipeline.worker.task_runner import TaskRunner

run = TaskRunner.run

def run_as_new(self, task):
    if "new_in" in task:
        self.__init__(self.is_superseded)
        os.chdir(task["new_in"])
    run(self, task)

TaskRunner.run = run_as_new
runpy.run_path({worker!r}, run_name="__main__")
"""
"""A worker that forgets its scene, its notes and its devices at the first task of each command."""


def inherited_environment() -> dict[str, str]:
    """Return what a process that starts now inherits, without the name of the test."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


class Relay:
    """Passes messages on to the pool that a process serves."""

    def __init__(self, queue: MessageQueue) -> None:
        self.queue = queue

    def put(self, message: Any) -> None:
        self.queue.put(message)


class SharedProcess(BlenderProcess):
    """A process that is not ended by the pool that it serves, unless it is busy: then it ends as any other."""

    def __init__(self, script: Path, messages: MessageQueue) -> None:
        self.relay, self.is_serving, self.is_new_to_command = Relay(messages), True, True
        super().__init__([sys.executable, str(script)], self.relay)  # type: ignore[arg-type]

    def is_free(self) -> bool:
        return not self.is_serving and self.process.poll() is None

    def serve(self, messages: MessageQueue) -> None:
        self.relay.queue, self.is_serving, self.is_new_to_command = messages, True, True
        self.take_log()

    def assign(self, task: Path) -> bool:
        if self.is_new_to_command:
            table = json.loads(task.read_text())
            task.write_text(json.dumps({**table, "new_in": str(Path.cwd())}))
            self.is_new_to_command = False
        return super().assign(task)

    def close_input(self) -> None:
        """Leave it open for the next command."""

    def terminate(self) -> None:
        if self.is_busy or self.process.poll() is not None:
            self.end()
        self.is_serving = False

    def end(self) -> None:
        super().close_input()
        super().terminate()


class SharedBlender:
    """The processes of a run of the tests, which all have ended when the context is left."""

    def __init__(self, folder: Path) -> None:
        self.script, self.processes = folder / "forgetful_worker.py", list[SharedProcess]()
        self.environment = inherited_environment()
        pipeline = WORKER_SCRIPT.parents[2]
        paths = [str(pipeline.parent / "addon"), str(pipeline)]
        self.script.write_text(FORGETFUL.format(paths=paths, worker=str(WORKER_SCRIPT)))

    def __enter__(self) -> SharedBlender:
        return self

    def __exit__(self, *_: object) -> None:
        self.end_all()

    def begin_test(self) -> None:
        """End processes whose environment has passed: importing bpy, as some tests do, adds to this process's own."""
        environment = inherited_environment()
        if environment != self.environment:
            self.end_all()
            self.environment = environment

    def end_all(self) -> None:
        for process in self.processes:
            process.end()
        self.processes.clear()

    def start(self, command: list[str], messages: MessageQueue) -> BlenderProcess:
        """Return a process, in place of `BlenderProcess(command, messages)`.

        It is a shared one if this Python's own bpy is asked for, in the environment in which the test began.
        """
        if command != [sys.executable, str(WORKER_SCRIPT)] or inherited_environment() != self.environment:
            return BlenderProcess(command, messages)
        for process in self.processes:
            if process.is_free():
                process.serve(messages)
                return process
        process = SharedProcess(self.script, messages)
        self.processes.append(process)
        return process


@pytest.fixture(scope="session")
def shared_processes(bpy_is_there: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedBlender]:
    """Yield the Blender processes that serve one command after another."""
    with SharedBlender(tmp_path_factory.mktemp("shared_blender")) as shared:
        yield shared


@pytest.fixture
def shared_blender(shared_processes: SharedBlender, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let commands in this process take a Blender that has served others, and see that they leave none at work."""
    shared_processes.begin_test()
    monkeypatch.setattr(blender_pool, "BlenderProcess", shared_processes.start)
    yield
    assert not [process for process in shared_processes.processes if process.is_serving], "a pool ends its processes"
