# SPDX-License-Identifier: GPL-3.0-or-later
"""Every add-on test has Blender's start file and Kernelwalk registered, as a script does it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def scene() -> Iterator[Any]:
    """The scene of Blender's own start file, with a cube, a light and a camera, and the add-on enabled."""
    bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")
    import kernelwalk

    bpy.ops.wm.read_factory_settings()
    kernelwalk.register()
    yield bpy.data.scenes[0]
    kernelwalk.unregister()
