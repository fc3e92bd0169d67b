# SPDX-License-Identifier: GPL-3.0-or-later
"""What `inspect` says of a spec: for people, and as the JSON that other programs read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from kernelwalk.core import AvgPool, Layer, Spec
from kernelwalk.core.channels import CHANNEL_KEYS
from kernelwalk.core.code import lines
from kernelwalk.core.equations import by, divisors, equation, pads
from kernelwalk.core.parameters import axis_names
from kernelwalk.core.walk import Route

USUAL = {"padding_mode": "zeros", "convention": "pytorch", "output_shape": None}
"""Parameters that are told where they are not as usual."""

NAMES = {
    "output_padding": "output padding",
    "output_shape": "output shape",
    "ceil_mode": "rounded up",
    "count_include_pad": "padding counts",
}
"""What parameters are called for people."""


def as_json(spec: Spec) -> Iterator[str]:
    """The mapping as one JSON object, in pieces: the walk of a large layer is long."""
    layer = spec.layer
    head: dict[str, Any] = {
        "op": layer.op,
        "input": layer.input,
        "output": layer.output,
        "kernel": layer.kernel,
        "stride": layer.stride,
        "dilation": layer.dilation,
        "padding": layer.padding,
    }
    head |= _more(layer)
    head |= {key: number for key, number in _channels(layer).items() if number != 1}
    route = _outputs(spec)
    head["steps"] = route.steps
    yield json.dumps(head)[:-1] + ', "walk": ['
    for step, (channel, *position) in enumerate(route.at(np.arange(route.steps)).tolist()):
        entry: dict[str, Any] = {"channel": channel} if route.filters > 1 else {}
        entry |= {"output": position, "taps": layer.taps(position)}
        if isinstance(layer, AvgPool):
            entry["divisor"] = layer.divisor(position)
        yield (", " if step else "") + json.dumps(entry)
    yield "]}"


def _outputs(spec: Spec) -> Route:
    """The walk over the output; in scatter, which walks over the input, every output by the walk's order."""
    return Route(1, spec.layer.output, spec.walk.order) if spec.scatters else spec.route


def as_text(spec: Spec) -> list[tuple[str, str]]:
    """Rows of a name and a value, for people."""
    layer, walk = spec.layer, spec.walk
    frames = walk.length(spec.steps)
    rows = [("operation", layer.label), ("input", by(layer.input))]
    if "kernel" in layer.KEYS:
        rows += [("kernel", by(layer.kernel)), ("stride", by(layer.stride)), ("padding", _padding(layer))]
    if "dilation" in layer.KEYS:
        rows.append(("dilation", by(layer.dilation)))
    rows += [(NAMES.get(name, name), _shown(value)) for name, value in _more(layer).items() if name != "padding_mode"]
    if isinstance(layer, AvgPool):
        rows.append(("divisor", divisors(layer)))
    rows += [
        ("output", by(layer.output)),
        *(("", f"{name} = {equation(layer, axis)}") for axis, name in enumerate(axis_names(layer.dims))),
        ("tiles", _tiles(layer)),
    ]
    unused = int((layer.mapping.uses() == 0).sum())
    if unused:
        rows.append(("unused", f"{unused} input cells that no output reads"))
    rows.append(
        (
            "walk",
            f"{_steps(spec)} by {walk.order}, {frames} frames, {frames / walk.fps:.1f} s at {walk.fps} fps",
        )
    )
    rows += [(line.framework, line.text if line.works else f"not as one layer: {line.text}") for line in lines(layer)]
    return rows


def _steps(spec: Spec) -> str:
    steps, count = spec.steps, spec.route.count
    return f"{steps} steps" if steps == count else f"{steps} steps over {count} positions"


def _more(layer: Layer) -> dict[str, Any]:
    """The parameters that only some layers have."""
    common = {"input", "kernel", "stride", "padding", "dilation", *CHANNEL_KEYS}
    values = {key: getattr(layer, key) for key in layer.KEYS if key not in common}
    return {key: value for key, value in values.items() if key not in USUAL or value != USUAL[key]}


def _channels(layer: Layer) -> dict[str, int]:
    """How many channels there are, by the names that convolutions give them."""
    channels = layer.channels
    return {"in_channels": channels.inputs, "out_channels": channels.outputs, "groups": channels.groups}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return by(value) if isinstance(value, tuple) else str(value)


def _padding(layer: Layer) -> str:
    """The padding in numbers, with its name and what it holds."""
    told = pads(layer.padding)
    about = [layer.word] if layer.word else []
    about += [mode for mode in (getattr(layer, "padding_mode", "zeros"),) if mode != "zeros"]
    return f"{told} ({', '.join(about)})" if about else told


def _tiles(layer: Layer) -> str:
    inputs = math.prod(layer.input)
    within = math.prod(axis.size - axis.overhang for axis in layer.axes)
    beyond = f"{layer.cells - within} beyond it, " if layer.cells > within else ""
    return f"{inputs} input, {within - inputs} padding and zeros, {beyond}{layer.steps} output"


def summary(spec: Spec) -> str:
    """One line on a spec."""
    layer = spec.layer
    words = [f"{by(layer.input)} → {by(layer.output)}"]
    if "kernel" in layer.KEYS:
        words.append(f"kernel {by(layer.kernel)}")
    if any(step > 1 for step in layer.stride):
        words.append(f"stride {by(layer.stride)}")
    if any(side for pair in layer.padding for side in pair):
        words.append(f"padding {_padding(layer)}")
    if any(gap > 1 for gap in layer.dilation):
        words.append(f"dilation {by(layer.dilation)}")
    if getattr(layer, "ceil_mode", False):
        words.append("rounded up")
    return f"{spec.name}: {', '.join(words)}"
