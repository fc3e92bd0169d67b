# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh of a tile is closed, faces outwards, stays within its bounds, and is no finer than is visible."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from kernelwalk.core.geometry.tile_mesh import (
    DETAIL_LEVELS,
    MAX_ARC_ERROR,
    MAX_VERTICES,
    TileMesh,
    find_box,
    find_corner_surface_point,
    make_tile_mesh,
)

FINE = 1000.0
"""Pixels per unit at which every corner is large enough to be visible."""

BEVEL = 0.28

SIZES = [(0.92, 0.22, 0.12), (1.0, 1.0, 0.0), (0.5, 0.1, 0.5), (0.1, 0.05, 0.3)]


def faces(mesh: TileMesh) -> list[np.ndarray]:
    return np.split(mesh.corners, mesh.face_starts[1:])


@pytest.mark.parametrize("count", [1, 10_000, 100_000])
@pytest.mark.parametrize(("size", "thickness", "rounding"), SIZES)
def test_a_tile_is_closed_and_every_edge_runs_in_both_directions(
    size: float, thickness: float, rounding: float, count: int
) -> None:
    mesh = make_tile_mesh(size, thickness, rounding, BEVEL, count, FINE)
    directed_edges = Counter((a, b) for face in faces(mesh) for a, b in zip(face, np.roll(face, -1), strict=True))
    assert set(directed_edges.values()) == {1}
    assert {(b, a) for a, b in directed_edges} == set(directed_edges)


@pytest.mark.parametrize(("size", "thickness", "rounding"), SIZES)
def test_a_tile_stays_within_its_size_and_faces_outwards(size: float, thickness: float, rounding: float) -> None:
    mesh = make_tile_mesh(size, thickness, rounding, BEVEL, 1, FINE)
    assert np.abs(mesh.vertices[:, :2]).max() == pytest.approx(size / 2)
    assert (mesh.vertices[:, 2].min(), mesh.vertices[:, 2].max()) == (0, pytest.approx(1))
    points = mesh.vertices * [1, 1, thickness]
    volume = 0.0
    for face in faces(mesh):
        a, rest = points[face[0]], points[face[1:]]
        volume += sum(float(np.dot(a, np.cross(b, c))) for b, c in itertools.pairwise(rest)) / 6
    assert 0 < volume <= size**2 * thickness * (1 + 1e-9)


@pytest.mark.parametrize("thickness", [0.0, 0.2])
def test_each_corner_has_the_edge_to_the_next_one(thickness: float) -> None:
    mesh = make_tile_mesh(0.9, thickness, 0.1, BEVEL, 1, FINE)
    corner = 0
    for face in faces(mesh):
        for a, b in zip(face, np.roll(face, -1), strict=True):
            assert set(mesh.edges[mesh.corner_edges[corner]]) == {a, b}
            corner += 1
    assert len(np.unique(mesh.edges, axis=0)) == len(mesh.edges)


@pytest.mark.parametrize(("size", "thickness", "rounding"), [*SIZES, (0.9, 0.0, 0.1)])
def test_only_rounded_faces_are_smooth(size: float, thickness: float, rounding: float) -> None:
    mesh = make_tile_mesh(size, thickness, rounding, BEVEL, 1, FINE)
    is_flat = [np.ptp(mesh.vertices[face][:, 2]) == 0 for face in faces(mesh)]
    assert mesh.is_smooth.tolist() == [bool(rounding) and not flat for flat in is_flat]
    edges = np.split(mesh.corner_edges, mesh.face_starts[1:])
    ends = [edge for edge, smooth in zip(edges, mesh.is_smooth, strict=True) if not smooth]
    assert set(np.flatnonzero(mesh.is_sharp)) == set(np.concatenate(ends))


def test_a_bevel_has_the_width_that_is_asked_for() -> None:
    for bevel in (0.0, 0.3, 1.0):
        mesh = make_tile_mesh(0.9, 0.1, 0.2, bevel, 1, FINE)
        assert np.abs(mesh.vertices[mesh.vertices[:, 2] == 1][:, 0]).max() == pytest.approx(0.45 - bevel * 0.1)


