# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery: a film and a poster of every preset, in one look or in several, a contact sheet, and a page of them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kernelwalk.core import SpecError
from kernelwalk.core.spec import presets, templates

from .. import steps
from ..blenders.blender_pool import Executor, scratch_dir
from ..failure import UsageError
from ..frames.spent import Spent
from ..jobs import batch, job
from ..jobs.frames import SCRATCH, Way
from ..output import Output, outputs, prepare, publish, with_posters
from ..source import Source, read
from . import sheet
from .page import page

ALL = "all"

FILM = ".mp4"

SIZE = 320
"""The longer side of a picture of the contact sheet."""

OWN = ""
"""The look that a preset has by itself."""


@dataclass(frozen=True)
class Piece:
    """A preset in a look.

    preset: its name
    look:   as it is named, OWN for the preset's
    source: the spec, by the name of its files
    output: the film and its poster, or the poster alone
    command: which makes the same film
    """

    preset: str
    look: str
    source: Source
    output: Output
    command: str

    @property
    def film(self) -> Path | None:
        return None if self.output.poster is None else self.output.path

    @property
    def poster(self) -> Path:
        return self.output.path if self.output.poster is None else self.output.poster.path


def looks(text: str | None) -> list[str]:
    """The looks that a text names: "all", or "dark,paper", or paths of .blend files; OWN alone where there is none.
    Raises UsageError."""
    if text is None:
        return [OWN]
    usual_first = sorted(templates.template_names(), key=lambda name: name != templates.DEFAULT_TEMPLATE)
    found = usual_first if text.strip() == ALL else [each.strip() for each in text.split(",") if each.strip()]
    try:
        for look in found:
            templates.find_blend_file(look)
    except SpecError as error:
        raise UsageError("\n".join(f"--looks: {each.what}. {each.remedy}" for each in error.problems)) from None
    named = [_named(look) for look in found]
    for look in named:
        if named.count(look) > 1:
            raise UsageError(f"--looks: two looks of the name {look} would have the same files. Leave one out")
    if not found:
        raise UsageError(f"--looks: none is named. Name some of {', '.join(templates.template_names())}, or all")
    return found


def pieces(
    chosen: Sequence[str], settings: Sequence[str], quality: str | None, folder: Path, stills: bool
) -> list[Piece]:
    """Every preset in each of the looks; `stills`: posters alone. Raises Failure."""
    found = []
    for name in presets.preset_names():
        table = presets.load_preset_table(name)
        for look in chosen:
            own = [] if look == OWN else [_setting(look, "look" in table)]
            words = [*own, *settings]
            read_spec = read(name, words, quality).spec
            source = Source(name if look == OWN else f"{name}-{_named(look)}", read_spec)
            found.append(Piece(name, look, source, _output(source, folder, stills), _command(name, words, quality)))
    return found


def _named(look: str) -> str:
    return Path(look).stem if look.endswith(".blend") else look


def _setting(look: str, has_own: bool) -> str:
    """The setting that gives a preset a look: in place of its own, if it has one."""
    name = look.replace("\\", "/").replace('"', '\\"')
    return f'look={{template = "{name}"}}' if has_own else f"look.template={name}"


def _output(source: Source, folder: Path, stills: bool) -> Output:
    if stills:
        return Output(folder / f"{source.name}.poster.png", film=True)
    film = outputs(folder, [source], FILM[1:])
    return with_posters(film, [source], None)[0]


def _command(name: str, settings: Sequence[str], quality: str | None) -> str:
    words = ["kernelwalk", "render", name, "-o", f"{name}{FILM}"]
    words += [word for setting in settings for word in ("--set", setting)]
    return shlex.join([*words, *(["--quality", quality] if quality else [])])


def render(made: Sequence[Piece], folder: Path, columns: int | None, restart: bool, crew: Executor) -> list[Path]:
    """Render pieces, and write the page and a contact sheet of each look with all that is there by then; the files.
    Raises Failure once all that can be done is done; the same command goes on from there."""
    prepare(folder)
    by_output = {piece.output.path: piece for piece in made}
    results = batch.run(
        [piece.source for piece in made],
        [piece.output for piece in made],
        partial(_render_piece, crew=crew, restart=restart),
        restart,
        keep_going=True,
        done=lambda *_: None,
        remember=True,
    )
    there = [by_output[Path(each.output)] for each in results if each.state in ("done", "resumed")]
    written = _write(there, folder, columns) if there else []
    batch.show(results)
    batch.raise_first(results)
    return written


def _render_piece(source: Source, output: Output, crew: Executor, restart: bool) -> job.Done:
    if output.poster is not None:
        return job.render(source, output, Way(restart), crew)
    job.still(source, steps.telling(source.spec), output.path, crew)
    return job.Done(1, 1, Spent())


def _write(there: Sequence[Piece], folder: Path, columns: int | None) -> list[Path]:
    """Write what shows all pieces; the files, the page first."""
    files = [folder / "index.html"]
    with scratch_dir(folder / SCRATCH) as scratch:
        part = scratch / "part"
        for look in dict.fromkeys(piece.look for piece in there):
            files.append(folder / (f"sheet-{_named(look)}.png" if look else "sheet.png"))
            _write_sheet([piece for piece in there if piece.look == look], columns, part)
            publish(part, files[-1])
        part.write_text(page(there), encoding="utf-8")
        publish(part, files[0])
    return files


def _write_sheet(pieces: Sequence[Piece], columns: int | None, path: Path) -> None:
    specs = [piece.source.spec for piece in pieces]
    sizes = [spec.render.resolution for spec in specs]
    width, height = max(sizes, key=sizes.count)
    scale = SIZE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    backgrounds = [spec.look.colors.background for spec in specs]
    look = f" in the look {_named(pieces[0].look)}" if pieces[0].look else ""
    shown = sheet.Sheet(
        "Kernelwalk",
        f"{len(pieces)} presets{look}",
        min(len(pieces), columns or sheet.columns_for(len(pieces), size)),
        size,
        max(backgrounds, key=backgrounds.count),
    )
    sheet.check(shown, len(pieces))
    sheet.write([sheet.Cell(piece.poster, piece.source.spec.name) for piece in pieces], shown, path)
