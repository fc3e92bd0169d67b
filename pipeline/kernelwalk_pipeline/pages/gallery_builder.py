# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery: a film and a poster of every preset, in one or more templates, with contact sheets and a page."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from kernelwalk.core import SpecError
from kernelwalk.core.describe.representative_step import choose_representative_step
from kernelwalk.core.spec import presets, templates

from ..atomic import publish_file
from ..blenders.blender_pool import Executor, scratch_dir
from ..failures import UsageError
from ..jobs.batch import print_summary, raise_failures, run_jobs
from ..jobs.job import JobResult, render_output, render_step
from ..jobs.rendering import SCRATCH_PREFIX, RenderOptions
from ..jobs.timings import PhaseTimer
from ..outputs import Output, add_posters, resolve_outputs
from ..paths import prepare_folder
from ..source import Source, read_spec
from . import contact_sheet
from .columns import choose_columns
from .gallery_item import OWN_TEMPLATE, GalleryItem, template_name
from .html_page import build_page

ALL_TEMPLATES = "all"

FILM_SUFFIX = ".mp4"

SHEET_SIDE = 320
"""The longer side of a picture on the contact sheet, in pixels."""


def parse_templates(text: str | None) -> list[str]:
    """Return the templates of the option --looks: "all", "dark,paper", or paths of .blend files; OWN_TEMPLATE alone
    without the option. Raises UsageError."""
    if text is None:
        return [OWN_TEMPLATE]
    if text.strip() == ALL_TEMPLATES:
        chosen = sorted(
            templates.list_templates(), key=lambda name: name != templates.DEFAULT_TEMPLATE
        )  # the default one first
    else:
        chosen = [part.strip() for part in text.split(",") if part.strip()]
    try:
        for template in chosen:
            templates.find_blend_file(template)
    except SpecError as error:
        raise UsageError(
            "\n".join(f"--looks: {problem.what}. {problem.remedy}" for problem in error.problems)
        ) from None
    names = [template_name(template) for template in chosen]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--looks: two templates named {name} would have the same files. Leave one out")
    if not chosen:
        raise UsageError(f"--looks: no template is named. Name some of {', '.join(templates.list_templates())}, or all")
    return chosen


def build_items(
    chosen: Sequence[str], settings: Sequence[str], quality: str | None, folder: Path, posters_only: bool
) -> list[GalleryItem]:
    """Return every preset in each of the chosen templates. Raises Failure."""
    items = []
    for preset in presets.list_presets():
        table = presets.load_preset_table(preset)
        for template in chosen:
            own = [] if template == OWN_TEMPLATE else [_template_setting(template, "look" in table)]
            changes = [*own, *settings]
            name = preset if template == OWN_TEMPLATE else f"{preset}-{template_name(template)}"
            source = Source(name, read_spec(preset, changes, quality).spec)
            output = _item_output(source, folder, posters_only)
            items.append(GalleryItem(preset, template, source, output, _format_command(preset, changes, quality)))
    return items


def _template_setting(template: str, has_look: bool) -> str:
    """Return the setting that gives a preset a template, in place of its own look if it has one."""
    path = template.replace("\\", "/").replace('"', '\\"')
    return f'look={{template = "{path}"}}' if has_look else f"look.template={path}"


def _item_output(source: Source, folder: Path, posters_only: bool) -> Output:
    if posters_only:
        return Output(folder / f"{source.name}.poster.png", is_film=True)
    film = resolve_outputs(folder, [source], FILM_SUFFIX[1:])
    return add_posters(film, [source], None)[0]


def _format_command(preset: str, settings: Sequence[str], quality: str | None) -> str:
    """Return the command that renders a preset's film."""
    command = ["kernelwalk", "render", preset, "-o", f"{preset}{FILM_SUFFIX}"]
    command += [argument for setting in settings for argument in ("--set", setting)]
    return shlex.join([*command, *(["--quality", quality] if quality else [])])


def render_gallery(
    items: Sequence[GalleryItem], folder: Path, columns: int | None, restart: bool, executor: Executor
) -> list[Path]:
    """Render items, and write the page and a contact sheet per template with all that succeeded; return their files.

    Raises Failure when nothing more can be done; the same command continues from there.
    """
    prepare_folder(folder)
    item_of = {item.output.path: item for item in items}
    reports = run_jobs(
        [item.source for item in items],
        [item.output for item in items],
        partial(_render_item, executor=executor, restart=restart),
        restart,
        keep_going=True,
        on_done=lambda *_: None,
        keeps_ledger=True,
    )
    done = [item_of[Path(report.output)] for report in reports if report.is_done]
    written = _write_pages(done, folder, columns) if done else []
    print_summary(reports)
    raise_failures(reports)
    return written


def _render_item(source: Source, output: Output, executor: Executor, restart: bool) -> JobResult:
    if output.poster is not None:
        return render_output(source, output, RenderOptions(restart), executor)
    render_step(source, choose_representative_step(source.spec), output.path, executor)
    return JobResult(1, 1, PhaseTimer())


def _write_pages(items: Sequence[GalleryItem], folder: Path, columns: int | None) -> list[Path]:
    """Write the contact sheets and the page; return their files, the page first."""
    files = [folder / "index.html"]
    with scratch_dir(folder / SCRATCH_PREFIX) as scratch:
        part = scratch / "part"
        for template in dict.fromkeys(item.template for item in items):
            files.append(folder / (f"sheet-{template_name(template)}.png" if template else "sheet.png"))
            _write_item_sheet([item for item in items if item.template == template], columns, part)
            publish_file(part, files[-1])
        part.write_text(build_page(items), encoding="utf-8")
        publish_file(part, files[0])
    return files


def _write_item_sheet(items: Sequence[GalleryItem], columns: int | None, path: Path) -> None:
    """Write the contact sheet of the items of one template."""
    specs = [item.source.spec for item in items]
    sizes = [spec.render.resolution for spec in specs]
    width, height = max(sizes, key=sizes.count)
    scale = SHEET_SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    backgrounds = [spec.look.colors.background for spec in specs]
    template = f" in the template {template_name(items[0].template)}" if items[0].template else ""
    layout = contact_sheet.SheetLayout(
        "Kernelwalk",
        f"{len(items)} presets{template}",
        min(len(items), columns or choose_columns(len(items), size)),
        size,
        max(backgrounds, key=backgrounds.count),
    )
    contact_sheet.check_size(layout, len(items))
    cells = [contact_sheet.SheetCell(item.poster, item.source.spec.name) for item in items]
    contact_sheet.write_sheet(cells, layout, path)
