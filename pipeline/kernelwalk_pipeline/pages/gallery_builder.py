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

from .. import step_selection
from ..blenders.blender_pool import Executor, scratch_dir
from ..failures import UsageError
from ..jobs import batch, job
from ..jobs.rendering import SCRATCH_PREFIX, RenderOptions
from ..jobs.timings import PhaseTimer
from ..outputs import Output, add_posters, prepare_folder, publish_file, resolve_outputs
from ..source import Source, read_spec
from . import contact_sheet
from .html_page import build_page

ALL_TEMPLATES = "all"

FILM_SUFFIX = ".mp4"

SHEET_SIDE = 320
"""The longer side of a picture of the contact sheet."""

OWN_TEMPLATE = ""
"""The look that a preset has by itself."""


@dataclass(frozen=True)
class GalleryItem:
    """A preset in a look.

    preset: its name
    look:   as it is named, OWN for the preset's
    source: the spec, by the name of its files
    output: the film and its poster, or the poster alone
    command: which makes the same film
    """

    preset: str
    template: str
    source: Source
    output: Output
    command: str

    @property
    def film(self) -> Path | None:
        return None if self.output.poster is None else self.output.path

    @property
    def poster(self) -> Path:
        return self.output.path if self.output.poster is None else self.output.poster.path


def parse_templates(text: str | None) -> list[str]:
    """The looks that a text names: "all", or "dark,paper", or paths of .blend files; OWN alone where there is none.
    Raises UsageError."""
    if text is None:
        return [OWN_TEMPLATE]
    usual_first = sorted(templates.template_names(), key=lambda name: name != templates.DEFAULT_TEMPLATE)
    found = usual_first if text.strip() == ALL_TEMPLATES else [each.strip() for each in text.split(",") if each.strip()]
    try:
        for look in found:
            templates.find_blend_file(look)
    except SpecError as error:
        raise UsageError("\n".join(f"--looks: {each.what}. {each.remedy}" for each in error.problems)) from None
    named = [_template_name(look) for look in found]
    for look in named:
        if named.count(look) > 1:
            raise UsageError(f"--looks: two looks of the name {look} would have the same files. Leave one out")
    if not found:
        raise UsageError(f"--looks: none is named. Name some of {', '.join(templates.template_names())}, or all")
    return found


def build_items(
    chosen: Sequence[str], settings: Sequence[str], quality: str | None, folder: Path, posters_only: bool
) -> list[GalleryItem]:
    """Every preset in each of the looks; `stills`: posters alone. Raises Failure."""
    found = []
    for name in presets.preset_names():
        table = presets.load_preset_table(name)
        for look in chosen:
            own = [] if look == OWN_TEMPLATE else [_template_setting(look, "look" in table)]
            words = [*own, *settings]
            read_spec = read_spec(name, words, quality).spec
            source = Source(name if look == OWN_TEMPLATE else f"{name}-{_template_name(look)}", read_spec)
            found.append(
                GalleryItem(
                    name,
                    look,
                    source,
                    _item_output(source, folder, posters_only),
                    _format_command(name, words, quality),
                )
            )
    return found


def _template_name(look: str) -> str:
    return Path(look).stem if look.endswith(".blend") else look


def _template_setting(look: str, has_own: bool) -> str:
    """The setting that gives a preset a look: in place of its own, if it has one."""
    name = look.replace("\\", "/").replace('"', '\\"')
    return f'look={{template = "{name}"}}' if has_own else f"look.template={name}"


def _item_output(source: Source, folder: Path, stills: bool) -> Output:
    if stills:
        return Output(folder / f"{source.name}.poster.png", is_film=True)
    film = resolve_outputs(folder, [source], FILM_SUFFIX[1:])
    return add_posters(film, [source], None)[0]


def _format_command(name: str, settings: Sequence[str], quality: str | None) -> str:
    words = ["kernelwalk", "render", name, "-o", f"{name}{FILM_SUFFIX}"]
    words += [word for setting in settings for word in ("--set", setting)]
    return shlex.join([*words, *(["--quality", quality] if quality else [])])


def render_gallery(
    made: Sequence[GalleryItem], folder: Path, columns: int | None, restart: bool, crew: Executor
) -> list[Path]:
    """Render pieces, and write the page and a contact sheet of each look with all that is there by then; the files.
    Raises Failure once all that can be done is done; the same command goes on from there."""
    prepare_folder(folder)
    by_output = {piece.output.path: piece for piece in made}
    results = batch.run_jobs(
        [piece.source for piece in made],
        [piece.output for piece in made],
        partial(_render_item, crew=crew, restart=restart),
        restart,
        keep_going=True,
        on_done=lambda *_: None,
        keeps_ledger=True,
    )
    there = [by_output[Path(each.output)] for each in results if each.state in ("done", "resumed")]
    written = _write_pages(there, folder, columns) if there else []
    batch.print_summary(results)
    batch.raise_failures(results)
    return written


def _render_item(source: Source, output: Output, crew: Executor, restart: bool) -> job.JobResult:
    if output.poster is not None:
        return job.render_output(source, output, RenderOptions(restart), crew)
    job.render_step(source, step_selection.representative_step(source.spec), output.path, crew)
    return job.JobResult(1, 1, PhaseTimer())


def _write_pages(there: Sequence[GalleryItem], folder: Path, columns: int | None) -> list[Path]:
    """Write what shows all pieces; the files, the page first."""
    files = [folder / "index.html"]
    with scratch_dir(folder / SCRATCH_PREFIX) as scratch:
        part = scratch / "part"
        for look in dict.fromkeys(piece.template for piece in there):
            files.append(folder / (f"sheet-{_template_name(look)}.png" if look else "sheet.png"))
            _write_item_sheet([piece for piece in there if piece.template == look], columns, part)
            publish_file(part, files[-1])
        part.write_text(build_page(there), encoding="utf-8")
        publish_file(part, files[0])
    return files


def _write_item_sheet(pieces: Sequence[GalleryItem], columns: int | None, path: Path) -> None:
    specs = [piece.source.spec for piece in pieces]
    sizes = [spec.render.resolution for spec in specs]
    width, height = max(sizes, key=sizes.count)
    scale = SHEET_SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    backgrounds = [spec.look.colors.background for spec in specs]
    look = f" in the look {_template_name(pieces[0].template)}" if pieces[0].template else ""
    shown = contact_sheet.SheetLayout(
        "Kernelwalk",
        f"{len(pieces)} presets{look}",
        min(len(pieces), columns or contact_sheet.choose_columns(len(pieces), size)),
        size,
        max(backgrounds, key=backgrounds.count),
    )
    contact_sheet.check_size(shown, len(pieces))
    contact_sheet.write_sheet(
        [contact_sheet.SheetCell(piece.poster, piece.source.spec.name) for piece in pieces], shown, path
    )
