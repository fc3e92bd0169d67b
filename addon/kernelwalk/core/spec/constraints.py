# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs whose keys are all valid, but which cannot be shown or would be too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Problem, format_value
from .limits import Purpose, find_size_errors
from .templates import is_lit

if TYPE_CHECKING:
    from .spec import Spec


def find_constraint_errors(spec: Spec, purpose: Purpose) -> list[Problem]:
    """Return the problems of a spec that cannot be shown for a purpose, before any memory is allocated for it."""
    errors = [*_scatter_errors(spec), *_chain_errors(spec), *_filter_errors(spec), *_blending_errors(spec)]
    errors += _comparison_errors(spec)
    return [*errors, *find_size_errors(spec, purpose)]


def _scatter_errors(spec: Spec) -> list[Problem]:
    if spec.show.transposed != "scatter" or spec.is_scatter or not spec.layer.can_scatter:
        return []  # other layers ignore the setting
    what = "a chain of layers is walked over its last output"
    return [Problem("show.transposed", what, 'Write "gather", or show the layer alone')]


def _filter_errors(spec: Spec) -> list[Problem]:
    if not (spec.is_scatter and spec.layer.has_tap_channels and spec.walk_order.filter_count > 1):
        return []
    what = f"a {spec.layer.display_name.lower()} stamps all channels of a block at once"
    return [Problem("walk.filters", what, 'Write "together"')]


def _comparison_errors(spec: Spec) -> list[Problem]:
    if spec.compared is None:
        problem = Problem("beside", "there is no other layer", "Add the key compare, or leave it out")
        return [problem] if spec.beside else []
    if spec.is_scatter:
        return [Problem("compare", "stamps are not compared", 'Write show.transposed = "gather", or leave it out')]
    if spec.layer.is_rearrangement or spec.compared.is_rearrangement:
        what = "a layer that only moves numbers is not drawn beside another"
        return [Problem("compare", what, "Leave it out: kernelwalk compare tells the difference in words")]
    return []


def _blending_errors(spec: Spec) -> list[Problem]:
    """Return the problem of a look with light that blends colors as they are displayed: light adds up linearly."""
    if not (spec.look.blends_as_displayed and is_lit(spec.look.template)):
        return []
    what = f'"display" is for looks without light, and the template {format_value(spec.look.template)} has light'
    return [Problem("look.blending", what, 'Write "scene", or choose a template without light on tiles')]


def _chain_errors(spec: Spec) -> list[Problem]:
    """Return the problems of chains whose dependencies are not separate for each axis: a layer moves channels."""
    for number, layer in enumerate(spec.layers[:-1]):
        if layer.is_rearrangement and not layer.moves_cells:
            what = f"layers after a {layer.display_name.lower()} cannot be shown"
            return [Problem(f"layers[{number}].op", what, "Make it the last layer, or show the layers separately")]
    if spec.shuffles_within:
        if spec.show.all_channels != "on":
            return []
        what = "in this chain, which channels a step reads depends on its position, so a tile stands for all of them"
        return [Problem("show.all_channels", what, 'Write "auto", or show the layers separately')]
    if len(spec.layers) > 1 and spec.layer.moves_cells and spec.walk.filters == "each":
        what = f"a chain that ends in a {spec.layer.display_name.lower()} is walked over all channels at once"
        return [Problem("walk.filters", what, 'Write "together"')]
    return []
