# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernelwalk in Blender's window: settings, operators and panels over the core and the scene."""
