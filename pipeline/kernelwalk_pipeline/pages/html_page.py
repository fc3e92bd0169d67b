# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery's page: one HTML file, made from gallery.html, that needs only the films and posters beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from kernelwalk import __version__
from kernelwalk.core import Spec
from kernelwalk.core.describe.summary import summarize_layers
from kernelwalk.core.spec import presets

from .gallery_item import GalleryItem, template_name

TEMPLATE = Path(__file__).with_name("gallery.html")

OWN_LABEL = "own"


def build_page(items: Sequence[GalleryItem]) -> str:
    """Return the page of items whose files exist: each preset once, with all its templates."""
    templates = list(dict.fromkeys(item.template for item in items))
    items_of: dict[str, list[GalleryItem]] = {}
    for item in items:
        items_of.setdefault(item.preset, []).append(item)
    sections = {
        group: {preset: items_of[preset] for preset in names if preset in items_of}
        for group, names in presets.group_presets().items()
    }
    sections = {group: cards for group, cards in sections.items() if cards}
    count = len(items_of)
    what = "animations" if any(item.film for item in items) else "pictures"
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        summary=escape(f"{count} {what} of layers, made with Kernelwalk {__version__}"),
        rules="\n".join(_visibility_rules(templates)) if len(templates) > 1 else "",
        picker=_template_picker(templates) if len(templates) > 1 else "",
        contents="\n".join(f'<a href="#{_section_anchor(heading)}">{escape(heading)}</a>' for heading in sections),
        groups="\n".join(_render_section(heading, cards) for heading, cards in sections.items()),
    )


def _section_anchor(heading: str) -> str:
    return "kind-" + heading.lower().replace(" ", "-")  # with a prefix, since a preset may be named as its section


def _visibility_rules(templates: Sequence[str]) -> list[str]:
    """Return the CSS rules that hide everything but the selected template."""
    return [
        f"body:has(#template-{number}:checked) .in:not(.template-{number}) {{ display: none }}"
        for number in range(len(templates))
    ]


def _template_picker(templates: Sequence[str]) -> str:
    buttons = [
        f'<label><input type="radio" name="template" id="template-{number}"{" checked" if number == 0 else ""}>'
        f"<span>{escape(template_name(template) or OWN_LABEL)}</span></label>"
        for number, template in enumerate(templates)
    ]
    return f'<fieldset class="templates"><legend>Template</legend>{"".join(buttons)}</fieldset>'


def _render_section(heading: str, cards: dict[str, list[GalleryItem]]) -> str:
    inner = "\n".join(_render_card(name, items) for name, items in cards.items())
    return (
        f'<section id="{_section_anchor(heading)}">\n<h2>{escape(heading)}</h2>\n'
        f'<div class="cards">\n{inner}\n</div>\n</section>'
    )


def _render_card(name: str, items: Sequence[GalleryItem]) -> str:
    """Return the card of a preset, with all its items."""
    spec = items[0].source.spec
    about = presets.read_description(presets.preset_path(name))
    return "\n".join(
        [
            f'<article class="card" id="{escape(name)}">',
            *(_render_media(number, item) for number, item in enumerate(items)),
            f"<h3>{escape(spec.name)}</h3>",
            f'<p class="sizes">{escape(_format_sizes(spec))}</p>',
            *([f"<p>{escape(about)}</p>"] if about else []),
            *(_render_command(number, item) for number, item in enumerate(items)),
            "</article>",
        ]
    )


def _format_sizes(spec: Spec) -> str:
    """Return the layer's summary, with no line breaks inside sizes."""
    return summarize_layers(spec).replace(" × ", "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}")


def _render_media(number: int, item: GalleryItem) -> str:
    """Return the film, or the poster, on the background's color until it is loaded."""
    spec = item.source.spec
    width, height = spec.render.resolution
    size = f'width="{width}" height="{height}" style="background: {spec.look.colors.background}"'
    poster, description = _relative_url(item.poster), escape(f"{spec.name}: {_format_sizes(spec)}")
    if item.film is None:
        inner = f'<img src="{poster}" alt="{description}" loading="lazy" {size}>'
    else:
        inner = (
            f'<video src="{_relative_url(item.film)}" poster="{poster}" aria-label="{description}" preload="none" '
            f"controls loop muted playsinline {size}></video>"
        )
    return f'<div class="in template-{number}">{inner}</div>'


def _render_command(number: int, item: GalleryItem) -> str:
    code = f"<code>{escape(item.command)}</code>"
    return f'<div class="in template-{number} bottom"><div class="command">{code}</div></div>'


def _relative_url(path: Path) -> str:
    return escape(quote(path.name))
