# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared fixtures of the pipeline's tests: a tiny spec, the command in this process or its own, and its frames.

BLENDER is taken out of every test's environment: they use the Python package bpy, which none of them imports here.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table
from numpy.typing import NDArray
from PIL import Image

from .shared_blender import shared_blender, shared_processes  # noqa: F401  # fixtures

COMMAND = [sys.executable, "-m", "kernelwalk_pipeline"]

TINY: dict[str, Any] = {
    "layer": {"op": "conv", "input": [3, 4], "kernel": 2},
    "walk": {"frames_per_step": 2, "lead_in": 2, "lead_out": 3, "fps": 10},
    "render": {"resolution": [96, 54], "samples": 1},
}
"""A spec with six steps on 17 frames; the first two frames look like the last three."""


LONG: dict[str, Any] = {"walk": {"frames_per_step": 5, "hold": 1}}
"""Changes to the tiny spec that leave frames to render after an interruption."""


PATIENCE = 600.0
"""Seconds after which a test gives up: what it waits for will never come. No test measures how long something takes."""


def wait_for(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


def list_descendants(pid: int) -> list[int]:
    """Return the ids of a process's children and theirs, on Linux."""
    own: list[int] = []
    with suppress(OSError):  # it has ended
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            own += map(int, path.read_text().split())
    return [item for child in own for item in (child, *list_descendants(child))]


def is_alive(pid: int) -> bool:
    """Return True if a process is there and no zombie, on Linux."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def have_ended(processes: Iterable[int]) -> bool:
    """Return True if none of the processes is left."""
    return not any(map(is_alive, processes))


def has_ended(group: int) -> bool:
    """Return True if no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


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


PROGRESS = re.compile(r"\S+: \d+ of \d+ pictures, ")


@dataclass(frozen=True)
class Ran:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """The lines of stderr, which must all be messages of the command; without progress, which a slow run tells."""
        lines = [line for line in self.err.splitlines() if not PROGRESS.match(line)]
        assert "Traceback" not in self.err, self.err
        assert all(line.startswith("kernelwalk: ") for line in lines), self.err
        return lines


@dataclass(frozen=True)
class Rendered:
    """A folder of frames that was rendered without interruption, and the command's output."""

    folder: Path
    plan: Plan
    ran: Ran


def toml_of(table: dict[str, Any]) -> str:
    """Return TOML whose sections hold plain values, which are written as in JSON."""
    plain = [f"{key} = {json.dumps(value)}" for key, value in table.items() if not isinstance(value, dict)]
    for name, section in table.items():
        if isinstance(section, dict):
            plain += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in section.items())]
    return "\n".join(plain) + "\n"


def tiny_table(sections: dict[str, Any]) -> dict[str, Any]:
    """Return TINY with some keys of its sections changed."""
    table = copy.deepcopy(TINY)
    for name, section in sections.items():
        table[name] = {**table.get(name, {}), **section} if isinstance(section, dict) else section
    return table


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "BLENDER"}


def run_command(*arguments: Any, cwd: Path, timeout: float = PATIENCE, **options: Any) -> Ran:
    options.setdefault("env", environment())
    command = [*COMMAND, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout, **options)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return Chromium: that of the system, or else Playwright's own. It has WebGL without a graphics card, too."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs kernelwalk[browser]")
    drawing = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
    with playwright.sync_playwright() as started:
        chromium = shutil.which("chromium")
        opened = started.chromium.launch(executable_path=chromium, args=drawing, timeout=1000 * PATIENCE)
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def no_blender_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLENDER", raising=False)


