# SPDX-License-Identifier: GPL-3.0-or-later
"""The opacity of bodies, of which one sees the front and the back."""

from __future__ import annotations

from typing import TypeVar

from ..arrays import Floats

Opacity = TypeVar("Opacity", float, Floats)


def find_body_opacity(opacity: Opacity) -> Opacity:
    """Return the opacity of a body by that of its surfaces, from 0 to 1: light passes two of them.

    >>> find_body_opacity(0.5)
    0.75
    """
    return 1 - (1 - opacity) ** 2
