# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernelwalk: watch a kernel walk. Animations of convolution layers, in Blender and headless.

Importing this package needs no Blender: `kernelwalk.core` is numpy alone; `kernelwalk.scene` and `kernelwalk.ui`, which
Blender asks for by register(), import bpy.
"""

__version__ = "0.1.0"


def register() -> None:
    """Add Kernelwalk to Blender's window; Blender calls this when the add-on is enabled."""
    from .ui import registration

    registration.register()


def unregister() -> None:
    """Take Kernelwalk out of Blender's window again."""
    from .ui import registration

    registration.unregister()
