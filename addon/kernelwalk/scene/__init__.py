# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what the core's plan says, with Blender's data API. No user interface and no context."""

from .render_settings import apply_settings
from .scene_builder import BuiltScene, build_scene, clear_scene

__all__ = ["BuiltScene", "apply_settings", "build_scene", "clear_scene"]
