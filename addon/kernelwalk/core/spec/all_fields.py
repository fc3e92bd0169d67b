# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of all keys of a spec, by their names as one writes them."""

from __future__ import annotations

from .layer_section import FIELDS as LAYER_FIELDS
from .sections import BESIDE, SECTIONS, TITLE
from .values_section import FIELDS as VALUES_FIELDS

ALL_FIELDS = {
    "title": TITLE,
    "beside": BESIDE,
    "input": LAYER_FIELDS["input"],
    **{f"{section}.{key}": field for section, fields in SECTIONS.items() for key, field in fields.items()},
    **{f"layer.{key}": field for key, field in LAYER_FIELDS.items()},
    **{f"values.{key}": field for key, field in VALUES_FIELDS.items()},
}
"""Name of a key, with its section → its field."""
