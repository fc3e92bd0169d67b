# SPDX-License-Identifier: GPL-3.0-or-later
"""Walls stand at the sides of all runs of tiles of one kind, and face outwards."""

from __future__ import annotations

import numpy as np
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.geometry.flat_tiles import is_drawn_flat, make_tile_walls


def test_two_walls_stand_along_each_row_and_each_column_of_tiles_of_one_kind() -> None:
    layer = {"op": "conv", "input": [2, 3], "kernel": 2, "padding": 1}
    grid = make_plan(spec_from_table({"layer": layer})).grids[0]
    walls = make_tile_walls(grid.cells, grid.kinds, grid.base_centers, grid.size, grid.thicknesses)
    # of 4x5 tiles with a border of padding: two rows are cut in three, and three columns
    assert len(walls.points) == 2 * (2 + 2 * 3) + 2 * (2 + 3 * 3)
    middles = walls.points.mean(axis=1)
    normals = np.cross(walls.points[:, 1] - walls.points[:, 0], walls.points[:, 3] - walls.points[:, 0])
    inwards = grid.base_centers[walls.tiles] - middles
    assert (np.einsum("ij,ij->i", normals[:, :2], inwards[:, :2]) < 0).all()
    assert np.allclose(np.ptp(walls.points[:, :, 2], axis=1), np.array(grid.thicknesses)[grid.kinds[walls.tiles]])
    values = walls.points[np.isin(walls.tiles, np.flatnonzero(grid.kinds == 0))]
    inside = grid.base_centers[grid.kinds == 0]
    assert np.allclose(values.min(axis=(0, 1))[:2], inside.min(axis=0)[:2] - grid.size / 2)
    assert np.allclose(values.max(axis=(0, 1))[:2], inside.max(axis=0)[:2] + grid.size / 2)


def test_flat_are_tiles_below_two_pixels_that_leave_little_room_between_them() -> None:
    assert [is_drawn_flat(0.8, 0.2, pixels) for pixels in (1.0, 2.4, 2.5, 100.0)] == [True, True, False, False]
    assert not is_drawn_flat(0.8, 3.0, 1.0), "high tiles show their sides"
    assert not is_drawn_flat(0.5, 0.2, 1.0), "walls would close wide gaps"
    assert not is_drawn_flat(0.8, 0.0, 1.0), "there are no sides"
