# SPDX-License-Identifier: GPL-3.0-or-later
"""The headless pipeline: specs become films. Only `worker`, which runs inside Blender, imports bpy."""
