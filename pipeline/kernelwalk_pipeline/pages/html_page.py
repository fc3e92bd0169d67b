# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery's page: one HTML file that needs nothing but the films and posters beside it, from gallery.html."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import quote

from kernelwalk import __version__
from kernelwalk.core import Spec
from kernelwalk.core.spec import presets

from ..report import summarize_spec

if TYPE_CHECKING:
    from .gallery_builder import GalleryItem

TEMPLATE = Path(__file__).with_name("gallery.html")

CHAINS_HEADING = "Layers in a row"

OWN_LABEL = "own"


def build_page(pieces: Sequence[GalleryItem]) -> str:
    """The page of pieces, which are there: each preset once, with all looks that it is in."""
    looks = list(dict.fromkeys(piece.template for piece in pieces))
    groups: dict[str, dict[str, list[GalleryItem]]] = {}
    for piece in pieces:
        groups.setdefault(_section_heading(piece.source.spec), {}).setdefault(piece.preset, []).append(piece)
    count = sum(map(len, groups.values()))
    films = any(piece.film for piece in pieces)
    told = f"{count} {'animations' if films else 'pictures'} of layers, made with Kernelwalk {__version__}"
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        told=escape(told),
        chosen="\n".join(_visibility_rules(looks)) if len(looks) > 1 else "",
        picker=_template_picker(looks) if len(looks) > 1 else "",
        contents="\n".join(f'<a href="#{_section_anchor(kind)}">{escape(kind)}</a>' for kind in groups),
        groups="\n".join(_render_section(kind, cards) for kind, cards in groups.items()),
    )


def _section_heading(spec: Spec) -> str:
    return CHAINS_HEADING if len(spec.layers) > 1 else spec.layer.label


def _section_anchor(kind: str) -> str:
    return "kind-" + kind.lower().replace(" ", "-")  # a preset may have the name of its kind


def _visibility_rules(looks: Sequence[str]) -> list[str]:
    """The rules that show what is in the look that is picked, alone."""
    return [
        f"body:has(#look-{number}:checked) .in:not(.look-{number}) {{ display: none }}" for number in range(len(looks))
    ]


def _template_picker(looks: Sequence[str]) -> str:
    buttons = [
        f'<label><input type="radio" name="look" id="look-{number}"{" checked" if number == 0 else ""}>'
        f"<span>{escape(_template_label(look))}</span></label>"
        for number, look in enumerate(looks)
    ]
    return f'<fieldset class="looks"><legend>Look</legend>{"".join(buttons)}</fieldset>'


def _template_label(look: str) -> str:
    return Path(look).stem if look.endswith(".blend") else look or OWN_LABEL


def _render_section(kind: str, cards: dict[str, list[GalleryItem]]) -> str:
    inner = "\n".join(_render_card(name, pieces) for name, pieces in cards.items())
    return f'<section id="{_section_anchor(kind)}">\n<h2>{escape(kind)}</h2>\n<div class="cards">\n{inner}\n</div>\n</section>'


def _render_card(name: str, pieces: Sequence[GalleryItem]) -> str:
    spec = pieces[0].source.spec
    about = presets.preset_description(name)
    return "\n".join(
        [
            f'<article class="card" id="{escape(name)}">',
            *(_render_media(number, piece) for number, piece in enumerate(pieces)),
            f"<h3>{escape(spec.name)}</h3>",
            f'<p class="sizes">{escape(_format_sizes(spec))}</p>',
            *([f"<p>{escape(about)}</p>"] if about else []),
            *(_render_command(number, piece) for number, piece in enumerate(pieces)),
            "</article>",
        ]
    )


def _format_sizes(spec: Spec) -> str:
    """What the layer is, of which no size is broken between two lines."""
    return summarize_spec(spec).removeprefix(f"{spec.name}: ").replace(" × ", "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}")


def _render_media(number: int, piece: GalleryItem) -> str:
    """The film, or the picture. Its colour stands in until it is loaded."""
    spec = piece.source.spec
    width, height = spec.render.resolution
    size = f'width="{width}" height="{height}" style="background: {spec.look.colors.background}"'
    poster, called = _relative_url(piece.poster), escape(f"{spec.name}: {_format_sizes(spec)}")
    if piece.film is None:
        inner = f'<img src="{poster}" alt="{called}" loading="lazy" {size}>'
    else:
        inner = (
            f'<video src="{_relative_url(piece.film)}" poster="{poster}" aria-label="{called}" preload="none" controls loop '
            f"muted playsinline {size}></video>"
        )
    return f'<div class="in look-{number}">{inner}</div>'


def _render_command(number: int, piece: GalleryItem) -> str:
    code = f"<code>{escape(piece.command)}</code>"
    return f'<div class="in look-{number} bottom"><div class="command">{code}</div></div>'


def _relative_url(path: Path) -> str:
    return escape(quote(path.name))
