# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's start file, with Kernelwalk registered by a script; and a desktop Blender with its window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .window import Window
from .window_actions import set_preference

SCREENSHOTS = Path(os.environ.get("KERNELWALK_SCREENSHOTS", Path(__file__).parents[2] / "build" / "screenshots"))

PREPARE = """
window, area, _ = find_view()
# without a graphics card, a redraw is slow
window.scene.eevee.taa_samples = 1
area.spaces.active.overlay.show_overlays = False
bpy.context.preferences.system.viewport_aa = "OFF"  # else each change is drawn eight times
bpy.context.preferences.view.smooth_view = 0
bpy.context.preferences.view.render_display_type = "NONE"  # a second window would have the keyboard
bpy.ops.wm.save_homefile()
"""


@pytest.fixture
def scene() -> Iterator[Any]:
    """Yield the scene of Blender's start file, which has a cube, a light and a camera; the add-on is enabled."""
    bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")
    import kernelwalk

    bpy.ops.wm.read_homefile(use_factory_startup=True)  # preferences stay: a sixth of the time
    kernelwalk.register()
    yield bpy.data.scenes[0]
    kernelwalk.unregister()


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """Yield a window in which the add-on's zip has been installed."""
    folder = tmp_path_factory.mktemp("package")
    command = [sys.executable, "-m", "kernelwalk_pipeline", "package", "-o", str(folder)]
    archive = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    with Window(SCREENSHOTS) as window:
        install = {"filepath": archive, "repo": "user_default", "enable_on_install": True}
        window.run_python(f"bpy.ops.extensions.package_install_files(**{install!r})")
        window.open_sidebar()
        window.run_python(PREPARE)
        yield window


@pytest.fixture
def window(opened: Window) -> Iterator[Window]:
    """Yield the window with Blender's start file and an open sidebar. Generate leaves the shading as it is."""
    opened.run_python("bpy.ops.wm.read_homefile(load_ui=True)")
    set_preference(opened, "show_colors", "OFF")
    opened.open_sidebar()
    yield opened
    log = (opened.folder / "log").read_text(errors="replace")
    assert "Traceback" not in log and "Error:" not in log, log[-3000:]
