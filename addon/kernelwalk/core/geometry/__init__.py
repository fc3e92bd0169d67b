# SPDX-License-Identifier: GPL-3.0-or-later
"""The grids of a spec, where their cells stand, and the mesh of one tile."""
