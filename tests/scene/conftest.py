# SPDX-License-Identifier: GPL-3.0-or-later
"""Every scene test starts from a new, empty file.

KERNELWALK_GOLDEN=1 makes the golden pictures again; where a picture differs from its golden one, it is left in
build/golden beside it and the difference.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

GOLDEN = Path(__file__).with_name("golden")
DIFFERENCES = Path(__file__).parents[2] / "build" / "golden"

MEAN, PIXELS, UNITS = 0.4, 0.03, 8
"""What versions may differ by: on average over all values, in 8-bit units; and the share of pixels that may differ by
more than so many units: on edges and in shadows, where 5.0 draws its samples in another pattern."""

TRIAL = Path(__file__).with_name("try_eevee.py")


@pytest.fixture(autouse=True)
def fresh_file() -> None:
    bpy = pytest.importorskip("bpy", reason="needs Blender as a Python module: pip install bpy")
    bpy.ops.wm.read_factory_settings(use_empty=True)


@pytest.fixture
def scene(fresh_file: None) -> Any:
    """The file's only scene."""
    import bpy

    return bpy.context.scene


@pytest.fixture(scope="session", autouse=True)
def eevee_trial(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A process that tries EEVEE, which could take this one down; it runs while the first tests do."""
    if not any("engine" in getattr(item, "fixturenames", ()) for item in request.session.items):
        yield None
        return
    trial = subprocess.Popen([sys.executable, TRIAL], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield trial
    trial.kill()
    trial.wait()


@pytest.fixture(scope="session")
def why_no_eevee(eevee_trial: Any) -> str:
    """Why EEVEE cannot render here, empty where it can: without EGL its process dies."""
    try:
        code = eevee_trial.wait(timeout=180)
    except subprocess.TimeoutExpired:
        return "EEVEE did not render a picture of a few pixels in three minutes"
    return f"EEVEE cannot render here: a process that tried ended with {code}" if code else ""


@pytest.fixture(params=["cycles", "eevee"])
def engine(request: pytest.FixtureRequest, why_no_eevee: str) -> str:
    """Each render engine; EEVEE is skipped with the reason where it cannot be used."""
    if request.param == "eevee" and why_no_eevee:
        pytest.skip(why_no_eevee)
    return request.param


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Any]:
    """Renders a frame of a scene: picture(scene, frame) gives 8-bit RGB of shape (height, width, 3)."""
    from . import helpers

    return lambda scene, frame: helpers.rendered(scene, frame, tmp_path / f"{scene.name}_{frame}.png")


@pytest.fixture
def golden() -> Callable[..., None]:
    """Holds a picture against the golden one of a name: golden(name, picture), with its own mean where it needs one."""

    def compare(name: str, found: Any, mean: float | None = None) -> None:
        path = GOLDEN / f"{name}.png"
        if os.environ.get("KERNELWALK_GOLDEN"):
            Image.fromarray(found.astype(np.uint8)).save(path, optimize=True)
        with Image.open(path) as file:
            kept = np.asarray(file.convert("RGB")).astype(int)
        off = np.abs(found - kept)
        far = float((off.max(axis=2) > UNITS).mean())
        as_kept = off.mean() <= (mean or MEAN) and far <= PIXELS
        if not as_kept:
            import bpy

            DIFFERENCES.mkdir(parents=True, exist_ok=True)
            pictures = np.concatenate([found, kept, np.clip(off * 8, 0, 255)], axis=1)
            Image.fromarray(pictures.astype(np.uint8)).save(DIFFERENCES / f"{name} {bpy.app.version_string}.png")
        assert as_kept, f"{name}: off by {off.mean():.2f} on average, {far:.1%} of all pixels by more than {UNITS}"

    return compare
