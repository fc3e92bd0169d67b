# SPDX-License-Identifier: GPL-3.0-or-later
"""Colors of values, which viewers who see red and green alike can tell apart.

sequential: cividis (Nuñez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239), from low to high
diverging:  ColorBrewer's RdBu (Harrower and Brewer 2003, doi:10.1179/000870403235002042), blue below zero, red above
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats
from ..spec.colors_section import parse_srgb

MAPS = {
    "sequential": (
        *("#00204D", "#00336F", "#39486B", "#575C6D", "#707173"),
        *("#8A8779", "#A69D75", "#C4B56C", "#E4CF5B", "#FFEA46"),
    ),
    "diverging": (
        *("#053061", "#2166AC", "#4393C3", "#92C5DE", "#D1E5F0", "#F7F7F7"),
        *("#FDDBC7", "#F4A582", "#D6604D", "#B2182B", "#67001F"),
    ),
}
"""Colors at equal distances, from the lowest value to the highest."""


@dataclass(frozen=True)
class ColorScale:
    """The colors of a grid's values.

    name: a key of MAPS
    low, high: values at the ends; values beyond have the ends' colors
    """

    name: str
    low: float
    high: float

    def to_srgb(self, values: Floats) -> Floats:
        """Return the sRGB colors (..., 3), from 0 to 1, of values (...)."""
        anchors = np.array([parse_srgb(color) for color in MAPS[self.name]])
        share = np.clip((np.nan_to_num(values) - self.low) / (self.high - self.low), 0, 1)
        places = np.linspace(0, 1, len(anchors))
        return np.stack([np.interp(share, places, component) for component in anchors.T], axis=-1)


def make_color_scale(values: Floats, colors: str = "auto", limits: tuple[float, float] | None = None) -> ColorScale:
    """Return the color scale of a grid's values.

    colors: "sequential", "diverging", or "auto": diverging if any value is negative
    limits: values at the ends; by default those of the values, and for a diverging map as far below zero as above it

    >>> make_color_scale(np.array([-1.0, 3.0]))
    ColorScale(name='diverging', low=-3.0, high=3.0)
    """
    finite = values[np.isfinite(values)]
    name = colors if colors in MAPS else "diverging" if (finite < 0).any() else "sequential"
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if name == "diverging":
        high = max(abs(low), abs(high))
        low = -high
    elif limits is None:
        low = min(low, 0.0)
    low, high = limits or (low, high)
    return ColorScale(name, low, high if high > low else low + 1)
