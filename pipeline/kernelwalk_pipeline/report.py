# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of `inspect` on a spec: rows for people, JSON for other programs."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from kernelwalk.core import Layer, Spec
from kernelwalk.core.describe.summary import format_channels
from kernelwalk.core.frame_rates import format_frame_rate
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.frameworks.known_frameworks import BY_KEY, FRAMEWORKS
from kernelwalk.core.layers.channels import CHANNEL_PARAMETERS, Channels
from kernelwalk.core.layers.formatting import format_size
from kernelwalk.core.layers.parameters import axis_names
from kernelwalk.core.spec.limits import find_size_errors
from kernelwalk.core.walk.order import WalkOrder

if TYPE_CHECKING:
    from kernelwalk.core.layers.receptive_field import ReceptiveField

DEFAULTS = {
    **{"padding_mode": "zeros", "channel_order": "CRD", "convention": "pytorch", "output_shape": None},
    **{"scale": None, "interpolation": "nearest", "align_corners": False, "flip_kernel": False},
}
"""Parameters that are reported only if they differ from these values."""

ROW_NAMES = {
    "output_padding": "output padding",
    "output_shape": "output shape",
    "align_corners": "align corners",
    "flip_kernel": "kernel flipped",
    "channel_order": "channel order",
    "ceil_mode": "rounded up",
    "count_include_pad": "padding counts",
}
"""The row names of parameters, if not their own."""


def format_json(spec: Spec) -> Iterator[str]:
    """Yield the mapping as one JSON object, in pieces, since the walk of a large layer is long.

    For a chain, it is the mapping of the last layer, with all layers listed and, for each step, the cells of the first
    layer's input that it depends on.
    """
    layer, many = spec.layer, len(spec.layers) > 1
    route = _output_order(spec)
    head = {**make_layer_header(layer), "steps": route.step_count}
    if many:
        from kernelwalk.core.layers import receptive_field

        fields = zip(spec.layers, receptive_field.receptive_fields(spec.layers), strict=True)
        head["layers"] = [
            {**make_layer_header(single), "receptive_field": [_receptive_field_json(axis) for axis in axes]}
            for single, axes in fields
        ]
    if spec.values is not None:
        head["values"] = _values_json(spec)
    yield json.dumps(head)[:-1] + ', "walk": ['
    for step in range(route.step_count):
        channel, *position = route.position_at(step)
        entry: dict[str, Any] = {"channel": channel} if route.filter_count > 1 else {}
        entry |= {"output": position, "taps": layer.taps(position)}
        entry |= layer.step_details(position)
        if many:
            entry["reads"] = receptive_field.trace_inputs(spec.layers, position)[0]
        yield (", " if step else "") + json.dumps(entry)
    yield "]"
    if not many:
        yield f', "code": {json.dumps(make_code_table(layer))}'
    yield "}"


def make_layer_header(layer: Layer) -> dict[str, Any]:
    """Return the parameters of a layer and its output size."""
    common = ("op", "input", "output", "kernel", "stride", "dilation", "padding")
    head = {key: getattr(layer, key) for key in common} | _special_parameters(layer)
    return head | {key: number for key, number in _channel_counts(layer).items() if number != 1}


def _values_json(spec: Spec) -> dict[str, Any]:
    """Return the values as nested lists, channels first; each kernel as it is multiplied.

    A chain has the weights and the output of each layer in a list.
    """
    from kernelwalk.core.values.compute import compute_values

    computed = compute_values(spec)
    assert computed is not None
    grids = [grid.tolist() for grid in computed.grids]
    layers = [
        {
            "kernel": None if weights.kernel is None else weights.kernel.tolist(),
            "bias": weights.bias.tolist(),
            "activation": weights.activation,
            "output": output,
        }
        for weights, output in zip(computed.weights, grids[1:], strict=True)
    ]
    if len(layers) == 1:
        return {"input": grids[0], **layers[0]}
    return {"input": grids[0], "layers": layers, "output": grids[-1]}


def _list_value_rows(spec: Spec) -> list[tuple[str, str]]:
    """Return the rows of the least and the greatest value of the input and the output."""
    if spec.values is None:
        return []
    from kernelwalk.core.values.compute import compute_values

    computed = compute_values(spec)
    assert computed is not None
    ends = (("input values", computed.grids[0]), ("output values", computed.grids[-1]))
    return [(name, f"{grid.min():.6g} to {grid.max():.6g}") for name, grid in ends]


def _receptive_field_json(field: ReceptiveField) -> dict[str, Any]:
    """Return a receptive field in cells; numbers that are not whole become fractions, "3/2"."""
    values = {"jump": field.jump, "start": field.start}
    formatted = {key: int(value) if value.denominator == 1 else str(value) for key, value in values.items()}
    return {"size": field.size, **formatted}


def _output_order(spec: Spec) -> WalkOrder:
    """Return the walk over the output; a scatter walks over the input, so its outputs take the same order."""
    return WalkOrder(1, spec.layer.output, spec.walk.order) if spec.is_scatter else spec.walk_order


