# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in one file: documents, scripts, style, and the letters that it draws."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from kernelwalk import __version__
from kernelwalk.core import Spec
from kernelwalk.core.font_metrics import FONTS, REGULAR, STRONG
from kernelwalk.core.tiles.tile_values import CORNER_SHARE, HATCH_PERIOD, HATCH_WIDTH
from kernelwalk.core.values.digits import SYMBOLS

from ..atomic import write_file
from ..failures import UsageError
from ..figures.svg import subset_font
from ..source import Source, read_specs
from .document import make_document
from .scripts import join_scripts

FOLDER = Path(__file__).parent

SCRIPTS = (
    "page_elements.js",
    "gl_shaders.js",
    "gl_painter.js",
    "page_camera.js",
    "clear_digits.js",
    "grid_scene.js",
    "walk_scene.js",
    "scene_panes.js",
    "scene_words.js",
    "scene_view.js",
    "scene_input.js",
    "step_player.js",
    "page_state.js",
    "tile_panel.js",
    "changed_grids.js",
    "changed_layout.js",
    "changed_looks.js",
    "changed_lines.js",
    "changed_legend.js",
    "changed_document.js",
    "layer_form.js",
    "stepping_page.js",
)
"""The page's own scripts; those of the mapping come before them."""

MAX_SPECS = 40
"""Tabs of a page."""

EDGE_LEVEL = 0.5
"""Level of the picture of all symbols at a symbol's edge."""

WORDS = "".join(map(chr, range(0x20, 0x7F))) + "×·−–—…←→⌊⌋⌈⌉"
"""Letters of labels that a page writes anew when parameters change."""


class SteppingPage:
    """A page of walks, which a notebook shows.

    html: the whole page, in one file
    """

    def __init__(self, html: str, height: int):
        self.html, self.height = html, height

    def _repr_html_(self) -> str:
        """Return the page as a notebook shows it: in a frame of its own."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" title="Kernelwalk" loading="lazy" '
            f'style="width: 100%; height: {self.height}px; border: 0"></iframe>'
        )

    def write(self, path: str | Path) -> None:
        """Write the page to a file. Raises OutputError."""
        write_file(self.html.encode(), Path(path))


def make_page(*specs: str | Spec, settings: Sequence[str] = (), height: int = 720) -> SteppingPage:
    """Return the page of specs: presets, files, layers as code, or specs of `parse_spec`.

    settings: keys of the specs, as "KEY=VALUE"
    height: of the page in a notebook, in pixels
    Raises UsageError.

    >>> page = make_page("nn.Conv2d(1, 1, 3)", settings=["input=5"])
    >>> page.html[:15]
    '<!doctype html>'
    """
    named = [each for each in specs if isinstance(each, str)]
    read = iter(read_specs(named, settings))
    sources = [
        next(read) if isinstance(each, str) else Source(f"walk{number}", each) for number, each in enumerate(specs, 1)
    ]
    return SteppingPage(build_page(sources), height)


def write_page(sources: Sequence[Source], out: Path) -> None:
    """Write the page of specs. Raises UsageError as of `build_page`, and OutputError."""
    write_file(build_page(sources).encode(), out)


def build_page(sources: Sequence[Source]) -> str:
    """Return the page of specs, as HTML. Raises UsageError for specs that are too large, or too many."""
    if len(sources) > MAX_SPECS:
        raise UsageError(f"{len(sources)} specs: a page has at most {MAX_SPECS}. Write several pages")
    documents = [make_document(source.name, source.spec) for source in sources]
    symbols = base64.b64encode((FONTS / "digits.png").read_bytes()).decode()
    data = {
        "documents": documents,
        "symbols": {
            "picture": f"data:image/png;base64,{symbols}",
            "names": SYMBOLS,
            "count": len(SYMBOLS),
            "edge": EDGE_LEVEL,
        },
        "style": {"cornerShare": CORNER_SHARE, "hatch": [HATCH_PERIOD, HATCH_WIDTH]},
        "fonts": {"strong": "kernelwalk strong", "regular": "kernelwalk regular"},
    }
    return Template(_read("page.html")).substitute(
        title=escape(documents[0]["title"]),
        generator=f"Kernelwalk {__version__}",
        style=Template(_read("page.css")).substitute(_pack_fonts(sources, documents)),
        documents=_format_json(data),
        script=join_scripts(SCRIPTS),
    )


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _format_json(data: Any) -> str:
    """Return JSON that ends no script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _pack_fonts(sources: Sequence[Source], documents: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return the fonts of the first spec's labels, with the letters that the pages draw, as data URLs."""
    walks = [walk for each in documents for walk in (each, each["beside"]) if walk]
    words = [word for walk in walks for grid in walk["grids"] for word in grid["label"] or ()]
    drawn = {letter for word in (*words, *(walk["walkTitle"] for walk in walks)) for letter in word}
    letters = "".join(sorted({*WORDS, *drawn}))
    typeface = sources[0].spec.typeface
    packed = {}
    for name, weight in (("strong", STRONG), ("regular", REGULAR)):
        data = base64.b64encode(subset_font(typeface.get_font(weight), letters)).decode()
        packed[name] = f"data:font/otf;base64,{data}"
    return packed
