# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the plan of a spec: the picture is solved, and colors, lines and curves follow from its geometry."""

from __future__ import annotations

from dataclasses import replace

from ..animation.curve import index_curves_by_target
from ..animation.orbit import make_orbit_curves
from ..animation.walk_curves import make_slide_curves, make_sum_curve, make_walk_curves
from ..geometry.clearance import sample_orbit_angles
from ..geometry.layout import may_occlude
from ..labels.label import Label
from ..labels.step_counter import make_counter_curves
from ..layers.axis import INPUT
from ..lines.frustum import make_frustum
from ..spec.spec import Spec
from ..values.compute import compute_values
from .known_solutions import recall_solution
from .pair import make_place_curves, solve_pair
from .plan import Plan
from .solver import Solution


def make_plan(spec: Spec) -> Plan:
    """Build the plan of a spec.

    >>> from kernelwalk.core import load_preset, make_plan
    >>> plan = make_plan(load_preset("no_padding_no_strides"))
    >>> [grid.name for grid in plan.grids]
    ['Input', 'Output']
    """
    if not spec.beside:
        return _complete_plan(spec, recall_solution(spec))
    first, second = (_complete_plan(each.geometry.spec, each) for each in solve_pair([spec, spec.turn_comparison()]))
    places = make_place_curves(first.spec, [first.view, second.view])
    second = replace(second, curves={**second.curves, **index_curves_by_target(places)})
    far_clip = max(first.view.far_clip, second.view.far_clip)
    return replace(first, view=replace(first.view, far_clip=far_clip), beside=second)


def _complete_plan(spec: Spec, solution: Solution) -> Plan:
    """Build the plan of a spec from the solution of its picture."""
    geometry, lines, composition, _ = solution
    view, counter = composition.view, composition.counter
    if may_occlude(spec.look, spec.camera, geometry.option):
        geometry = geometry.with_occlusion(
            [view.orbit_by(angle) for angle in sample_orbit_angles(spec.camera).tolist()]
        )
    values = compute_values(spec)
    if values is not None:
        geometry = geometry.with_values(values, view)
        lines = geometry.keep_clear_of_digits(lines, view)
    lines = geometry.with_constant_width(lines, view)
    frustum = make_frustum(lines[0], spec.look.frustum, geometry.tile_grids[0].palette[INPUT, 1])
    curves = [*make_walk_curves(spec, geometry.kernel_offsets, lines, frustum), *make_orbit_curves(spec)]
    curves += make_slide_curves(spec, [tiles.slides for tiles in geometry.tile_grids])
    counter_labels: dict[str, Label] = {}
    if counter is not None:
        curves += make_counter_curves(spec, counter, composition.pixels_per_unit, composition.hidden_distance)
        names = [glyph.name for glyph in counter.glyphs]
        counter_labels = dict(zip(names, composition.counter_labels, strict=True))
    if composition.sum_lines:
        curves.append(make_sum_curve(spec))
    return Plan(
        spec,
        geometry.tile_grids,
        geometry.kernel,
        lines,
        frustum,
        curves=index_curves_by_target(curves),
        frames=spec.frames,
        view=view,
        labels=composition.labels,
        swatches=composition.swatches,
        counter_labels=counter_labels,
        counter_box=counter.box if counter else None,
        sum_lines=composition.sum_lines,
        sum_label=composition.sum_label,
    )
