# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of a spec that stand in another section than theirs, so that an error can name the right one."""

from __future__ import annotations

from .layer_section import FIELDS as LAYER_FIELDS
from .sections import SECTIONS
from .values_section import FIELDS as VALUES_FIELDS

PLACES = [
    *SECTIONS,
    *(f"layer.{key}" for key in LAYER_FIELDS),
    *(f"values.{key}" for key in VALUES_FIELDS),
    *(f"{section}.{key}" for section, fields in SECTIONS.items() for key in fields),
]
"""Names of all sections and keys, as one writes them."""


def find_places(where: str, key: str) -> list[str]:
    """Return the names of sections and keys that are called like an unknown key of the table `where`.

    A layer's table gets none: which keys it has depends on its operation.

    >>> find_places("", "colors"), find_places("walk", "samples"), find_places("layer", "output_padding")
    (['look.colors', 'values.colors'], ['render.samples'], [])
    """
    if where.startswith("layer"):
        return []
    return [place for place in PLACES if place.rpartition(".")[2] == key and place.rpartition(".")[0] != where]
