"""The oracle of a framework: its package runs a line of code, and the layer that we read in the line computes the same.

Inputs are whole numbers that all differ, and so are weights, so that an output tells which pairs (kernel index, input
index) it has. A package refuses a line by raising anything.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from kernelwalk.core import AvgPool, Conv, ConvTranspose, Layer, SpecError, Upsample, spec_from_table
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.frameworks.known_frameworks import BY_KEY
from kernelwalk.core.layers.conventions import CONVENTIONS
from kernelwalk.core.layers.registry import LAYERS as OPERATIONS

from ..helpers import example_count, responses, weights

Run = Callable[[str, np.ndarray, "np.ndarray | None"], np.ndarray]
"""Runs code on an input (1, channels, *size) with a layer's weights in the package's order of axes, or None where it
has none or they are unknown; returns the output (1, channels, *size)."""

Draw = Callable[[random.Random, int], Any]
"""Draws an argument, from the number of axes."""

LARGEST = {1: (10, 4), 2: (6, 3), 3: (4, 2)}
"""Largest size of an input and of a kernel, by the number of axes."""


def tries(count: int) -> settings:
    """Return the settings of a test of `count` random lines."""
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(max_examples=example_count(count), database=None, suppress_health_check=checks, deadline=None)


@dataclass(frozen=True)
class Deviation:
    """A known difference between a package and what we say of it.

    version: the package and its version
    reason:  what it does
    applies: returns True where it differs, from a line, the layer that we read in it or None, and why we read none
    runs:    False for lines that the package must not run
    """

    version: str
    reason: str
    applies: Callable[[str, Layer | None, str], bool]
    runs: bool = True


@dataclass(frozen=True)
class Call:
    """A call of a layer, as random code has it.

    name:      with {dims} for the number of axes
    arguments: drawings of the arguments, in order
    needed:    number of arguments that stand in each line
    before:    what stands before them in the parentheses
    named:     arguments that need their names
    """

    name: str
    arguments: Mapping[str, Draw]
    needed: int
    before: str = ""
    named: tuple[str, ...] = ()
    dims: tuple[int, ...] = (1, 2, 3)


@dataclass(frozen=True)
class Line:
    """Code of a layer, with the size of its input and the number of its input's channels."""

    text: str
    size: tuple[int, ...]
    channels: int


def count_axes(chance: random.Random, dims: int) -> int:
    """Return the number of axes, which some layers take as an argument."""
    return dims


def sizes(least: int, most: int) -> Draw:
    """Return the drawing of a size: a number for all axes, or one for each of several."""

    def draw(chance: random.Random, dims: int) -> Any:
        each = tuples(least, most)(chance, dims)
        return each if dims > 1 and chance.random() < 0.6 else each[0]

    return draw


def tuples(least: int, most: int, count: int = 1) -> Draw:
    """Return the drawing of a size as a tuple, with `count` numbers for each axis."""
    return lambda chance, dims: tuple(chance.randint(least, most) for _ in range(count * dims))


def pairs(least: int, most: int) -> Draw:
    """Return the drawing of a list with a pair for each axis."""
    return lambda chance, dims: [tuples(least, most, 2)(chance, 1) for _ in range(dims)]


def kernels(chance: random.Random, dims: int) -> Any:
    """Draw a kernel."""
    return sizes(1, LARGEST[dims][1])(chance, dims)


def kernel_tuples(chance: random.Random, dims: int) -> tuple[int, ...]:
    """Draw a kernel as a tuple, whose length is the number of axes."""
    return tuples(1, LARGEST[dims][1])(chance, dims)


def flags(chance: random.Random, dims: int) -> bool:
    """Draw a flag."""
    return chance.random() < 0.5


def choices(*values: Any) -> Draw:
    """Return the drawing of one of some values; of a function, of what it draws."""

    def draw(chance: random.Random, dims: int) -> Any:
        value = chance.choice(values)
        return value(chance, dims) if callable(value) else value

    return draw


