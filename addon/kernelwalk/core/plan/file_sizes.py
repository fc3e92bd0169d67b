# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of files that hold a walk: too large ones are refused, by an estimate from the spec before they are made, and
by their size before they are written."""

from __future__ import annotations

from typing import NamedTuple

from ..geometry.grids import make_grids
from ..spec.spec import Spec


class FileForm(NamedTuple):
    """A form of files, and about how many bytes things take in it.

    name: with its article
    largest: bytes up to which files are written
    words: all of them
    tile, activation: a tile, and a tile that is active at a step
    changing_tile, changing_activation: the same where tiles are translucent, move, or have more than two looks
    step: a step
    """

    name: str
    largest: int
    words: int
    tile: int
    activation: int
    changing_tile: int
    changing_activation: int
    step: int = 0


def estimate_size(spec: Spec, form: FileForm) -> int:
    """Return about how many bytes the file of a spec has, with the layer beside its own."""
    return form.words + sum(_estimate_walk(each, form) for each in spec.with_beside)


def _estimate_walk(spec: Spec, form: FileForm) -> int:
    changes = spec.look.opacity < 1 or spec.walk.trail or spec.walk.lift > 0 or spec.values is not None
    tile, activation = (form.tile, form.activation)
    if changes:
        tile, activation = form.changing_tile, form.changing_activation
    tiles = spec.tile_count * (1 if spec.values is None else 2)  # a value is about as large as its tile
    activations = sum(grid.activation_count for grid in make_grids(spec))
    return tile * tiles + activation * activations + form.step * spec.beat_count


def find_size_obstacle(spec: Spec, form: FileForm, made: int | None = None) -> str | None:
    """Return why a spec is too large for a file; None if it fits.

    made: the size of its file; None to estimate it
    """
    size = estimate_size(spec, form) if made is None else made
    if size <= form.largest:
        return None
    tiles = sum(each.tile_count for each in spec.with_beside)
    decimals, about = 0 if form.largest >= 10_000_000 else 1, "about " if made is None else ""
    return (
        f"{form.name} of {tiles:,} tiles and {spec.beat_count:,} steps would have {about}"
        f"{size / 1e6:,.{decimals}f} MB, and at most {form.largest / 1e6:,.{decimals}f} MB are written. Use a smaller "
        "layer, fewer steps or show.excerpt, or render a film"
    )
