# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk blend: a spec's scene as a .blend file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from ..failures import interruptible
from . import options
from .model_options import FeedOptions, LayerOptions
from .options import SpecOptions


def blend(
    spec: options.Spec,
    out: Annotated[Path, options.output("A.blend", "The file to write.")],
    spec_options: SpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
    blender: options.Blender = None,
) -> None:
    """Save the scene as a .blend.

    The file plays and renders in any Blender, without an add-on.
    """
    from ..blenders.blender_pool import BlenderPool
    from ..jobs.job import save_blend
    from ..paths import check_suffix, prepare_folder

    source = spec_options.read(spec, model.make_choice([spec], feed, spec_options.input))
    check_suffix(out, ".blend")
    prepare_folder(out.parent)
    with interruptible(source.name), BlenderPool(blender) as pool:
        save_blend(source, out.absolute(), pool)
    print(out)
