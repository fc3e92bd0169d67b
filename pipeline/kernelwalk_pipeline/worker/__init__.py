# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs inside Blender; nothing else here imports bpy."""
