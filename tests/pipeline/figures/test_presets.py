# SPDX-License-Identifier: GPL-3.0-or-later
"""Every preset, and each look, drawn in each form and compared with its still."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from kernelwalk.core import make_plan
from kernelwalk.core.arrays import Integers
from kernelwalk.core.describe.representative_step import choose_representative_step
from kernelwalk.core.spec.presets import list_presets
from kernelwalk.core.spec.templates import list_templates
from kernelwalk_pipeline.blenders.blender_pool import BlenderPool
from kernelwalk_pipeline.figures.figure import Figure, draw_step
from kernelwalk_pipeline.figures.pdf import write_pdf
from kernelwalk_pipeline.figures.svg import write_svg
from kernelwalk_pipeline.figures.tex import write_tex
from kernelwalk_pipeline.jobs.job import render_step
from kernelwalk_pipeline.source import Source, read_spec
from PIL import Image

from .drawn import PLAIN, differ, list_clear_tops, look_up, rasterize, show_pdf

SIZE = "render.resolution=[320, 180]"
SETTINGS = [*PLAIN, SIZE, "labels.sum=false", "labels.legend=false", "look.shadows=false", "render.samples=4"]
LOOKS_OF = ("padding_strides", "stamps")
"""Presets that are drawn in each look, the latter with values, digits and transparent lines."""

MOVE, SHARE = 3, 0.4
"""A figure that is moved by so many pixels differs so much that the other has at most this share of it."""


def list_sources() -> list[Source]:
    """Return every preset in its own look, and some in each look."""
    chosen = [(preset, preset, SETTINGS) for preset in list_presets()]
    for preset in LOOKS_OF:
        chosen += [(f"{preset}-{look}", preset, [*SETTINGS, f"look.template={look}"]) for look in list_templates()]
    return [
        Source(name, read_spec(preset, [*settings, "render.transparent=true"]).spec)
        for name, preset, settings in chosen
    ]


def move(picture: Integers) -> list[Integers]:
    """Return a picture, and it moved by a pixel in each direction."""
    return [np.roll(picture, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]


def count_outside(first: Integers, second: Integers) -> int:
    """Return how many pixels of either silhouette are farther than a pixel from the other one."""
    return sum(int((one & ~np.any(move(other), axis=0)).sum()) for one, other in ((first, second), (second, first)))


def measure_far(still: Integers, figure: Integers) -> float:
    """Return the share of the pixels at which a figure differs visibly, moved by a pixel, too."""
    return float((np.min([np.abs(still - each).max(axis=2) for each in move(figure)], axis=0) > 48).mean())


def list_faults(still: Integers, figure: Integers, source: Source, step: int) -> Iterator[str]:
    """List what of a figure (height, width, 4) is not as in the still."""
    silhouettes = still[..., 3] > 127, figure[..., 3] > 127
    outside, elsewhere = (count_outside(silhouettes[0], np.roll(silhouettes[1], shift, 0)) for shift in (0, MOVE))
    if outside or not elsewhere:
        yield f"{outside} pixels of the silhouette are farther away than a pixel, {elsewhere} where it is moved"
    still, figure = (each[..., :3] * each[..., 3:] // 255 + 255 - each[..., 3:] for each in (still, figure))
    plan, frame = make_plan(source.spec), float(source.spec.start_frame(step))
    tops = np.concatenate([list_clear_tops(plan, grid, frame) for grid in plan.grids])
    off = np.abs(look_up(still, plan, frame, tops) - look_up(figure, plan, frame, tops)).max(axis=1)
    if len(tops) < 15 or np.quantile(off, 0.9) > 2:
        yield f"{(off > 2).sum()} of the tops of {len(off)} tiles have other colors"
    far, other = (measure_far(still, np.roll(figure, shift, 1)) for shift in (0, MOVE))
    if far > SHARE * other:  # bevels that shine are a third of it, and thin lines in few samples
        yield f"{far:.2%} of the pixels differ, {other:.2%} where it is moved"


def list_tex_faults(written: str) -> Iterator[str]:
    """List what TeX would not read: groups that do not end, unknown colors, and areas that are not closed."""
    depths = np.cumsum([1 if sign == "{" else -1 for sign in re.findall(r"(?<!\\)[{}]", written)])
    if depths.min() < 0 or depths[-1]:
        yield "a group of the .tex does not end"
    picture = written[written.index(r"\begin{tikzpicture}") :]
    defined: set[str] = set()
    for line in picture.splitlines():
        defined |= set(re.findall(r"\\definecolor\{(kw[0-9A-F]{6})\}\{HTML\}\{[0-9A-F]{6}\}$", line))
        if not line.startswith(r"\M"):
            continue
        point, number = r"-?\d+\.\d\d,-?\d+\.\d\d ", r"\{[0-9.e-]+\}"
        path = rf"\\M{point}(\\L{point}|\\C({point}){{3}})*"
        found = re.fullmatch(
            rf"({path}\\Z)+\\F\{{(?P<area>\w+)\}}{number}|{path}\\S\{{(?P<line>\w+)\}}{number * 2}", line
        )
        if not found or (found["area"] or found["line"]) not in defined:
            yield f"the .tex has a wrong line: {line[:80]} … {line[-40:]}"


def draw(source: Source) -> tuple[Figure, int]:
    """Return a figure of the step that represents a walk, and its number."""
    step = choose_representative_step(source.spec)
    return draw_step(make_plan(source.spec), step), step


@pytest.mark.thorough
@pytest.mark.once
def test_every_preset_and_look_has_the_still_s_silhouette_and_colors(bpy_is_there: None, tmp_path: Path) -> None:
    faults = []
    with BlenderPool(None, size=1) as pool:
        for source in list_sources():
            figure, step = draw(source)
            render_step(source, step, tmp_path / "still.png", pool)
            still = np.asarray(Image.open(tmp_path / "still.png").convert("RGBA")).astype(int)
            svg = rasterize(write_svg([figure], "", None, as_text=False), "RGBA")
            pdf = show_pdf(write_pdf([figure], "", as_text=False), mode="RGBA")
            for form, picture in ((".svg", svg), (".pdf", pdf)):
                faults += [f"{source.name}{form}: {fault}" for fault in list_faults(still, picture, source, step)]
            faults += [f"{source.name}: {fault}" for fault in list_tex_faults(write_tex([figure], "", as_text=False))]
    assert not faults, "\n".join(faults)


@pytest.mark.weekly
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs Debian's texlive-latex-base and texlive-pictures")
def test_pdflatex_shows_every_preset_as_its_svg(tmp_path: Path) -> None:
    figures = [draw(Source(preset, read_spec(preset, SETTINGS).spec))[0] for preset in list_presets()]
    (tmp_path / "figures.tex").write_text(write_tex(figures, "", as_text=False))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "figures.tex"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    data = (tmp_path / "figures.pdf").read_bytes()
    for page, (preset, figure) in enumerate(zip(list_presets(), figures, strict=True)):
        assert differ(rasterize(write_svg([figure], "", None, as_text=False)), show_pdf(data, page)) < 2, preset