def test_a_bevel_is_no_wider_than_the_corner_and_keeps_its_center() -> None:
    mesh = make_tile_mesh(0.9, 1.0, 0.1, 0.3, 1, FINE)
    top = mesh.vertices[mesh.vertices[:, 2] == 1]
    assert np.abs(top[:, :2]).max() == pytest.approx(0.35), "the bevel takes all of the radius"
    mesh = make_tile_mesh(0.9, 0.1, 0.2, 0.5, 1, FINE)
    for vertices in (mesh.vertices[mesh.vertices[:, 2] == height] for height in (0, 1)):
        radius = 0.2 if vertices[0, 2] == 0 else 0.15
        from_center = np.linalg.norm(np.abs(vertices[:, :2]) - 0.25, axis=1)
        assert from_center == pytest.approx(np.full(len(vertices), radius), rel=0.02)


def test_a_point_of_a_tile_s_corner_lies_at_most_half_way_to_the_middle() -> None:
    edge, height = find_corner_surface_point(0.9, 0.2, 0.1, BEVEL)
    assert edge == pytest.approx(0.45 - 0.1 * (1 - 0.5**0.5)) and height < 1
    assert find_corner_surface_point(0.9, 0.2, 0.1, BEVEL, inside=0.1) == (pytest.approx(edge - 0.1), 1)
    assert find_corner_surface_point(0.9, 0.2, 0.1, BEVEL, inside=9.0) == (pytest.approx(edge / 2), 1)


@pytest.mark.parametrize(("bevel", "corners"), [(BEVEL, 20), (0.0, 24)])  # a top without a bevel keeps its eight
def test_a_small_tile_becomes_a_box_without_a_bottom(bevel: float, corners: int) -> None:
    size = 0.9
    mesh = make_tile_mesh(size, 0.2, 0.1, bevel, 1, 10)
    box = find_box(mesh, size)
    assert box is not None
    points, normals, count = mesh.vertices + box[0], [], 0
    for face in itertools.compress(faces(mesh), ~box[1]):
        count += len(face)
        ends = points[np.roll(face, -1)]
        normal = np.cross(points[face], ends).sum(axis=0) / 2  # its length is the face's area
        normals.append(tuple(normal.round(9)))
        assert np.abs(np.abs(points[face][:, :2]) - size / 2).max() < 1e-9
        assert set(points[face][:, 2].round(9)) <= {0.0, 1.0}
    assert sorted(normals) == sorted([(size, 0, 0), (-size, 0, 0), (0, size, 0), (0, -size, 0), (0, 0, size**2)])
    assert count == corners


@pytest.mark.parametrize(("rounding", "thickness", "pixels"), [(0.1, 0.2, 100), (0.0, 0.2, 10), (0.1, 0.0, 10)])
def test_fine_square_and_flat_tiles_become_no_boxes(rounding: float, thickness: float, pixels: float) -> None:
    assert find_box(make_tile_mesh(0.9, thickness, rounding, BEVEL, 1, pixels), 0.9) is None


def test_a_layer_of_many_tiles_has_coarser_ones() -> None:
    for count in (100, 10_000, 70_000):
        assert len(make_tile_mesh(0.9, 0.2, 0.1, BEVEL, count, FINE).vertices) * count <= MAX_VERTICES
    assert len(make_tile_mesh(0.9, 0.2, 0.1, BEVEL, 10**6, FINE).vertices) == 8


def test_a_corner_has_no_more_edges_than_are_visible() -> None:
    counts = [len(make_tile_mesh(0.9, 0.2, 0.1, BEVEL, 1, pixels).vertices) for pixels in (2, 10, 30, 80, 200)]
    assert counts == sorted(counts)
    assert len(set(counts)) == len(DETAIL_LEVELS)
    for pixels in (2, 5, 20, 60, 120):
        ends = make_tile_mesh(0.9, 0.0, 0.1, BEVEL, 1, pixels).vertices[:, :2] * pixels
        middles = (ends + np.roll(ends, 1, axis=0)) / 2
        radius, inner = 0.1 * pixels, 0.35 * pixels
        for points in (ends, middles):  # those lie outside of the arc, these inside
            corner = points[(points > inner).all(axis=1)] - inner
            if len(corner):  # the square has no segment there
                assert np.abs(radius - np.linalg.norm(corner, axis=1)).max() <= MAX_ARC_ERROR
