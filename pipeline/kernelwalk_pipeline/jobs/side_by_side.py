# SPDX-License-Identifier: GPL-3.0-or-later
"""Two layers side by side in one picture or film: the halves are the pictures of two specs, each with marks of what the
other layer does otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from kernelwalk.core import Spec, SpecError, make_plan, spec_from_table
from kernelwalk.core.arrays import Bytes
from kernelwalk.core.spec.sections import SECTIONS
from PIL import Image

from ..atomic import publish_file
from ..blenders.blender_pool import Executor, scratch_dir
from ..failures import UsageError
from ..films.encoder import check_encoder
from ..frames.decoding import load_pixels
from ..frames.lock import hold_lock
from ..frames.manifest import Manifest, frame_path
from ..outputs import Output
from ..paths import prepare_folder
from ..source import Source
from .job import delete_frames, remove_if_empty, render_output, render_steps, write_film
from .rendering import SCRATCH_PREFIX, RenderOptions

MAX_MARGIN: float = SECTIONS["camera"]["margin"].check.maximum  # type: ignore[union-attr]  # the check of a number
"""Largest margin that a spec takes."""

MARGIN_ROUNDS = 3
"""Rounds in which the margin of the half with larger tiles grows until tiles are equal."""


class Halves(NamedTuple):
    """The specs of the left and the right half."""

    left: Source
    right: Source


def make_halves(first: Source, second: Source, titles: Sequence[str]) -> Halves:
    """Return the specs of the halves: both look, walk and are rendered as the first spec says, and tiles are as large.

    titles: of the halves
    Raises UsageError where two such layers are not drawn beside each other.
    """
    width, height = first.spec.render.resolution
    if width % 4:
        wider = width + 4 - width % 4
        raise UsageError(f"--size: {width} pixels do not make two halves of an even width. Use {wider}x{height}")
    render = first.spec.render._replace(resolution=(width // 2, height))
    left = replace(first.spec, title=titles[0], render=render, compared=second.spec.layer)
    right = replace(left.turn_comparison(), title=titles[1])
    left = replace(left, values=right.values)  # none, where its weights do not fit the other layer
    left, right = _level_tiles([_check(first.name, left), _check(second.name, right)])
    return Halves(first._replace(spec=left), second._replace(spec=right))


def _check(name: str, spec: Spec) -> Spec:
    """Return a spec that was changed, checked as a whole. Raises UsageError."""
    try:
        return spec_from_table(spec.to_table())
    except SpecError as error:
        raise UsageError("\n".join(f"{name}: {problem}" for problem in error.problems)) from None


def _level_tiles(specs: Sequence[Spec]) -> list[Spec]:
    """Return the specs with the margins with which tiles are as large in both pictures, as far as margins can be."""
    levelled, widths = list(specs), [make_plan(spec).view.width for spec in specs]
    for _ in range(MARGIN_ROUNDS):
        smaller = int(widths[1] < widths[0])
        camera = levelled[smaller].camera
        wanted = 0.5 - (0.5 - camera.margin) * widths[smaller] / widths[1 - smaller]
        margin = min(wanted, MAX_MARGIN)
        if margin == camera.margin:
            break
        levelled[smaller] = replace(levelled[smaller], camera=camera._replace(margin=margin))
        widths[smaller] = make_plan(levelled[smaller]).view.width
    return levelled


def render_halves_step(halves: Halves, step: int, path: Path, executor: Executor) -> None:
    """Render one step of the left half, with the same output of the right one, as a PNG. Raises Failure."""
    position, order = halves.left.spec.walk_order.position_at(step), halves.right.spec.walk_order
    distances = np.abs(order.positions_at(np.arange(order.step_count)) - position).sum(axis=1)
    other = int(np.argmin(distances))  # the same output, or the nearest one that the other half visits
    options = RenderOptions(restart=True)
    parts = [path.with_name(f"{path.stem}.{name}.png") for name in halves._fields]
    with (
        render_steps(halves.left, [step], parts[0], options, executor) as left,
        render_steps(halves.right, [other], parts[1], options, executor) as right,
        scratch_dir(path.with_name(f"{SCRATCH_PREFIX}_{path.name}")) as scratch,
    ):
        joined = scratch / "joined.png"
        Image.fromarray(_join(left[0], right[0])).save(joined)
        publish_file(joined, path)


def render_halves_film(halves: Halves, output: Output, options: RenderOptions, executor: Executor) -> None:
    """Render the film of both halves. The shorter half stands still at its end. Raises Failure; frames rendered before
    it are kept."""
    check_encoder(output.path.suffix.lower())
    folders = [output.frames_folder / name for name in halves._fields]
    for source, folder in zip(halves, folders, strict=True):
        prepare_folder(folder)
        render_output(source, Output(folder, is_film=False), options, executor)
    shown = [make_plan(source.spec).unique_frames.tolist() for source in halves]
    count = max(map(len, shown))
    pairs = list(zip(*([*each, *each[-1:] * (count - len(each))] for each in shown), strict=True))
    names = [Path(f"{left}-{right}") for left, right in pairs]
    pair_of = dict(zip(names, pairs, strict=True))

    def load(name: Path) -> Bytes:
        left, right = (frame_path(folder, frame) for folder, frame in zip(folders, pair_of[name], strict=True))
        return _join(left, right)

    with scratch_dir(output.frames_folder / SCRATCH_PREFIX) as scratch:
        film = scratch / "film"
        write_film(halves.left.spec, names, load, film, output.path)
        publish_file(film, output.path)
    for source, folder in zip(halves, folders, strict=True):
        with hold_lock(folder):
            delete_frames(Manifest(folder, source.spec.render.resolution))
    remove_if_empty(output.frames_folder)


def _join(left: Path, right: Path) -> Bytes:
    """Return two pictures beside each other."""
    return np.ascontiguousarray(np.concatenate([load_pixels(left), load_pixels(right)], axis=1))
