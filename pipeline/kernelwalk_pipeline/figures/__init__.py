# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector figures of steps, without Blender: shapes from a plan, their order, and writers for SVG, PDF and TeX."""
