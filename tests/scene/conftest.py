# SPDX-License-Identifier: GPL-3.0-or-later
"""Every scene test starts from a new, empty file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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
