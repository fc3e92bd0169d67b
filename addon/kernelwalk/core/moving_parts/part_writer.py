# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions that a file's writer has to offer, so that a walk can be written into it part by part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..arrays import Floats, Integers
from ..font_metrics import Font
from .motions import Value
from .solids import Solid

WordMaker = Callable[[Font, str], tuple[Floats, Integers]]
"""Returns the points (n, 2) of a text, in ems from its start on the baseline, and triangles (m, 3) of them,
counterclockwise."""


class PartWriter(Protocol):
    """A writer of groups and parts; what it returns for one stands for it in later calls."""

    @property
    def make_changing_material(self) -> Callable[[Value, bool], Any] | None:
        """A function of linear RGB and opacity (4,) that change, and of the truth that light falls on the surface,
        which returns a material of its own; None where colors cannot change, and tiles have twins instead."""

    def add_group(self, parent: Any, name: str, title: str = "") -> Any:
        """Add a group whose parts move together. title: the name that programs show"""

    def add_material(self, linear_rgb: Floats, opacity: float = 1.0, is_lit: bool = False) -> Any:
        """Return the material of a color (3,). is_lit: light falls on it"""

    def add_shape(
        self,
        key: object,
        name: str,
        make: Callable[[], Solid],
        surfaces: tuple[Any, Any] | None = None,
    ) -> Any:
        """Return a shape that many parts have, which is made once.

        key: tells the shape from all others
        surfaces: the materials of what is an edge and of what is not; without them, parts have a material each
        """

    def add_part(
        self,
        parent: Any,
        name: str,
        shape: Any,
        material: Any,
        place: Value | None = None,
        turn: Value | None = None,
        scale: Value | None = None,
    ) -> None:
        """Add a part with a shape, and a material where the shape has none.

        place: shape (3,); turn: a quaternion (4,), its real part first; scale: shape (3,)
        """

    def move(
        self, part: Any, place: Value | None = None, turn: Value | None = None, scale: Value | None = None
    ) -> None:
        """Place a group in its parent, as of `add_part`: it is scaled, turned and then moved."""
