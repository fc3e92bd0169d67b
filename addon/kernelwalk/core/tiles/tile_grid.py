# SPDX-License-Identifier: GPL-3.0-or-later
"""The tiles of a grid: where each stands, and its colour at any moment of the walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..layers.axis import CROPPED
from ..walk.activation import ActivationRanges, Floats
from .visit_counts import VisitCounts

OCCLUDING_OPACITY = 0.15
"""What is left of the opacity of a tile that stands before what is lit."""

COPY_ACTIVATION = 0.5
"""How far an input is lit that a step reads by a copy in the padding alone: halfway."""


@dataclass(frozen=True)
class WalkState:
    """A moment of the walk, as far as it colours tiles.

    position: shape (4,), x, y, z and channel, between two positions while the walk glides
    lit:      1 while a step is shown, else 0
    done:     shape (4,), the position that was reached last
    turned:   shape (4,), 1 along axes that the walk goes backwards, else 0
    kept:     1 while it is seen what was visited, and down to 0 when a loop lets go of it
    """

    position: Floats
    activity: float
    last_position: Floats
    reversed_axes: Floats
    trail_opacity: float = 1.0


@dataclass(frozen=True)
class TileGrid:
    """The tiles of one grid.

    cells:   shape (n, 4), each tile's cell: column, row, slice, channel
    kinds:   shape (n,), indices into `palette` and `thickness`
    places:  shape (n, 3), the middle of each tile's underside in the world
    size:    edge of a tile
    thickness: per kind
    kind_names: what kinds there are, and what each is called
    palette: per kind the colours (idle, lit), linear RGB of shape (kinds, 2, 3)
    reach:   by which positions each tile is lit
    copies:  by which its value is read, be it by a copy in the padding; None where there are no copies
    heat:    what the walk leaves on each tile; None where that is nothing
    veil:    by which positions each tile stands before what is lit below; None where none does
    lift:    how far a tile rises while it is lit
    opacity: of the tiles' surfaces, as a share of the look's
    """

    name: str
    cells: Floats
    kinds: NDArray[np.int8]
    base_centers: Floats
    size: float
    thicknesses: tuple[float, ...]
    kind_names: Mapping[int, str]
    palette: Floats
    active_ranges: ActivationRanges
    read_ranges: ActivationRanges | None = None
    visit_counts: VisitCounts | None = None
    occlusion_ranges: ActivationRanges | None = None
    lift: float = 0.0
    opacity: float = 1.0

    @cached_property
    def used_kinds(self) -> list[int]:
        """The kinds that there are tiles of, ascending."""
        return np.unique(self.kinds).tolist()

    @cached_property
    def kind_boxes(self) -> list[Floats]:
        """Shape (2, 3) each: the lowest and the highest corner of the tiles of each kind, also of lit ones."""
        half = np.array([self.size / 2, self.size / 2, 0.0])
        found = []
        for kind in self.used_kinds:
            places = self.base_centers[self.kinds == kind]
            top = half + np.array([0, 0, self.thicknesses[kind] + self.lift])
            found.append(np.array([places.min(axis=0) - half, places.max(axis=0) + top]))
        return found

    @cached_property
    def bounds(self) -> Floats:
        """Shape (2, 3): the lowest and the highest corner of all."""
        corners = np.concatenate(self.kind_boxes)
        return np.array([corners.min(axis=0), corners.max(axis=0)])

    def activation_at(self, position: Floats) -> Floats:
        """Shape (n,): how far each tile is lit, 0 to 1, while the walk is at a position (4,)."""
        lit = self.active_ranges.activation_at(position)
        return (
            lit
            if self.read_ranges is None
            else np.maximum(lit, COPY_ACTIVATION * self.read_ranges.activation_at(position))
        )

    def opacities_at(self, state: WalkState) -> Floats:
        """Shape (n,): what is left of the look's opacity, while others are to be seen through a tile."""
        if self.occlusion_ranges is None:
            return np.full(len(self.cells), self.opacity)
        idle = 1 - self.activation_at(state.position) * state.activity
        found: Floats = (
            1 - (1 - OCCLUDING_OPACITY) * self.occlusion_ranges.activation_at(state.position) * state.activity * idle
        )
        return found * self.opacity

    def colors_at(self, state: WalkState) -> Floats:
        """Shape (n, 3): each tile's linear RGB."""
        weight = (self.activation_at(state.position) * state.activity)[:, None]
        idle, active = self.palette[self.kinds, 0], self.palette[self.kinds, 1]
        if self.visit_counts is not None:
            count = self.visit_counts.count_at(state.last_position, state.reversed_axes)
            idle = np.where(
                (self.kinds != CROPPED)[:, None], self.visit_counts.blend_colors(idle, count, state.trail_opacity), idle
            )
        return idle + weight * (active - idle)
