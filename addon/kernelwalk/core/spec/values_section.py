# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [values]: the numbers that a layer reads and weighs, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..validation import AutoOr, Boolean, Integer, Interval, Number
from .fields import Field, make_choice_field, to_plain

Numbers = float | tuple["Numbers", ...]
"""A number, or numbers in nested tuples of equal lengths."""

PerChannel = float | tuple[float, ...]
"""One number, or one per output channel."""

MAX_CHANNEL = 1_000_000
"""Largest number of a channel."""

LARGEST_NUMBER = 1e30
"""Largest absolute value of a number."""

INPUT_NAMES = {
    "ramp": "Whole numbers from 0 on, along the last axis first, and through all channels",
    "impulse": "A 1 in the middle cell of each channel, 0 elsewhere",
    "checkerboard": "By turns 0 and 1 along every axis, 0 in the first cell",
    "edge": "In the first half of the last axis 0, in the second 1",
    "random": "Whole numbers from -3 to 3, by the seed",
}
"""Meaning of each input that has a name."""

KERNEL_NAMES = {
    "identity": "A 1 in the middle: each output channel repeats the input channel with its number",
    "box": "The mean: equal weights whose sum is 1",
    "gaussian": "Binomial weights whose sum is 1: a blur",
    "sharpen": "The middle 5 times, less its neighbors; 3 or 7 times along one axis or three",
    "sobel_x": "Edges along x: [1, 2, 1] of y times [-1, 0, 1] of x",
    "sobel_y": "Edges along y: [-1, 0, 1] of y times [1, 2, 1] of x",
    "scharr_x": "Edges along x: [3, 10, 3] of y times [-1, 0, 1] of x",
    "laplacian": "The neighbors, less the middle 4 times; 2 or 6 times along one axis or three",
    "emboss": "A relief, lit from the upper left",
    "random": "Whole numbers from -3 to 3, by the seed",
}
"""Meaning of each kernel that has a name. A kernel with a name is the same for every pair of channels."""

ACTIVATIONS = {
    "none": "No function",
    "relu": "The larger of x and 0",
    "leaky_relu": "The larger of x and 0.01 · x",
    "sigmoid": "From 0 to 1: 1 / (1 + exp(-x))",
    "tanh": "Hyperbolic tangent",
    "gelu": "Product of x and the share of a normal distribution below it",
    "silu": "Product of x and its sigmoid",
}
"""Meaning of each activation."""


@dataclass(frozen=True)
class Norm:
    """A batch normalization in evaluation: (x - mean) / √(variance + epsilon) · weight + bias.

    Formula: torch.nn.BatchNorm2d.
    """

    mean: PerChannel = 0.0
    variance: PerChannel = 1.0
    weight: PerChannel = 1.0
    bias: PerChannel = 0.0
    epsilon: float = 1e-5


@dataclass(frozen=True)
class LayerValues:
    """The weights of one layer, and what follows it.

    kernel: a name of KERNEL_NAMES, or numbers of shape (outputs, inputs per group, *kernel); None without weights
    norm:   the normalization before the activation, or None
    """

    kernel: str | Numbers | None = None
    bias: PerChannel = 0.0
    activation: str = "none"
    norm: Norm | None = None


@dataclass(frozen=True)
class Values(LayerValues):
    """The values of a spec; FIELDS says what each key means.

    input:  a name of INPUT_NAMES, or numbers of shape (channels, *sizes)
    channel: of the output, which a slice that stands for all channels shows
    kernel, bias, activation, norm: those of the only layer; of a chain, `layers` has them, one entry per layer
    digits, decimals, range: None is chosen automatically
    """

    input: str | Numbers = "ramp"
    layers: tuple[LayerValues, ...] = ()
    flip_kernel: bool = False
    seed: int = 0
    fit: str = "error"
    white: float = 1.0
    channel: int = 0
    digits: bool | None = None
    decimals: int | None = None
    colors: str = "auto"
    range: tuple[float, float] | None = None

    def of_layer(self, number: int) -> LayerValues:
        """Return the values of a layer, by its number from 0."""
        return self.layers[number] if self.layers else self

    def to_table(self) -> dict[str, Any]:
        """Return the values as a spec's table has them."""
        table = {"input": _dump_numbers(self.input, 1)}
        if self.layers:
            table["layers"] = [_dump_layer(layer) for layer in self.layers]
        else:
            table |= _dump_layer(self)
        return table | {key: to_plain(getattr(self, key)) for key in FIELDS if key not in (*LAYER_FIELDS, "input")}


