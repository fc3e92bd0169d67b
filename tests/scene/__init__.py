# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of kernelwalk.scene, which read a build back from Blender or compare rendered pictures."""
