# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of kernelwalk.scene: what was built is read back from Blender, or looked at in a rendered picture."""
