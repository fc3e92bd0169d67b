# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on which a walk can be stepped through, turned and changed, without Blender and without a network."""
