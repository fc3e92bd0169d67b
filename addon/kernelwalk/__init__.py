# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernelwalk: animations of convolution layers, in Blender and from the command line.

Importing this package needs no Blender. `kernelwalk.core` imports numpy alone. `kernelwalk.scene` and `kernelwalk.ui`
import bpy; Blender loads them through register().
"""

__version__ = "0.2.0"


def register() -> None:
    """Add Kernelwalk to Blender. Blender calls this when the add-on is enabled."""
    from .ui import registration

    registration.register()


def unregister() -> None:
    """Remove Kernelwalk from Blender. Blender calls this when the add-on is disabled."""
    from .ui import registration

    registration.unregister()
