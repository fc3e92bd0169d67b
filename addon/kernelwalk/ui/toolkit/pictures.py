# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures from files, as Blender shows them in panels, while the add-on is registered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import bpy.utils.previews

_pictures: Any = {}
"""Blender's collection of pictures, by the paths of their files."""


def find_picture(path: Path) -> int:
    """Return the number by which Blender knows the picture in a file."""
    if str(path) not in _pictures:
        _pictures.load(str(path), str(path), "IMAGE")
    return int(_pictures[str(path)].icon_id)


def register() -> None:
    global _pictures
    _pictures = bpy.utils.previews.new()


def unregister() -> None:
    bpy.utils.previews.remove(_pictures)