STRIDES, DILATIONS, PADDINGS, EXTRAS = sizes(1, 3), sizes(1, 3), sizes(0, 2), sizes(0, 2)
INPUTS, OUTPUTS, GROUPS = (choices(name) for name in ("inputs", "outputs", "groups"))
"""Numbers of channels, which are drawn together."""

SEEDS = st.integers(0, 2**32 - 1)
"""Hypothesis draws a seed alone: what it draws itself is often small, and alike from one example to the next."""


def lines(calls: Sequence[Call]) -> st.SearchStrategy[Line]:
    """Return the strategy of a line with one of these calls."""
    return SEEDS.map(lambda seed: draw_line(random.Random(seed), calls))


def draw_line(chance: random.Random, calls: Sequence[Call]) -> Line:
    """Draw a line with one of these calls."""
    call = chance.choice(calls)
    dims = chance.choice(call.dims)
    numbers = {"groups": chance.randint(1, 2) if GROUPS in call.arguments.values() else 1}
    numbers |= {name: numbers["groups"] * chance.randint(1, 2) for name in ("inputs", "outputs")}
    given: dict[str, Any] = {}
    for at, (name, draw) in enumerate(call.arguments.items()):
        value = draw(chance, dims)
        if at < call.needed or draw is GROUPS or chance.random() < 0.6:
            given[name] = numbers.get(value, value) if isinstance(value, str) else value
    order = list(call.arguments)
    free = next((at for at, name in enumerate(order) if name not in given or name in call.named), len(order))
    free = chance.randint(min(call.needed, free), free)
    parts = [call.before] if call.before else []
    parts += [repr(value) if order.index(name) < free else f"{name}={value!r}" for name, value in given.items()]
    text = f"{call.name.format(dims=dims)}({', '.join(parts)})"
    return Line(text, tuples(1, LARGEST[dims][0])(chance, dims), numbers["inputs"])


@dataclass(frozen=True)
class Oracle:
    """A framework and its package.

    key:  the framework's key
    run:  runs code in the package
    deviations: known differences
    """

    key: str
    run: Run
    deviations: Sequence[Deviation] = ()

    def compare_reading(self, line: Line) -> None:
        """Compare what we read in a line with what the package does. A line that both refuse does not count."""
        table: dict[str, Any] = {"code": line.text, "input": list(line.size)}
        layer, told = None, ""
        try:
            layer = spec_from_table({"layer": _add_channels(table, line)}).layer
        except SpecError as error:
            told = str(error)
        known = [deviation for deviation in self.deviations if deviation.applies(line.text, layer, told)]
        assume(all(deviation.runs for deviation in known))
        values = number_cells((1, line.channels, *line.size))
        actual = self._compute(line.text, values, layer)
        if layer is None or actual is None:
            agrees = layer is None and actual is None
        else:
            agrees = is_output(layer, values, actual)
        if not agrees and known:
            assume(False)
        assert agrees, f"{self._explain(line, layer, actual)}: {told}"
        assume(layer is not None)

    def compare_writing(self, layer: Layer) -> None:
        """Compare a layer with what the package does with the line that we write for it, where there is one."""
        line = next(each for each in emit_code(layer, (self.key,)))
        assume(line.is_supported)
        values = number_cells((1, layer.channels.inputs, *layer.input))
        actual = self._compute(line.text, values, layer)
        assert actual is not None and is_output(layer, values, actual), f"{line.text} is not {layer!r}"

    def _compute(self, text: str, values: np.ndarray, layer: Layer | None) -> np.ndarray | None:
        """Return the package's output; None where it refuses, or gives no cell."""
        weight = None
        if layer is not None and layer.has_weights:
            weight = order_axes(self.key, layer)
        try:
            actual = self.run(text, values, weight)
        except Exception:  # each package has its own
            return None
        return actual if actual.size else None

    def _explain(self, line: Line, layer: Layer | None, actual: np.ndarray | None) -> str:
        theirs = "refuses it" if actual is None else f"has {actual.shape[1:]}"
        ours = "we refuse it" if layer is None else f"we have {(layer.channels.outputs, *layer.output)}"
        return f"{line.text} on {line.channels} channels of {line.size}: {self.key} {theirs}, {ours}"


