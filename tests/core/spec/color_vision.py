# SPDX-License-Identifier: GPL-3.0-or-later
"""Colors as color-blind people see them, and the differences between colors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Matrices over linear RGB, severity 1.0. Machado, Oliveira & Fernandes: A Physiologically-based Model for Simulation
of Color Vision Deficiency. IEEE TVCG 15(6), 2009, doi:10.1109/TVCG.2009.113."""

XYZ_OF_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""Matrix from linear sRGB (IEC 61966-2-1) to XYZ."""


def simulate_vision(linear: Floats, vision: str) -> Floats:
    """Return the linear RGB (..., 3) as a person with this color vision sees it."""
    return np.clip(linear @ VISIONS[vision].T, 0.0, 1.0)


def to_lab(linear: Floats) -> Floats:
    """Return the CIELAB colors (..., 3) of linear RGB, relative to the screen's white."""
    share = linear @ XYZ_OF_RGB.T / XYZ_OF_RGB.sum(axis=1)
    curved = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(curved, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def color_difference(first: Floats, second: Floats) -> Floats:
    """Return the CIEDE2000 difference of CIELAB colors (..., 3); about 1 is just visible.

    Sharma, Wu & Dalal: The CIEDE2000 Color-Difference
    Formula. Color Research & Application 30(1), 2005, doi:10.1002/col.20070."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(color, float), -1, 0) for color in (first, second))
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    light, chroma, hue = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    mean_light, mean = (l1 + l2) / 2, (c1 + c2) / 2
    mean_hue = np.where(grey, h1 + h2, (h1 + turn / 2) % 360)
    weight = (
        1
        - 0.17 * np.cos(np.radians(mean_hue - 30))
        + 0.24 * np.cos(np.radians(2 * mean_hue))
        + 0.32 * np.cos(np.radians(3 * mean_hue + 6))
        - 0.20 * np.cos(np.radians(4 * mean_hue - 63))
    )
    light /= 1 + 0.015 * (mean_light - 50) ** 2 / np.sqrt(20 + (mean_light - 50) ** 2)
    chroma /= 1 + 0.045 * mean
    hue /= 1 + 0.015 * mean * weight
    turned = np.exp(-(((mean_hue - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(mean**7 / (mean**7 + 25.0**7)) * np.sin(np.radians(60 * turned))
    return np.sqrt(light**2 + chroma**2 + hue**2 + rotation * chroma * hue)
