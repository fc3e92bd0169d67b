# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk blend: a spec's scene as a .blend file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ..failures import interruptible
from . import options
from .model_options import FeedOptions, LayerOptions


def blend(
    spec: options.SpecOrModel,
    out: Annotated[Path, options.output("A.blend", "The file to write.")],
    *,
    settings: options.Settings = None,
    input: options.Input = None,
    blender: options.Blender = None,
    model: LayerOptions,
    feed: FeedOptions,
) -> None:
    """Save the scene as a .blend.

    The file plays and renders in any Blender, without an add-on.
    """
    from ..blenders.blender_pool import BlenderPool
    from ..jobs.job import save_blend
    from ..paths import check_suffix, prepare_folder
    from ..source import read_spec

    choice = model.make_choice([spec], feed, input)
    source = read_spec(spec, options.collect_settings(settings, None if choice else input), choice=choice)
    check_suffix(out, ".blend")
    prepare_folder(out.parent)
    with interruptible(source.name), BlenderPool(blender) as pool:
        save_blend(source, out.absolute(), pool)
    print(out)
