# SPDX-License-Identifier: GPL-3.0-or-later
"""The headless pipeline, from specs to films. Only `worker`, which runs inside Blender, imports bpy."""
