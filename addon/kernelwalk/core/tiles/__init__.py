# SPDX-License-Identifier: GPL-3.0-or-later
"""The tiles of a grid: places, colors, visit counts, and which tiles hide others."""
