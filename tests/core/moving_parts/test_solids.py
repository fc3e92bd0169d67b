# SPDX-License-Identifier: GPL-3.0-or-later
"""Solids as triangles that are seen from outside."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.moving_parts.solids import Solid, join_solids, make_bar, make_square, make_tile_solid

LAYER = {"op": "conv", "input": 3, "kernel": 2}


def measure_volume(solid: Solid) -> float:
    """Return the volume that triangles enclose; it is positive where they are counterclockwise from outside."""
    a, b, c = solid.points[solid.triangles].transpose(1, 0, 2)
    return float((a * np.cross(b, c)).sum() / 6)


@pytest.mark.parametrize(
    "look", [{}, {"bevel": 0.0, "rounding": 0.0}, {"outline": 0.05}, {"template": "studio"}], ids=str
)
def test_a_tile_encloses_its_volume_and_its_normals_point_outward(look):
    tile = make_tile_solid(spec_from_table({"layer": LAYER, "look": look}).look, 0.9, 0.3)
    assert 0.8 < measure_volume(tile) / (0.9 * 0.9 * 0.3) < 1.001
    assert tile.points.min(axis=0) == pytest.approx([-0.45, -0.45, 0])
    assert tile.points.max(axis=0) == pytest.approx([0.45, 0.45, 0.3])
    np.testing.assert_allclose(np.linalg.norm(tile.normals, axis=1), 1, atol=1e-9)
    a, b, c = tile.points[tile.triangles].transpose(1, 0, 2)
    assert ((np.cross(b - a, c - a) * tile.normals[tile.triangles].sum(axis=1)).sum(axis=1) > 0).all()
    assert tile.is_edge.any() == ("outline" in look)


def test_a_bar_hangs_down_by_one_and_a_square_is_flat():
    bar, square = make_bar(64), make_square(2.0)
    assert measure_volume(bar) == pytest.approx(np.pi / 4, rel=0.01)
    assert (bar.points[:, 2].min(), bar.points[:, 2].max()) == (-1, 0)
    assert np.ptp(square.points[:, 2]) == 0
    joined = join_solids([bar, square])
    assert len(joined.triangles) == len(bar.triangles) + len(square.triangles)
    assert measure_volume(joined) == pytest.approx(measure_volume(bar))
