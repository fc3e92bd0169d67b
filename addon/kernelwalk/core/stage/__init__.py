# SPDX-License-Identifier: GPL-3.0-or-later
"""The grids of tiles in their places, the lines between them, and the keys by which all of it moves."""