def _add_channels(table: dict[str, Any], line: Line) -> dict[str, Any]:
    """Return a layer's table with its input's channels, under the name that the layer has for them."""
    for name in ("in_channels", "channels"):
        with_channels = {**table, name: line.channels}
        try:
            spec_from_table({"layer": with_channels})
        except SpecError:
            continue
        return with_channels
    return table


def number_cells(shape: Sequence[int]) -> np.ndarray:
    """Return whole numbers that all differ, in a random order that depends on the shape alone."""
    count = math.prod(shape)
    return np.array(random.Random(count).sample(range(1, count + 1), count), np.float32).reshape(shape)


def order_axes(key: str, layer: Layer) -> np.ndarray:
    """Return a layer's weights, all different, in the framework's order of axes."""
    own = ("in", "out") if isinstance(layer, ConvTranspose) else ("out", "in")
    axes = BY_KEY[key].framework.weight_axes[layer.op]
    kernel = range(2, 2 + layer.dims)
    order = [at for axis in axes for at in (kernel if axis == "k" else [own.index(axis)])]
    return weights(layer).astype(np.float32).transpose(order)


def interpolate(layer: Upsample, values: np.ndarray) -> np.ndarray:
    """Return the output of an upsampling that weighs cells, from values (channels, *size)."""
    for at, (axis, tap_weights) in enumerate(zip(layer.axes, layer.tap_weights, strict=True), start=1):
        matrix = np.zeros((axis.output, axis.input))
        sources = axis.source_table()
        inside = sources >= 0
        np.add.at(matrix, (np.nonzero(inside)[0], sources[inside]), tap_weights[inside])
        values = np.moveaxis(np.tensordot(matrix, values, axes=(1, at)), 0, at)
    return values


def is_output(layer: Layer, values: np.ndarray, actual: np.ndarray) -> bool:
    """Return True if a layer computes the output from the values, with weights that all differ."""
    if isinstance(layer, Upsample) and not layer.copies:
        return actual.shape[2:] == layer.output and np.allclose(actual[0], interpolate(layer, values[0]), 1e-4, 1e-3)
    reached = responses(layer, weights(layer) if isinstance(layer, (Conv, ConvTranspose)) else None)
    if layer.has_matrix_output and actual.shape[2:] == (math.prod(layer.output),):  # blocks in one row
        actual = actual.reshape(*actual.shape[:2], *layer.output)
    if actual.shape[1:] != reached.shape[1:]:
        return False
    flat = values.reshape(-1, *[1] * (reached.ndim - 1)).astype(float)
    if not layer.takes_maximum:
        expected = (flat * reached).sum(axis=0)
        if isinstance(layer, AvgPool):  # windows on padding alone have no mean where padding does not count
            return np.allclose(np.nan_to_num(actual[0], posinf=0), np.nan_to_num(expected), rtol=1e-5)
        return np.allclose(actual[0], expected, rtol=1e-5)
    expected = np.where(reached > 0, flat, 0).max(axis=0)
    return np.allclose(np.maximum(actual[0], 0), expected)


WINDOWS = ("conv", "conv_transpose", "max_pool", "avg_pool")
"""Operations that slide a window, which most frameworks have."""

