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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kernelwalk.core import Plan, make_plan, spec_from_table

# fixtures
from .blender_stand_ins import blender_frames, blender_started, held, program  # noqa: F401
from .patience import PATIENCE
from .shared_blender import shared_blender, shared_processes  # noqa: F401
from .shown_films import frames_in, pixels, watch  # noqa: F401

COMMAND = [sys.executable, "-m", "kernelwalk_pipeline"]

TINY: dict[str, Any] = {
    "layer": {"op": "conv", "input": [3, 4], "kernel": 2},
    "walk": {"frames_per_step": 2, "lead_in": 2, "lead_out": 3, "fps": 10},
    "render": {"resolution": [96, 54], "samples": 1},
}
"""A spec with six steps on 17 frames; the first two frames look like the last three."""


LONG: dict[str, Any] = {"walk": {"frames_per_step": 5, "hold": 1}}
"""Changes to the tiny spec that leave frames to render after an interruption."""


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
