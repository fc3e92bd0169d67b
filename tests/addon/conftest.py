# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's start file, with Kernelwalk registered by a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def scene() -> Iterator[Any]:
    """Yield the scene of Blender's start file, which has a cube, a light and a camera; the add-on is enabled."""
    bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")
    import kernelwalk

    bpy.ops.wm.read_factory_settings()
    kernelwalk.register()
    yield bpy.data.scenes[0]
    kernelwalk.unregister()
