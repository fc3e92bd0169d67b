# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures between a command and Blender: scripts in its place, a worker that waits, and the frames that it reports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HELD = """
import pathlib, runpy, sys, time
sys.path.insert(0, {pipeline!r})
from kernelwalk_pipeline.worker import protocol, stdio

send_event, go, started = stdio.send_event, pathlib.Path({go!r}), []

def hold_and_send(name, **values):
    started.extend([values] if name == protocol.FRAME_STARTED else [])
    while len(started) > {pictures} and name == protocol.FRAME_STARTED and not go.exists():
        time.sleep(0.02)
    send_event(name, **values)

stdio.send_event = hold_and_send
runpy.run_path({worker!r}, run_name="__main__")
"""
"""A worker that stops after some pictures, until a file is there: those are reported, and nothing else is rendered or
written meanwhile."""


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a shell script to run instead of Blender: program("name", "exit 1")."""
    if os.name != "posix":
        pytest.skip("needs shell scripts")

    def write(name: str, body: str) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def held(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Return a function that writes a Blender that stops after some pictures, until `go` is in the test's folder."""
    from kernelwalk_pipeline.blenders.launcher import WORKER_SCRIPT

    folder = tmp_path_factory.mktemp("held")
    script, worker = folder / "blender", folder / "worker.py"
    paths = {"go": str(tmp_path / "go"), "worker": str(WORKER_SCRIPT), "pipeline": str(WORKER_SCRIPT.parents[2])}

    def write(pictures: int) -> Path:
        worker.write_text(HELD.format(pictures=pictures, **paths))
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{worker}"\n')
        script.chmod(0o755)
        return script

    return write


@pytest.fixture
def blender_started(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Return a function: did the command start Blender? A script in its place leaves a mark."""
    folder = tmp_path_factory.mktemp("trap")
    script, mark = folder / "blender", folder / "started"
    script.write_text(f'#!/bin/sh\n: >"{mark}"\nexit 1\n')
    script.chmod(0o755)
    monkeypatch.setenv("BLENDER", str(script))
    return mark.exists


@pytest.fixture
def blender_frames(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list of frames that Blender reports as rendered to commands in this process."""
    from kernelwalk_pipeline.blenders.blender_pool import BlenderPool

    reported: list[int] = []
    work = BlenderPool.run_tasks

    def heard(*arguments: Any) -> Iterator[Any]:
        for worker, event in work(*arguments):
            if event["event"] == "frame_rendered":
                reported.append(event["frame"])
            yield worker, event

    monkeypatch.setattr(BlenderPool, "run_tasks", heard)
    return reported
