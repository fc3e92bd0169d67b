# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk new: a spec to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .model_options import FeedOptions, LayerOptions
from .options import SpecOptions


def new(
    out: Annotated[Path, typer.Argument(metavar="A.toml", help="The file to write.", parser=options.parse_path)],
    *,
    origin: Annotated[
        str, typer.Option("--from", metavar="SPEC", help="Start from this TOML file, preset, layer as code, or model.")
    ] = "padding_strides",
    spec_options: SpecOptions,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    model: LayerOptions,
    feed: FeedOptions,
) -> None:
    """Write a spec to start from.

    The file holds the layer, and the most useful other keys as comments with their meanings. Needs no Blender.
    """
    from kernelwalk.core.spec.commented_toml import dump_commented

    from ..failures import OutputError
    from ..paths import check_suffix, describe_os_error, prepare_folder, refuse_special_file

    source = spec_options.read(origin, model.make_choice([origin], feed, spec_options.input))
    check_suffix(out, ".toml")
    refuse_special_file(out)
    prepare_folder(out.parent)
    text = dump_commented(source.spec)
    try:
        with out.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise OutputError(f"{out}: exists. Choose another name, or overwrite it with --force") from None
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {describe_os_error(error)}. Choose another output") from None
    print(out)