def _dump_layer(layer: LayerValues) -> dict[str, Any]:
    table: dict[str, Any] = {"activation": layer.activation}
    if layer.kernel is not None:
        table |= {"kernel": _dump_numbers(layer.kernel, 2), "bias": to_plain(layer.bias)}
    if layer.norm is not None:
        table["norm"] = {key: to_plain(getattr(layer.norm, key)) for key in NORM_FIELDS}
    return table


def _dump_numbers(numbers: Any, channel_axes: int) -> Any:
    """Return numbers without the axes of channels, where there is one channel."""
    inner = numbers
    for _ in range(channel_axes):
        if isinstance(inner, str) or len(inner) != 1:
            return to_plain(numbers)
        inner = inner[0]
    return to_plain(inner)


PER_CHANNEL = "a number, or one per output channel"

LAYER_FIELDS = {
    "kernel": Field(
        None,
        "Weights of a convolution, [output channel][input channel] before the axes where there are channels. "
        "They are multiplied as they stand (cross-correlation), as in every framework",
        KERNEL_NAMES,
        "nested numbers, a name, or a file",
    ),
    "bias": Field(None, "Number that is added to each output", values=f"{PER_CHANNEL}, or a file"),
    "activation": make_choice_field("Function of each output", ACTIVATIONS),
}
"""Fields of the values of one layer: in [values], or for a chain in [[values.layers]], in order. Each may have a table
`norm`."""

NORM_FIELDS = {
    "mean": Field(None, "Mean that is subtracted", values=PER_CHANNEL),
    "variance": Field(None, "Variance, not negative", values=PER_CHANNEL),
    "weight": Field(None, "Factor of the normalized value (gamma)", values=PER_CHANNEL),
    "bias": Field(None, "Number that is added in the end (beta)", values=PER_CHANNEL),
    "epsilon": Field(Number(1e-12, 1.0), "Number that is added to the variance"),
}
"""Fields of [values.norm]: a batch normalization after the layer, before its activation."""

FIELDS = {
    "input": Field(
        None,
        "Values of the input, nested as its axes, channels first where there are several",
        INPUT_NAMES,
        "nested numbers, a name, or a file",
    ),
    **LAYER_FIELDS,
    "flip_kernel": Field(
        Boolean(), "Turn the kernel round along every axis, as convolution does in signal processing, not in networks"
    ),
    "seed": Field(Integer(0, 2**31 - 1), "Seed of random numbers"),
    "fit": make_choice_field(
        "Treatment of a file that does not have the input's size",
        {
            "error": "It is an error",
            "crop": "The middle of a picture, the beginning of a signal",
            "scale": "Scaled to cover the input, and then cropped",
        },
    ),
    "white": Field(Number(1e-6, 1e6), "Value of white in a picture; black is 0"),
    "channel": Field(
        Integer(0, MAX_CHANNEL),
        "Output channel that is shown where one slice stands for all. Of each grid below, the channel that adds most "
        "to it is shown",
    ),
    "digits": Field(AutoOr(Boolean()), "Draw the values on the tiles as digits. Auto: where they can be read"),
    "decimals": Field(AutoOr(Integer(0, 6)), "Digits after the decimal point. Auto: as many as a grid needs"),
    "colors": make_choice_field(
        "Colors of the values",
        {
            "auto": "Diverging for a grid with negative values, otherwise sequential",
            "sequential": "From low to high",
            "diverging": "Away from zero, in two directions",
            "rgb": "An input of three channels in its own colors",
            "off": "None: tiles keep their colors",
        },
    ),
    "range": Field(AutoOr(Interval(-LARGEST_NUMBER, LARGEST_NUMBER)), "Values at the ends of the colors: [low, high]"),
}
