# SPDX-License-Identifier: GPL-3.0-or-later
"""An item of the gallery."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..outputs import Output
from ..source import Source

OWN_TEMPLATE = ""
"""The template of an item that keeps its preset's own."""


@dataclass(frozen=True)
class GalleryItem:
    """A preset in a template.

    preset:   its name
    template: name or .blend file, OWN_TEMPLATE for the preset's own
    source:   the spec, named as its files are
    output:   the film with its poster, or the poster alone
    command:  makes the same film
    """

    preset: str
    template: str
    source: Source
    output: Output
    command: str

    @property
    def film(self) -> Path | None:
        """The film's file, None if there is only a poster."""
        return None if self.output.poster is None else self.output.path

    @property
    def poster(self) -> Path:
        """The poster's file."""
        return self.output.path if self.output.poster is None else self.output.poster.path


def template_name(template: str) -> str:
    """Return the name of a template, which may be given as a .blend file.

    >>> template_name("looks/mine.blend")
    'mine'
    """
    return Path(template).stem if template.endswith(".blend") else template