OTHERS = (
    *("adaptive_avg_pool", "adaptive_max_pool", "upsample", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle"),
    *("unfold", "fold"),
)
"""All other operations."""


def layers(ops: Sequence[str] = WINDOWS) -> st.SearchStrategy[Layer]:
    """Return the strategy of layers of any convention, of one to three axes, with several channels."""
    return SEEDS.map(lambda seed: draw_layer(random.Random(seed), ops))


def draw_layer(chance: random.Random, ops: Sequence[str]) -> Layer:
    """Draw a possible layer."""
    op, dims = chance.choice(list(ops)), chance.randint(1, 3)
    if op in OTHERS:
        return draw_other_layer(chance, op, dims)
    groups = chance.randint(1, 2)
    table: dict[str, Any] = {"input": tuples(1, LARGEST[dims][0])(chance, dims), "kernel": kernels(chance, dims)}
    table |= {"stride": STRIDES(chance, dims), "convention": chance.choice(list(CONVENTIONS))}
    if op != "avg_pool" or chance.random() < 0.3:
        table["dilation"] = DILATIONS(chance, dims)
    pairs = [tuples(0, 2)(chance, 2) for _ in range(dims)]
    equal = [(before, before) for before, _ in pairs]
    names = ("valid", "same", "same_upper", "same_lower", *(("causal",) if op == "conv" and dims == 1 else ()))
    table["padding"] = chance.choice([equal, equal, pairs, chance.choice(names)])
    if op.startswith("conv"):
        table |= {"in_channels": groups * chance.randint(1, 2), "out_channels": groups * chance.randint(1, 2)}
        table["groups"] = groups
    else:
        table |= {"channels": groups, "ceil_mode": flags(chance, dims)}
    if op == "conv_transpose" and chance.random() < 0.5:
        table |= {"output_padding": EXTRAS(chance, dims), "flip_kernel": chance.random() < 0.2}
    if op == "avg_pool":
        table["count_include_pad"] = flags(chance, dims)
    if op == "conv" and chance.random() < 0.2:
        table["padding_mode"] = chance.choice(["reflect", "replicate", "circular"])
    try:
        return OPERATIONS[op](**table)
    except SpecError:
        return draw_layer(chance, ops)


def draw_other_layer(chance: random.Random, op: str, dims: int) -> Layer:
    """Draw a possible layer of one of OTHERS."""
    size, channels = tuples(1, LARGEST[dims][0])(chance, dims), chance.randint(1, 2)
    table: dict[str, Any] = {"input": size, "channels": channels}
    if op.startswith("adaptive"):
        table["output_shape"] = tuples(1, 5)(chance, dims)
    elif op == "upsample":
        table["interpolation"] = chance.choice(["nearest", "nearest_exact", "linear", "cubic"])
        table["align_corners"] = flags(chance, dims)
        table |= {chance.choice(["scale", "output_shape"]): tuples(1, 4)(chance, dims)}
        table["convention"] = chance.choice(["pytorch", "keras"])
    elif op == "channel_shuffle":
        groups = chance.randint(1, 3)
        table |= {"groups": groups, "channels": groups * channels}
    elif op.startswith("pixel"):
        factors = tuples(1, 3)(chance, dims) if chance.random() < 0.3 else (chance.randint(1, 3),) * dims
        table |= {"factor": factors, "channel_order": chance.choice(["CRD", "DCR"])}
        if op == "pixel_shuffle":
            table["channels"] = channels * math.prod(factors)
        else:
            table["input"] = tuple(cells * factor for cells, factor in zip(size, factors, strict=True))
    else:
        table |= {"kernel": kernels(chance, dims), "stride": STRIDES(chance, dims), "dilation": DILATIONS(chance, dims)}
        sides = [tuples(0, 2)(chance, 2) for _ in range(dims)]
        table["padding"] = chance.choice([[(before, before) for before, _ in sides], sides])
        if op == "fold":
            table = {**table, "output_shape": size}
            del table["input"], table["channels"]
    try:
        return OPERATIONS[op](**table)
    except SpecError:
        return draw_other_layer(chance, op, dims)


LARGER, CROPPED = "the padded input only", "crops the whole output"
"""Parts of the reasons why we refuse a kernel that is larger than its input, and padding that leaves no output."""


def no_window_fits(version: str) -> Deviation:
    """Return the deviation of a package that does not refuse a layer without outputs. It must not run that."""

    def applies(text: str, layer: Layer | None, told: str) -> bool:
        return LARGER in told or CROPPED in told

    return Deviation(version, "computes something where no output is left", applies, runs=False)


def windows_on_padding(version: str, runs: bool = True) -> Deviation:
    """Return the deviation of a package that pools windows on padding alone, which hold nothing.

    runs: False if it must not run that
    """

    def applies(text: str, layer: Layer | None, told: str) -> bool:
        return "so that each window reads some input" in told

    return Deviation(version, "pools windows on padding alone", applies, runs)
