# SPDX-License-Identifier: GPL-3.0-or-later
"""All sections of a spec but the layer's, with their fields: read by the parser, the panel and the reference."""

from __future__ import annotations

from ..validation import Text
from . import (
    camera_section,
    colors_section,
    labels_section,
    look_section,
    render_section,
    show_section,
    walk_section,
)
from .fields import Field, Fields

MAX_TITLE = 120
"""Longest title."""

TITLE = Field(
    Text(max_length=MAX_TITLE, is_drawn=True), "Name of the scene, and its title. Empty: the name of the operation"
)

BESIDE = Field(
    Text(max_length=MAX_TITLE, is_drawn=True),
    "Title of the compared layer, which is then drawn beside the layer in one scene. Empty: only the marks are drawn",
)

SECTIONS: dict[str, Fields] = {
    "walk": walk_section.FIELDS,
    "show": show_section.FIELDS,
    "labels": labels_section.FIELDS,
    "look": look_section.FIELDS,
    "look.colors": colors_section.FIELDS,
    "camera": camera_section.FIELDS,
    "render": render_section.FIELDS,
}
"""Fields of each section, by its name in a spec."""
