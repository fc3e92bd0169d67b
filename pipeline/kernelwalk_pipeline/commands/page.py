# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk page: a page on which walks can be stepped through."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from . import options
from .model_options import FeedOptions, LayerOptions
from .options import SpecOptions


def page(
    specs: options.Specs,
    out: Annotated[Path, options.output("A.html", "The page to write.")],
    spec_options: SpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
) -> None:
    """Write a page to step through walks.

    The scene can be turned and stepped, tiles can be clicked, and a layer's parameters changed. The page is one file
    that loads nothing else; several specs become tabs. Needs no Blender.
    """
    from ..paths import check_suffix, prepare_file
    from ..stepping_page.page_builder import write_page

    check_suffix(out, ".html")
    sources = spec_options.read_all_for_pictures(specs, model.make_choice(specs, feed, spec_options.input))
    prepare_file(out)
    write_page(sources, out)
    print(out)
