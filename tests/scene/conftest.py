# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the scene tests, each of which starts from a new, empty file.

KERNELWALK_GOLDEN=1 renders the golden pictures again. A picture that differs from its golden one is written to
build/golden, beside the golden one and the difference.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

GOLDEN = Path(__file__).with_name("golden")
DIFFERENCES = Path(__file__).parents[2] / "build" / "golden"

MAX_MEAN, MAX_DIFFERENT_SHARE, MAX_UNITS = 0.4, 0.03, 8
"""Limits of the difference between versions: its mean over all values, in 8-bit units, and the share of pixels that may
differ by more than MAX_UNITS. Edges and shadows differ, since 5.0 has another sampling pattern."""

TRIAL, TRIAL_SECONDS = Path(__file__).with_name("try_eevee.py"), 180


@pytest.fixture(autouse=True)
def fresh_file() -> None:
    bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module: pip install bpy")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)  # preferences stay: a sixth of the time


@pytest.fixture
def scene(fresh_file: None) -> Any:
    """Return the file's only scene."""
    import bpy

    return bpy.context.scene


@pytest.fixture(scope="session", autouse=True)
def eevee_trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Try EEVEE in another process, since it could crash this one, and yield the file that will hold its exit code.

    The trial runs beside the first tests, once for all processes of pytest.
    """
    folder = tmp_path_factory.getbasetemp()
    result = (folder.parent if hasattr(request.config, "workerinput") else folder) / "eevee_trial"
    trial = None
    if any("engine" in getattr(item, "fixturenames", ()) for item in request.session.items):
        with suppress(FileExistsError):
            result.with_suffix(".begun").touch(exist_ok=False)
            script = f'"{sys.executable}" "{TRIAL}"; echo $? >"{result}.part"; mv "{result}.part" "{result}"'
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            trial = subprocess.Popen(["sh", "-c", script], start_new_session=True, **quiet)
    yield result
    if trial is not None:
        try:
            trial.wait(TRIAL_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(trial.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def why_no_eevee(eevee_trial: Path) -> str:
    """Return the reason why EEVEE cannot render here, or "". Without EGL its process crashes."""
    end = time.monotonic() + TRIAL_SECONDS
    while not eevee_trial.exists():
        if time.monotonic() > end:
            return "EEVEE did not render a picture of a few pixels in three minutes"
        time.sleep(0.05)
    code = int(eevee_trial.read_text())
    return f"EEVEE cannot render here: a process that tried ended with {code}" if code else ""


@pytest.fixture(params=["cycles", "eevee"])
def engine(request: pytest.FixtureRequest, why_no_eevee: str) -> str:
    """Return each render engine; skip EEVEE, with the reason, if it cannot be used."""
    if request.param == "eevee" and why_no_eevee:
        pytest.skip(why_no_eevee)
    return request.param


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Any]:
    """Return a function that renders a frame: picture(scene, frame) is 8-bit RGB, shape (height, width, 3)."""
    from . import helpers

    return lambda scene, frame: helpers.render_frame(scene, frame, tmp_path / f"{scene.name}_{frame}.png")


@pytest.fixture
def golden() -> Callable[..., None]:
    """Return a function that compares a picture with a golden one: golden(name, picture), or with another mean."""

    def compare(name: str, actual: Any, mean: float | None = None) -> None:
        path = GOLDEN / f"{name}.png"
        if os.environ.get("KERNELWALK_GOLDEN"):
            Image.fromarray(actual.astype(np.uint8)).save(path, optimize=True)
        with Image.open(path) as file:
            kept = np.asarray(file.convert("RGB")).astype(int)
        off = np.abs(actual - kept)
        far = float((off.max(axis=2) > MAX_UNITS).mean())
        as_kept = off.mean() <= (mean or MAX_MEAN) and far <= MAX_DIFFERENT_SHARE
        if not as_kept:
            import bpy

            DIFFERENCES.mkdir(parents=True, exist_ok=True)
            pictures = np.concatenate([actual, kept, np.clip(off * 8, 0, 255)], axis=1)
            Image.fromarray(pictures.astype(np.uint8)).save(DIFFERENCES / f"{name} {bpy.app.version_string}.png")
        assert as_kept, f"{name}: off by {off.mean():.2f} on average, {far:.1%} of all pixels by more than {MAX_UNITS}"

    return compare
