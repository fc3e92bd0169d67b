# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender processes: started, given work, heard and ended."""