def list_rows(spec: Spec, frameworks: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return rows of a name and a value, for people.

    frameworks: keys of frameworks in which the layer is written, beside the usual ones
    """
    walk, many = spec.walk, len(spec.layers) > 1
    rows = _list_chain_rows(spec) if many else _list_layer_rows(spec.layer)
    problems = find_size_errors(spec)
    frames = walk.frame_count(spec.step_count) if problems else len(spec.frames)
    seconds, rate = float(frames / walk.fps), format_frame_rate(walk.fps)
    summary = f"{_format_steps(spec)} by {walk.order}, {frames} frames, {seconds:.1f} s at {rate} fps"
    rows += _list_value_rows(spec)
    rows.append(("walk", summary))
    rows += [("no film", f"{problem.what}. {problem.remedy}") for problem in problems]
    return [*rows, *(() if many else list_code_rows(spec.layer, frameworks, has_remarks=True))]


def _list_chain_rows(spec: Spec) -> list[tuple[str, str]]:
    """Return the rows of each layer of a chain."""
    from kernelwalk.core.layers import receptive_field  # only for chains: fractions take a while to load

    rows: list[tuple[str, str]] = []
    for number, (layer, field) in enumerate(
        zip(spec.layers, receptive_field.receptive_fields(spec.layers), strict=True)
    ):
        rows += [
            (f"layer {number + 1}", layer.display_name),
            *_list_layer_rows(layer)[1:],
            ("receptive field", _format_receptive_field(field)),
        ]
    return rows


def _list_layer_rows(layer: Layer) -> list[tuple[str, str]]:
    """Return the rows of a single layer."""
    rows = [("operation", layer.display_name), ("input", format_size(layer.input))]
    if layer.has_kernel:
        rows += [
            ("kernel", format_size(layer.kernel)),
            ("stride", format_size(layer.stride)),
            ("padding", layer.describe_padding()),
        ]
    if layer.has_parameter("dilation"):
        rows.append(("dilation", format_size(layer.dilation)))
    rows += [
        (ROW_NAMES.get(name, name), _format_value(value))
        for name, value in _special_parameters(layer).items()
        if name != "padding_mode"
    ]
    rows += layer.detail_rows()
    if layer.channels != Channels():
        rows.append(("channels", format_channels(layer.channels)))
        rows += [("", f"channels = {formula}") for formula in (layer.channel_equation(),) if formula]
    rows += [
        ("output", format_size(layer.output)),
        *(("", f"{name} = {layer.size_equation(axis)}") for axis, name in enumerate(axis_names(layer.dims))),
    ]
    rows += [("weights", formula) for formula in (layer.weight_equation(),) if formula]
    rows.append(("tiles", _format_tile_counts(layer)))
    unused = layer.mapping.unused_count
    if unused:
        rows.append(("unused", f"{unused} input cells that no output reads"))
    return rows


def _format_receptive_field(axes: tuple[ReceptiveField, ...]) -> str:
    """Return receptive fields in cells, once if all axes have the same."""
    texts = [f"{field.size} cells, jump {field.jump}, start {field.start}" for field in axes]
    if len(set(texts)) == 1:
        return texts[0]
    return "; ".join(f"{name} {text}" for name, text in zip(axis_names(len(axes)), texts, strict=True))


def _format_steps(spec: Spec) -> str:
    steps, count = spec.step_count, spec.walk_order.position_count
    cells = "positions of the input" if spec.is_scatter else "positions"
    return f"{steps} steps" if steps == count and not spec.is_scatter else f"{steps} steps over {count} {cells}"


def list_code_rows(layer: Layer, frameworks: Collection[str] = (), has_remarks: bool = False) -> list[tuple[str, str]]:
    """Return the layer as code of frameworks, or the reason why a framework has no such layer.

    frameworks:  keys of frameworks beside the usual ones
    has_remarks: True for rows under each line on what the framework does otherwise than it says
    """
    keys = tuple(known.key for known in FRAMEWORKS if known.is_usual or known.key in frameworks)
    rows = []
    for line in emit_code(layer, keys):
        rows.append((line.framework, line.text if line.is_supported else f"not as one layer: {line.text}"))
        rows += [("", str(remark)) for remark in line.remarks if has_remarks]
    return rows


def make_code_table(layer: Layer) -> dict[str, Any]:
    """Return the layer's line in every framework, or why there is none, by the framework's key."""
    lines = zip(BY_KEY, emit_code(layer, tuple(BY_KEY)), strict=True)
    return {
        key: {"line" if line.is_supported else "obstacle": line.text, "remarks": list(map(str, line.remarks))}
        for key, line in lines
    }


def _special_parameters(layer: Layer) -> dict[str, Any]:
    """Return the parameters that only some layers have, if they differ from DEFAULTS."""
    common = {"input", "kernel", "stride", "padding", "dilation", *CHANNEL_PARAMETERS}
    values = {key: getattr(layer, key) for key in layer.PARAMETERS if key not in common}
    return {key: value for key, value in values.items() if key not in DEFAULTS or value != DEFAULTS[key]}


def _channel_counts(layer: Layer) -> dict[str, int]:
    """Return the numbers of channels under the names that convolutions give them."""
    channels = layer.channels
    return {"in_channels": channels.inputs, "out_channels": channels.outputs, "groups": channels.groups}


def _format_value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format_size(value) if isinstance(value, tuple) else str(value)


def _format_tile_counts(layer: Layer) -> str:
    inputs = math.prod(layer.input)
    within = math.prod(axis.size - axis.overhang for axis in layer.axes)
    beyond = f"{layer.cell_count - within} beyond it, " if layer.cell_count > within else ""
    return f"{inputs} input, {within - inputs} padding and zeros, {beyond}{layer.position_count} output"
