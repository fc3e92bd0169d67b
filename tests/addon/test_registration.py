# SPDX-License-Identifier: GPL-3.0-or-later
"""A script that registers the add-on: it ends by itself, as a process with the exit code of the script."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("bpy") is None, reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13"
)

GUARD = 300
"""Seconds after which a process that hangs is ended. One that does not hang takes a few."""

BEGIN = "import sys, bpy, kernelwalk; kernelwalk.register()"

GENERATE = """
props = bpy.context.scene.kernelwalk
props.render.resolution, props.render.samples = (32, 18), 1
assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
"""

RENDER = "bpy.ops.render.render()"

CHANGE_AND_LOAD = """
props.layer.kernel = (2, 2, 2)
bpy.ops.wm.read_homefile()
"""

SCRIPTS = {
    "registers": [BEGIN],
    "registers and unregisters": [BEGIN, "kernelwalk.unregister()"],
    "generates and renders": [BEGIN, GENERATE, RENDER],
    "loads a file while an update is pending": [BEGIN, GENERATE, CHANGE_AND_LOAD],
}


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(lines, id=name, marks=pytest.mark.thorough if name == "registers" else ())
        for name, lines in SCRIPTS.items()
    ],
)
def test_a_script_that_registers_the_add_on_ends_by_itself(lines: list[str]) -> None:
    command = [sys.executable, "-c", "\n".join([*lines, "sys.exit(7)"])]
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=GUARD)
    assert (process.returncode, process.stderr) == (7, "")
