# SPDX-License-Identifier: GPL-3.0-or-later
"""The geometry of a whole scene, assembled from grids, tiles and lines."""
