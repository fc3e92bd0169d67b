# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk export: walks for other programs, jobs for render farms, and specs with all their numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .model_options import FeedOptions, LayerOptions
from .options import RenderSpecOptions, SpecOptions


def openjd(
    specs: options.Specs,
    out: Annotated[Path, options.output("BUNDLE", "The bundle's folder, which must not exist.")],
    spec: RenderSpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
    film: options.FilmFormat = "mp4",
    chunk: Annotated[
        int,
        typer.Option(
            min=1, max=100_000, metavar="N", help="Frames per chunk; the first chunks', where the farm adapts them."
        ),
    ] = 10,
    target: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="Target duration of a chunk on farms that adapt chunk sizes; 0 keeps them fixed.",
        ),
    ] = 120,
    timeout: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="Stop a chunk after this long.")] = 6 * 3600,
) -> None:
    """Write an Open Job Description bundle.

    The bundle renders wherever kernelwalk is installed.
    """
    from ..farms import openjd as description
    from ..films.formats import check_spec_fits

    sources = spec.read_all(specs, model.make_choice(specs, feed, spec.input))
    for source in sources:
        check_spec_fits(f".{film}", source)
    description.write_bundle(sources, film, description.ChunkOptions(chunk, target, timeout), out)
    print(out)


def flamenco(out: Annotated[Path, options.output("A.js", "The script to write.")]) -> None:
    """Write a job type for Flamenco.

    Put it into the folder "scripts" beside Flamenco Manager.
    """
    from ..farms import flamenco as job_type
    from ..paths import check_suffix

    check_suffix(out, ".js")
    job_type.write_job_type(out)
    print(out)


def values(
    spec: options.Spec,
    out: Annotated[Path, options.output("A.toml", "The spec to write.")],
    spec_options: SpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
) -> None:
    """Write a spec with all its values as numbers.

    One file, which needs no model and no picture: every command takes it, and Blender's panel imports it.
    """
    from kernelwalk.core import SpecError
    from kernelwalk.core.values.written_numbers import write_out_numbers

    from ..failures import UsageError
    from ..new_spec import write_new_spec

    source = spec_options.read(spec, model.make_choice([spec], feed, spec_options.input))
    if source.spec.values is None:
        raise UsageError(f"{spec}: it has no values. Give some, for example with --set values.input=random")
    try:
        written = write_out_numbers(source.spec)
    except SpecError as error:
        raise UsageError("\n".join(f"{spec}: {problem}" for problem in error.problems)) from None
    write_new_spec(written, out, is_replaced=force)
    print(out)


def usd(
    specs: options.Specs,
    out: Annotated[
        Path, options.output("A.usdz", "The file to write, .usda, .usdc or .usdz, or the folder of several.")
    ],
    spec_options: SpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
    form: Annotated[str | None, options.folder_form(("usdz", "usda", "usdc"))] = None,
) -> None:
    """Write walks as USD.

    The scene in three dimensions, with the walk as animation, for other programs; phones show a .usdz in the room.
    Needs no Blender.
    """
    from ..file_outputs import resolve_files
    from ..paths import prepare_file
    from ..usd.files import FORMS, check_usd, write_usd

    sources = spec_options.read_all_for_pictures(specs, model.make_choice(specs, feed, spec_options.input))
    outputs = resolve_files(out, sources, tuple(FORMS), "USD", form)
    for source, path in zip(sources, outputs, strict=True):
        check_usd(source, path)
    for source, path in zip(sources, outputs, strict=True):
        prepare_file(path)
        write_usd(source, path)
        print(path)


def glb(
    specs: options.Specs,
    out: Annotated[Path, options.output("A.glb", "The file to write, or the folder of several.")],
    spec_options: SpecOptions,
    model: LayerOptions,
    feed: FeedOptions,
    pointer: Annotated[
        bool,
        typer.Option(
            "--pointer",
            help="Let colors and connectors glide, by the extension KHR_animation_pointer, which few viewers know.",
        ),
    ] = False,
    meshopt: Annotated[
        bool,
        typer.Option(
            "--meshopt", help="Compress it, for viewers with meshopt's decoder. Needs the program gltfpack, of npm."
        ),
    ] = False,
) -> None:
    """Write walks as glTF.

    A file with the scene in three dimensions and the walk as animation, which browsers and other programs play.
    Needs no Blender.
    """
    from ..file_outputs import resolve_files
    from ..gltf_file import check_glb, write_glb
    from ..paths import prepare_file

    pack: Callable[[bytes], bytes] = bytes
    if meshopt:
        from ..meshopt import check_meshopt, compress

        check_meshopt(pointer)
        pack = compress
    sources = spec_options.read_all_for_pictures(specs, model.make_choice(specs, feed, spec_options.input))
    outputs = resolve_files(out, sources, (".glb",), "glTF")
    for source in sources:
        check_glb(source)
    for source, path in zip(sources, outputs, strict=True):
        prepare_file(path)
        write_glb(source, path, pointer, pack)
        print(path)
