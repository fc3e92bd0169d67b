# SPDX-License-Identifier: GPL-3.0-or-later
"""Code that runs inside Blender, and the protocol by which it is driven; no other package here imports bpy."""
