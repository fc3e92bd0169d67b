# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender scenes built from the core's plan through Blender's data API, without its user interface or context."""

from .render_settings import apply_settings
from .scene_builder import BuiltScene, build_scene, clear_scene

__all__ = ["BuiltScene", "apply_settings", "build_scene", "clear_scene"]
