# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernelwalk: watch a kernel walk. Animations of convolution layers, in Blender and headless.

Importing this package needs no Blender: `kernelwalk.core` is numpy alone, `kernelwalk.scene` is what imports bpy.
"""

__version__ = "0.1.0"
