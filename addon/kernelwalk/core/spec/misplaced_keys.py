# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of a spec that stand in another section than theirs, so that an error can name the right one."""

from __future__ import annotations

from .all_fields import ALL_FIELDS
from .sections import SECTIONS


def find_places(where: str, key: str) -> list[str]:
    """Return the names of sections and keys that are called like an unknown key of the table `where`.

    A layer's table gets none: which keys it has depends on its operation.

    >>> find_places("", "colors"), find_places("walk", "samples"), find_places("layer", "output_padding")
    (['look.colors', 'values.colors'], ['render.samples'], [])
    """
    if where.startswith("layer"):
        return []
    names = (*SECTIONS, *ALL_FIELDS)
    return [name for name in names if name.rpartition(".")[2] == key and name.rpartition(".")[0] != where]
