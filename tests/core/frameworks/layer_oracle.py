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
from kernelwalk.core import AvgPool, Conv, ConvTranspose, Layer, SpecError, spec_from_table
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.frameworks.known_frameworks import BY_KEY

from ..helpers import build_layer, example_count, per_axis, responses, settings_of_any_dimension, weights

Run = Callable[[str, np.ndarray, "np.ndarray | None"], np.ndarray]
"""Runs code on an input (1, channels, *size) with a layer's weights in the package's order of axes, or None where it
has none or they are unknown; returns the output (1, channels, *size)."""

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
    arguments: strategies of the arguments, in order; one takes the number of axes
    needed:    number of arguments that stand in each line
    before:    what stands before them in the parentheses
    named:     arguments that need their names
    """

    name: str
    arguments: Mapping[str, Callable[[int], st.SearchStrategy[Any]]]
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


def sizes(least: int, most: int) -> Callable[[int], st.SearchStrategy[Any]]:
    """Return the strategy of a size: a number for all axes, or one for each of several."""
    number = st.integers(least, most)
    return lambda dims: st.one_of(number, per_axis(least, most, dims)) if dims > 1 else number


def kernels(dims: int) -> st.SearchStrategy[Any]:
    """Return the strategy of a kernel."""
    return sizes(1, LARGEST[dims][1])(dims)


def flags(dims: int) -> st.SearchStrategy[bool]:
    """Return the strategy of a flag."""
    return st.booleans()


def choices(*values: Any) -> Callable[[int], st.SearchStrategy[Any]]:
    """Return the strategy of one of some values."""
    return lambda dims: st.sampled_from(values)


STRIDES, DILATIONS, PADDINGS, EXTRAS = sizes(1, 3), sizes(1, 3), sizes(0, 2), sizes(0, 2)
INPUTS, OUTPUTS, GROUPS = (choices(name) for name in ("inputs", "outputs", "groups"))
"""Numbers of channels, which are drawn together."""


@st.composite
def lines(draw: st.DrawFn, calls: Sequence[Call]) -> Line:
    """Draw a line with one of these calls."""
    call = draw(st.sampled_from(calls))
    dims = draw(st.sampled_from(call.dims))
    groups = draw(st.integers(1, 2)) if GROUPS in call.arguments.values() else 1
    numbers = {"groups": groups}
    numbers |= {name: groups * draw(st.integers(1, 2)) for name in ("inputs", "outputs")}
    given: dict[str, Any] = {}
    for at, (name, strategy) in enumerate(call.arguments.items()):
        value = draw(strategy(dims))
        if at < call.needed or strategy is GROUPS or draw(st.booleans()):
            given[name] = numbers.get(value, value) if isinstance(value, str) else value
    order = list(call.arguments)
    free = next((at for at, name in enumerate(order) if name not in given or name in call.named), len(order))
    free = draw(st.integers(min(call.needed, free), free))
    parts = [call.before] if call.before else []
    parts += [repr(value) if order.index(name) < free else f"{name}={value!r}" for name, value in given.items()]
    text = f"{call.name.format(dims=dims)}({', '.join(parts)})"
    return Line(text, draw(per_axis(1, LARGEST[dims][0], dims)), numbers["inputs"])


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


def is_output(layer: Layer, values: np.ndarray, actual: np.ndarray) -> bool:
    """Return True if a layer computes the output from the values, with weights that all differ."""
    reached = responses(layer, weights(layer) if isinstance(layer, (Conv, ConvTranspose)) else None)
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


def layers(ops: Sequence[str] = WINDOWS) -> st.SearchStrategy[Layer]:
    """Return the strategy of layers of any convention, of one to three axes, with several channels."""
    return settings_of_any_dimension(ops).map(build_layer)


LARGER = "the padded input only"
"""Part of the reason why we refuse a kernel that is larger than its input."""


def windows_on_padding(version: str) -> Deviation:
    """Return the deviation of a package that pools windows on padding alone, which hold nothing."""

    def applies(text: str, layer: Layer | None, told: str) -> bool:
        return "so that each window reads some input" in told

    return Deviation(version, "pools windows on padding alone", applies)
