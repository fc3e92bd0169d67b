# SPDX-License-Identifier: GPL-3.0-or-later
"""The values on the tiles of a grid: the number that each tile shows at any moment, its color and its digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arrays import Floats, Integers
from ..spec.look_section import Look
from ..values.color_maps import ColorScale
from ..values.digits import NO_VALUE, encode_digits, write_number
from .visit_counts import VisitCounts
from .walk_state import WalkState

CORNER_SHARE = 0.12
"""Radius of a plate's corners, as a share of its edge."""

POINT_SHARE = 0.45
"""Width of a decimal point's gap, as a share of a cell's."""

INK = ("#101418", "#FFFFFF")
"""Colors of digits on light and on dark tiles."""

LIGHT_GREY = "#767676"
"""Grey of luminance 0.18: on anything lighter, dark ink has the higher contrast (WCAG 2.2, relative luminance)."""

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Shares of red, green and blue in the relative luminance."""

HATCH_PERIOD, HATCH_WIDTH, HATCH_STRENGTH = 0.5, 0.25, 0.35
"""Hatching of a plate whose value is not computed yet: distance along x from one stripe to the next, as a share of the
plate's edge; width of a stripe, as a share of that; and share of the text's color in a stripe's."""


def find_ink(look: Look, scene_rgb: Floats) -> str:
    """Return the color #RRGGBB of digits on a scene RGB (3,)."""
    is_light = float(scene_rgb @ np.array(LUMINANCE)) > float(look.to_scene_rgb(LIGHT_GREY)[0])
    return INK[0 if is_light else 1]


@dataclass(frozen=True)
class DigitStyle:
    """The shape of digits on a grid's tiles.

    cell:     width and height of a cell, in units of the tile pitch
    quarter_turns: by which text is turned on its tile, counterclockwise, to be read from the camera
    """

    cell: tuple[float, float]
    quarter_turns: int


@dataclass(frozen=True)
class TileValues:
    """The values on the tiles of a grid.

    numbers: shape (stages, n), what each tile shows at each stage; NaN for a tile that has no value
    colors:  shape (stages, n, 3), scene RGB; None if the tiles keep their colors
    scale:   of the colors; None if they do not tell values
    decimals: after the point, in every number of the grid
    plate_size: edge of a plate, in units of the tile pitch
    digits:  None if no digits are drawn
    counts:  the visits that decide the stage: none is shown before the first; None if the stage does not depend on them
    has_channel_stages: True if the stage is the walk's channel
    """

    numbers: Floats
    colors: Floats | None
    scale: ColorScale | None
    decimals: int
    plate_size: float
    digits: DigitStyle | None
    counts: VisitCounts | None = None
    has_channel_stages: bool = False

    @property
    def stage_count(self) -> int:
        """Number of stages."""
        return len(self.numbers)

    @cached_property
    def texts(self) -> Sequence[Sequence[str | None]]:
        """The numbers of each stage as they are written; None for a tile that has no value."""
        written, places = self._written
        return [[written[place] for place in stage] for stage in places.tolist()]

    @cached_property
    def codes(self) -> Floats:
        """Shape (stages, n, 3): the codes of what is written, as of `values.digits`; empty numbers without digits."""
        if self.digits is not None:
            written, places = self._written
            return encode_digits(written)[places]
        codes = np.zeros((*self.numbers.shape, 3))
        codes[..., 2] = np.where(np.isnan(self.numbers), NO_VALUE, 0.0)
        return codes

    @cached_property
    def _written(self) -> tuple[Sequence[str | None], Integers]:
        """Each number once, as it is written, and the place of every tile's among them, shape (stages, n)."""
        distinct, places = np.unique(self.numbers, return_inverse=True)
        texts = [None if np.isnan(value) else write_number(value, self.decimals) for value in distinct.tolist()]
        return texts, places.reshape(self.numbers.shape)

    def stages_at(self, state: WalkState) -> Integers:
        """Return the stage that each tile shows, shape (n,); -1 for none."""
        count = self.numbers.shape[1]
        stages = np.zeros(count, np.int64)
        if self.counts is not None:
            visits = self.counts.count_at(state.last_position, state.reversed_axes) * (state.trail_opacity > 0)
            stages = np.minimum(np.floor(visits + 0.5).astype(np.int64), self.stage_count) - 1
        elif self.has_channel_stages:
            stages = np.full(count, min(int(state.position[3] + 0.5), self.stage_count - 1))
        return np.where(np.isnan(self.numbers[0]), -1, stages)
