# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk gallery: a page of all presets."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options


def gallery(
    out: options.Folder,
    looks: Annotated[
        str | None,
        typer.Option("--looks", metavar="A,B", help="Templates, e.g. dark,paper, or all. Default: each preset's own."),
    ] = None,
    posters_only: Annotated[bool, typer.Option("--posters-only", help="Render posters, but no films.")] = False,
    columns: Annotated[
        int | None, typer.Option("--columns", min=1, metavar="N", help="Columns of the contact sheet.")
    ] = None,
    settings: options.Settings = None,
    size: options.Size = None,
    quality: options.Quality = None,
    restart: options.Restart = False,
    device: options.Device = None,
    blender: options.Blender = None,
) -> None:
    """Render all presets, with a page that shows them.

    After an interruption, the same command continues where it stopped.
    """
    from ..blenders.blender_pool import BlenderPool
    from ..pages import gallery_builder

    templates = gallery_builder.parse_templates(looks)
    changes = [*options.collect_settings(settings, size=size), *options.list_device_settings(device)]
    items = gallery_builder.build_items(templates, changes, quality, out, posters_only)
    with BlenderPool(blender) as pool:
        for path in gallery_builder.render_gallery(items, out, columns, restart, pool):
            print(path)
