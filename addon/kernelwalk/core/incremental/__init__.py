# SPDX-License-Identifier: GPL-3.0-or-later
"""Incremental rendering: the regions in which frames differ, and rectangles that cover them."""
