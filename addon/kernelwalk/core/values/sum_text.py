# SPDX-License-Identifier: GPL-3.0-or-later
"""The sum that a step computes, in words: "1·0.5 − 2·(−1) + … + 3·2 = 3.5, + bias 0.1 = 3.6, ReLU 3.6".

Of numbers that do not give the result as they are written, "≈" stands before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..layers.mapping import Index
from ..spec.spec import Spec
from .activations import ACTIVATION_LABELS
from .compute import SpecValues
from .digits import MINUS, choose_decimals, find_decimals, write_number
from .shown_channels import choose_shown_channels
from .written_sums import choose_sign, choose_sign_of_rounding

ELLIPSIS = "…"

LARGEST_LOSS = 0.01
"""Largest share of a factor that rounding may take."""


class SumWriter:
    """Writes the sums of a spec's steps: inputs and outputs with the decimals that the tiles have.

    max_terms: terms of a sum that are written; of more, the first ones and the last
    """

    def __init__(self, spec: Spec, values: SpecValues, max_terms: int):
        assert spec.values is not None
        self.spec, self.values, self.max_terms = spec, values, max_terms
        self.layer, self.weights = spec.layer, values.weights[-1]
        self.source = values.grids[-2]
        kernel = self.weights.kernel
        self.input_decimals, self.output_decimals = (
            choose_decimals(spec.values, tensor) for tensor in (self.source, values.grids[-1])
        )
        self.shown = choose_shown_channels(spec, values)[-1]
        self.kernel_decimals = 0 if kernel is None else find_decimals(kernel)

    def write(self, step: int) -> str:
        """Return the sum of a step, which counts from 0: of the channel that the walk is at, or else of the first or
        the one that is shown."""
        channel, *position = self.spec.walk_order.position_at(step)
        place = tuple(position)
        if self.spec.is_scatter:
            return self._write_stamp(channel, place)
        channel += self.shown
        several = self.layer.channels.outputs > 1
        return (f"channel {channel}: " if several else "") + self._write_output(channel, place)

    def _write_output(self, channel: int, place: Index) -> str:
        layer = self.layer
        if layer.is_rearrangement:
            source, cell = layer.source_of(channel, place)
            index = (int(source), *cell.tolist())
            return "padding, 0" if min(cell.tolist()) < 0 else f"copy of {self._format_input(index)}"
        terms = self._list_terms(channel, place)
        combine: Callable[..., Any] = sum
        shown, divisor = self._shorten(terms), 1
        if layer.divisors:
            divisor = layer.step_details(place)["divisor"]
            text = f"({_add_up(shown)}) / {divisor}"
        elif layer.takes_maximum:
            text, combine = f"max({', '.join(shown)})", max
        elif layer.has_weights or layer.has_tap_channels or layer.tap_weights:
            text = _add_up(shown) or "0"
        else:
            text = f"copy of {terms[0]}"
        total = self._format_output(float(self.values.products[channel, *place]))
        if layer.has_kernel or layer.tap_weights:
            text += f" {choose_sign(terms, total, divisor, combine)} {total}"
        return self._add_bias(text, total, (channel, *place))

    def _list_terms(self, channel: int, place: Index) -> list[str]:
        """Return what an output is computed from: numbers, or products of a number and a weight."""
        layer = self.layer
        read = [(kernel, cell) for kernel, cell in layer.taps(place) if cell is not None]
        if layer.has_weights:
            first = layer.channels.inputs_of(channel)[0]
            return [
                f"{self._format_input((source, *cell))}·{self._format_weight((channel, source - first, *kernel))}"
                for source in layer.channels.inputs_of(channel)
                for kernel, cell in read
            ]
        if layer.has_tap_channels:
            return self._list_tap_channels(channel, read)
        if layer.tap_weights:
            return [
                f"{self._format_input((channel, *cell))}·{_enclose(write_factor(self._find_weight(place, tap), 2))}"
                for tap, cell in read
            ]
        return [self._format_input((channel, *cell)) for _, cell in read]

    def _list_tap_channels(self, channel: int, read: Sequence[tuple[Index, Index]]) -> list[str]:
        """Return what the taps of an output read, each in the channel of its own."""
        sizes = (self.layer.channels.outputs, *self.layer.kernel)
        channels = (int(np.ravel_multi_index((channel, *tap), sizes)) for tap, _ in read)
        return [self._format_input((source, *cell)) for source, (_, cell) in zip(channels, read, strict=True)]

    def _find_weight(self, place: Index, tap: Index) -> float:
        """Return the weight of a tap that differs from output to output."""
        tables = zip(self.layer.tap_weights, place, tap, strict=True)
        return math.prod(float(table[at, number]) for table, at, number in tables)

    def _add_bias(self, text: str, written_total: str, index: Index) -> str:
        """Return a text with the bias or the normalization, and with the activation's result."""
        pieces, channel = [text], index[0]
        biased = float(self.values.sums[index])
        if biased != self.values.products[index]:
            bias, result = float(self.weights.bias[channel]), self._format_output(biased)
            if self.weights.scale[channel] == 1:
                written = write_factor(bias, find_decimals(self.weights.bias))
                pieces.append(f"+ bias {written} {choose_sign([written_total, written], result)} {result}")
            else:
                sign = choose_sign_of_rounding(biased, result, max(abs(biased), abs(bias)))
                pieces.append(f"normalized {sign} {result}")
        if self.weights.activation != "none":
            label = ACTIVATION_LABELS[self.weights.activation]
            pieces.append(f"{label} {self._format_output(float(self.values.grids[-1][index]))}")
        return ", ".join(pieces)

    def _write_stamp(self, channel: int, place: Index) -> str:
        """Return what an input adds to the outputs below it."""
        layer = self.layer
        if layer.channels.inputs > 1 and self.spec.walk_order.filter_count == 1:
            stamped = f"{layer.channels.inputs} channels"
        else:
            stamped = self._format_input((channel, *place))
        tables = zip(layer.mapping.source_tables, place, strict=True)
        reached = math.prod(int((table == at).any(axis=1).sum()) for table, at in tables)
        outputs = f"{reached} output" if reached == 1 else f"{reached} outputs"
        return f"{stamped}{' · kernel' if layer.has_weights else ''}, added to {outputs}"

    def _shorten(self, terms: Sequence[str]) -> list[str]:
        if len(terms) <= self.max_terms + 1:  # an ellipsis takes the room of a term
            return list(terms)
        return [*terms[: max(self.max_terms - 1, 1)], ELLIPSIS, terms[-1]]

    def _format_input(self, index: Index) -> str:
        return write_factor(float(self.source[index]), self.input_decimals)

    def _format_weight(self, index: Index) -> str:
        assert self.weights.kernel is not None
        return _enclose(write_factor(float(self.weights.kernel[index]), self.kernel_decimals))

    def _format_output(self, value: float) -> str:
        return write_number(value, self.output_decimals)


def write_factor(value: float, decimals: int) -> str:
    """Return a number with so many decimals, or with three significant digits where these lose more than a hundredth.

    >>> write_factor(0.25, 2), write_factor(0.00390625, 2), write_factor(0.0, 2)
    ('0.25', '0.00391', '0.00')
    """
    if math.isfinite(value) and abs(round(value, decimals) - value) > LARGEST_LOSS * abs(value):
        return f"{value:.3g}".replace("-", MINUS)
    return write_number(value, decimals)


def _add_up(terms: Sequence[str]) -> str:
    """Return the sum of terms. Those that begin with a minus are subtracted, which keeps the widths of terms alike."""
    first, *others = terms or [""]
    return first + "".join(f" {MINUS} {term[1:]}" if term.startswith(MINUS) else f" + {term}" for term in others)


def _enclose(text: str) -> str:
    """Return a number in parentheses if it begins with a minus."""
    return f"({text})" if text.startswith(MINUS) else text
