# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what the core's plan says, with Blender's data API. No user interface and no context."""

from .build import Built, build, clear
from .settings import apply

__all__ = ["Built", "apply", "build", "clear"]
