# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of a spec that stand in another section than theirs, so that an error can name the right one."""

from __future__ import annotations

from .all_fields import ALL_FIELDS
from .sections import SECTIONS

OPTION_KEYS = {"size": "render.resolution"}
"""Keys by the name of the option that sets them, where it is another one."""


def find_places(where: str, key: str) -> list[str]:
    """Return the names of sections and keys that are called like an unknown key of the table `where`, or that an option
    of this name sets.

    A layer's table gets none: which keys it has depends on its operation.

    >>> find_places("", "colors"), find_places("walk", "samples"), find_places("layer", "output_padding")
    (['look.colors', 'values.colors'], ['render.samples'], [])
    >>> find_places("render", "size")
    ['render.resolution', 'labels.size']
    """
    if where.startswith("layer"):
        return []
    names = (*SECTIONS, *ALL_FIELDS)
    places = [name for name in names if name.rpartition(".")[2] == key and name.rpartition(".")[0] != where]
    return [OPTION_KEYS[key], *places] if key in OPTION_KEYS else places
