# SPDX-License-Identifier: GPL-3.0-or-later
"""What `inspect` says of a spec: for people, and as the JSON that other programs read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from kernelwalk.core import ConvTranspose, Layer, Spec
from kernelwalk.core.walk import positions


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
    if isinstance(layer, ConvTranspose):
        head["output_padding"] = layer.output_padding
    head["steps"] = layer.steps
    yield json.dumps(head)[:-1] + ', "walk": ['
    for step, position in enumerate(positions(layer.output, spec.walk.order).tolist()):
        entry = {"output": position, "taps": layer.taps(position)}
        yield (", " if step else "") + json.dumps(entry)
    yield "]}"


def as_text(spec: Spec) -> list[tuple[str, str]]:
    """Rows of a name and a value, for people."""
    layer, walk = spec.layer, spec.walk
    frames = walk.length(layer.steps)
    inputs = math.prod(layer.input)
    rows = [
        ("operation", layer.label),
        ("input", _by(layer.input)),
        ("kernel", _by(layer.kernel)),
        ("stride", _by(layer.stride)),
        ("padding", _pads(layer.padding)),
        ("dilation", _by(layer.dilation)),
    ]
    if isinstance(layer, ConvTranspose):
        rows.append(("output padding", _by(layer.output_padding)))
    rows += [
        ("output", _by(layer.output)),
        *(("", f"{name} = {_formula(layer, axis)}") for axis, name in enumerate(("y", "x"))),
        ("tiles", f"{inputs} input, {layer.cells - inputs} padding and zeros, {layer.steps} output"),
    ]
    unused = int((layer.mapping.uses() == 0).sum())
    if unused:
        rows.append(("unused", f"{unused} input cells that no output reads"))
    rows.append(
        ("walk", f"{layer.steps} steps by {walk.order}, {frames} frames, {frames / walk.fps:.1f} s at {walk.fps} fps")
    )
    return rows


def _formula(layer: Layer, axis: int) -> str:
    """The output size of one axis, filled in: the formulas of torch.nn.Conv2d and torch.nn.ConvTranspose2d."""
    i, k, s, d = layer.input[axis], layer.kernel[axis], layer.stride[axis], layer.dilation[axis]
    before, after = layer.padding[axis]
    if isinstance(layer, ConvTranspose):
        extra = layer.output_padding[axis]
        return f"({i} - 1)·{s} - {before} - {after} + {d}·({k} - 1) + {extra} + 1 = {layer.output[axis]}"
    return f"⌊({i} + {before} + {after} - {d}·({k} - 1) - 1) / {s}⌋ + 1 = {layer.output[axis]}"


def _by(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))


def _pads(padding: tuple[tuple[int, int], ...]) -> str:
    """One number where all sides agree, else each axis' sides."""
    sides = {side for pair in padding for side in pair}
    if len(sides) == 1:
        return str(sides.pop())
    return ", ".join(f"{name} {before} and {after}" for name, (before, after) in zip("yx", padding, strict=True))


def summary(spec: Spec) -> str:
    """One line on a spec."""
    layer = spec.layer
    words = [f"{_by(layer.input)} → {_by(layer.output)}", f"kernel {_by(layer.kernel)}"]
    if any(step > 1 for step in layer.stride):
        words.append(f"stride {_by(layer.stride)}")
    if any(side for pair in layer.padding for side in pair):
        words.append(f"padding {_pads(layer.padding)}")
    if any(gap > 1 for gap in layer.dilation):
        words.append(f"dilation {_by(layer.dilation)}")
    return f"{spec.name}: {', '.join(words)}"
