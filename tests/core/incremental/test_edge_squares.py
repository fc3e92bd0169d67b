# SPDX-License-Identifier: GPL-3.0-or-later
"""Squares hold an edge, or everything in them is of one color."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core.incremental.edge_squares import DrawnShape, find_edge_squares
from kernelwalk.core.incremental.rectangle_cover import SQUARE_SIZE

RESOLUTION = (80, 64)


def make_quad(left, bottom, right, top, depth=1.0, is_flat=True, reach=0.0):
    points = np.array([(left, bottom), (right, bottom), (right, top), (left, top)], float)
    edges = np.array([(0, 1), (1, 2), (2, 3), (3, 0)])
    return DrawnShape(points, np.full(4, depth), edges, [np.arange(4)[None]], [np.array([is_flat])], reach)


def is_marked(shapes, x, y):
    return bool(find_edge_squares(shapes, RESOLUTION)[y // SQUARE_SIZE, x // SQUARE_SIZE])


def test_a_flat_face_and_what_is_around_it_are_flat():
    mask = find_edge_squares([make_quad(18, 18, 62, 46)], RESOLUTION)
    assert not mask[6:10, 6:14].any() and not mask[:3].any() and not mask[:, 17:].any()
    assert mask[4, 4:16].all() and mask[11, 4:16].all() and mask[4:12, 4].all() and mask[4:12, 15].all()


def test_an_edge_is_marked_as_far_as_the_filter_sees_it():
    """A pixel sees 0.75 from its middle. So the square beside an edge is marked too, if the edge is near enough."""
    assert is_marked([make_quad(20.2, 20, 60, 40)], 19, 30)
    assert not is_marked([make_quad(21.5, 20, 60, 40)], 19, 30)


@pytest.mark.parametrize(("reach", "marked"), [(0.0, False), (9.0, True)])
def test_an_outline_is_marked_as_far_as_it_reaches(reach, marked):
    assert is_marked([make_quad(10, 10, 70, 54, reach=reach)], 18, 30) is marked


@pytest.mark.parametrize(
    ("shapes", "marked"),
    [
        ([make_quad(8, 8, 72, 56, is_flat=False)], True),
        ([make_quad(8, 8, 72, 56, depth) for depth in (1.0, 2.0)], False),
        ([make_quad(8, 8, 72, 56, depth) for depth in (1.0, 1.0)], True),
        ([make_quad(8, 8, 72, 56, depth) for depth in (1.0, 2.0, 3.0)], True),
        ([make_quad(8, 8, 72, 56, is_flat=False), make_quad(8, 8, 72, 56, 2.0)], True),
    ],
    ids=["not flat", "two", "two in one place", "three", "one of two is not flat"],
)
def test_faces_are_flat_alone_and_in_pairs(shapes, marked):
    assert is_marked(shapes, 40, 32) is marked


def test_a_mesh_whose_faces_differ_is_marked_where_they_do():
    """A face that is flat does not unmark a square that another face has marked."""
    points = np.array([(4, 4), (76, 4), (76, 60), (4, 60), (4, 4), (76, 4), (76, 60), (4, 60)], float)
    faces = np.arange(8).reshape(2, 4)
    depths = np.repeat([1.0, 5.0], 4)
    for flat in ([True, False], [False, True]):
        shape = DrawnShape(points, depths, np.zeros((0, 2), int), [faces], [np.array(flat)])
        assert is_marked([shape], 40, 32)