@pytest.fixture
def spec(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the tiny spec with changes: spec("name", walk={"fps": 25})."""

    def write(name: str = "tiny", **sections: Any) -> Path:
        path = tmp_path / f"{name}.toml"
        path.write_text(toml_of(tiny_table(sections)))
        return path

    return write


@pytest.fixture
def planned() -> Callable[..., Plan]:
    """Return a function that plans the tiny spec with changes."""
    return lambda **sections: make_plan(spec_from_table(tiny_table(sections)))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Ran]:
    """Return a function that runs the command in its own process: run("render", spec, "-o", "film.mp4")."""
    return lambda *arguments, **options: run_command(*arguments, cwd=tmp_path, **options)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Yield a function that starts the command in the test's folder and lets it run until the test ends."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: Any) -> subprocess.Popen[str]:
        command = [*COMMAND, *map(str, arguments)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True, env=environment())
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ran]]:
    """Yield a function that runs the command in this process, in the test's folder."""
    import signal

    from kernelwalk_pipeline import cli

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)  # the command sets its own
    handlers = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}

    def begin(*arguments: Any) -> Ran:
        monkeypatch.setattr(sys, "argv", ["kernelwalk", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        reported = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, reported.out, reported.err)

    yield begin
    for name, handler in handlers.items():
        signal.signal(name, handler)


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


@pytest.fixture(scope="session")
def bpy_is_there() -> None:
    """Skip the test if Blender's Python package is not installed."""
    result = importlib.util.find_spec("bpy")
    if result is None or result.origin is None or result.origin.endswith(".pyi"):
        pytest.skip("needs Blender as a Python module: pip install bpy")


@pytest.fixture(scope="session")
def tiny_toml() -> str:
    """Return the tiny spec as TOML."""
    return toml_of(TINY)


@pytest.fixture(scope="session")
def render_tiny() -> Callable[..., Ran]:
    """Return a function that renders the tiny spec with changes; its tiny.toml lies beside the output."""

    def render(out: Path, **sections: Any) -> Ran:
        (out.parent / "tiny.toml").write_text(toml_of(tiny_table(sections)))
        return run_command("render", "tiny.toml", "-o", out.name, cwd=out.parent)

    return render


@pytest.fixture(scope="session")
def rendered(bpy_is_there: None, render_tiny: Callable[..., Ran], tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Return the tiny spec's frames. Tests must copy them before a change."""
    folder = tmp_path_factory.mktemp("rendered") / "frames"
    ran = render_tiny(folder)
    assert ran.code == 0, ran.err
    return Rendered(folder, make_plan(spec_from_table(TINY)), ran)


@pytest.fixture(scope="session")
def undisturbed(bpy_is_there: None, render_tiny: Callable[..., Ran], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the frames of the long spec, rendered without interruption. Tests must not change them."""
    folder = tmp_path_factory.mktemp("undisturbed") / "frames"
    ran = render_tiny(folder, **LONG)
    assert ran.code == 0, ran.err
    return folder


@pytest.fixture(scope="session")
def pixels() -> Callable[[Path], NDArray[np.int64]]:
    """Return a function that reads the 8-bit RGB of a picture, shape (height, width, 3)."""

    def load(path: Path) -> NDArray[np.int64]:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB")).astype(np.int64)

    return load


@pytest.fixture(scope="session")
def frames_in(pixels: Callable[[Path], NDArray[np.int64]]) -> Callable[[Path], list[NDArray[np.int64]]]:
    """Return a function that reads the frames of a folder in order."""
    return lambda folder: [pixels(path) for path in sorted(folder.glob("frame_*.png"))]


@dataclass(frozen=True)
class Shown:
    """A film as a player shows it.

    pictures: as stored, equal ones included; times: at which they appear; seconds: the film's duration
    """

    pictures: list[NDArray[np.int64]]
    times: list[float]
    seconds: float
    loops: int | None

    def at(self, time: float) -> NDArray[np.int64]:
        """Return the picture on the screen at a time."""
        return self.pictures[int(np.searchsorted(self.times, time, side="right")) - 1]


@pytest.fixture(scope="session")
def watch() -> Callable[[Path], Shown]:
    """Return a function that decodes a film: videos with FFmpeg, as BT.709; animations with Pillow."""

    def decoded(path: Path) -> Shown:
        return _watched_by_ffmpeg(path) if path.suffix in (".mp4", ".webm", ".mov") else _watched_by_pillow(path)

    return decoded


def _watched_by_ffmpeg(path: Path) -> Shown:
    import av

    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        assert container.duration is not None
        pictures = [
            frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray().astype(int)
            for frame in frames
        ]
        return Shown(pictures, [float(frame.time or 0) for frame in frames], container.duration / 1e6, None)


def _watched_by_pillow(path: Path) -> Shown:
    pictures, times, now = [], [], 0.0
    with Image.open(path) as film:
        for number in range(getattr(film, "n_frames", 1)):
            film.seek(number)
            film.load()
            pictures.append(np.asarray(film.convert("RGB")).astype(np.int64))
            times.append(now)
            now += film.info.get("duration", 0.0) / 1000
        return Shown(pictures, times, now, film.info.get("loop"))
