# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of a spec: what its input holds, and what each layer computes from it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arrays import Floats
from ..layers.registry import Layer
from ..spec.spec import Spec
from ..spec.values_section import LayerValues, Values
from .activations import ACTIVATIONS
from .forward import compute_layer
from .sources import make_input, make_kernel


@dataclass(frozen=True)
class Weights:
    """The weights of one layer, and what follows it; a normalization is folded into them where there is a kernel.

    kernel: shape (outputs, inputs per group, *kernel), as it is multiplied; None for a layer without weights
    bias:   shape (outputs,)
    scale:  shape (outputs,), factor of a sum without a kernel
    """

    kernel: Floats | None
    bias: Floats
    scale: Floats
    activation: str

    def add_bias(self, sums: Floats) -> Floats:
        """Return sums (outputs, ...) of a kernel's products, or of a layer without one, with the bias added."""
        along = (-1, *[1] * (sums.ndim - 1))
        return sums * self.scale.reshape(along) + self.bias.reshape(along)

    def activate(self, sums: Floats) -> Floats:
        """Return the activation of sums of any shape."""
        return ACTIVATIONS[self.activation](sums)


@dataclass(frozen=True, eq=False)
class SpecValues:
    """The values of all grids of a spec, in float64.

    grids:   of each grid from the input to the output, shape (channels, *sizes)
    weights: of each layer
    products: the output before its bias and its activation, shape (outputs, *output)
    """

    grids: tuple[Floats, ...]
    weights: tuple[Weights, ...]
    products: Floats

    @cached_property
    def sums(self) -> Floats:
        """The output before its activation, shape (outputs, *output)."""
        return self.weights[-1].add_bias(self.products)

    @property
    def kernels(self) -> tuple[Floats | None, ...]:
        """The kernel of each layer, shape (outputs, inputs per group, *kernel)."""
        return tuple(weights.kernel for weights in self.weights)

    @property
    def biases(self) -> tuple[Floats, ...]:
        """The bias of each layer, shape (outputs,)."""
        return tuple(weights.bias for weights in self.weights)

    @property
    def activations(self) -> tuple[str, ...]:
        """Name of the activation after each layer."""
        return tuple(weights.activation for weights in self.weights)


@functools.lru_cache(maxsize=2)
@np.errstate(invalid="ignore")  # a window on padding alone has no mean, and its maximum no activation
def compute_values(spec: Spec) -> SpecValues | None:
    """Compute the values of a spec; None if it has none.

    >>> from kernelwalk.core import parse_spec
    >>> spec = parse_spec('''
    ... layer = {op = "conv", input = [3], kernel = 2}
    ... values = {input = [1, 2, 4], kernel = [1, -1], activation = "relu"}
    ... ''')
    >>> compute_values(spec).sums.tolist()
    [[-1.0, -2.0]]
    """
    values = spec.values
    if values is None:
        return None
    grids = [make_input_values(spec.layers[0], values)]
    all_weights = [make_weights(layer, values, number) for number, layer in enumerate(spec.layers)]
    for layer, weights in zip(spec.layers, all_weights, strict=True):
        products = compute_layer(layer, grids[-1], weights.kernel)
        grids.append(weights.activate(weights.add_bias(products)))
    return SpecValues(tuple(grids), tuple(all_weights), products)


def make_input_values(layer: Layer, values: Values) -> Floats:
    """Return the input of the first layer as it is given or named, shape (channels, *input)."""
    if isinstance(values.input, str):
        return make_input(values.input, (layer.channels.inputs, *layer.input), values.seed)
    return _to_array(values.input)


def make_weights(layer: Layer, values: Values, number: int) -> Weights:
    """Return the weights of a layer, by its number in the chain from 0."""
    given = values.of_layer(number)
    outputs = layer.channels.outputs
    bias, scale = _per_channel(given.bias, outputs), np.ones(outputs)
    if given.norm is not None:
        mean, variance, factor, offset = (
            _per_channel(part, outputs)
            for part in (given.norm.mean, given.norm.variance, given.norm.weight, given.norm.bias)
        )
        scale = factor / np.sqrt(variance + given.norm.epsilon)
        bias = (bias - mean) * scale + offset
    if not layer.has_weights:
        return Weights(None, bias, scale, given.activation)
    kernel = make_kernel_values(layer, given, values, number)
    if values.flip_kernel:
        kernel = kernel[(slice(None), slice(None), *[slice(None, None, -1)] * layer.dims)]
    kernel = kernel * scale.reshape(-1, *[1] * (layer.dims + 1))
    return Weights(kernel, bias, np.ones(outputs), given.activation)


def make_kernel_values(layer: Layer, given: LayerValues, values: Values, number: int) -> Floats:
    """Return the kernel of a layer as it is given or named, shape `layer.kernel_shape`, before it is turned round.

    number: of the layer in the chain, from 0; random kernels differ by it
    """
    if isinstance(given.kernel, str):
        return make_kernel(given.kernel, layer.kernel_shape, values.seed + number)
    return _to_array(given.kernel)


def _per_channel(given: float | Sequence[float], count: int) -> Floats:
    return np.broadcast_to(_to_array(given), (count,))


def _to_array(numbers: object) -> Floats:
    return np.array(numbers, np.float64)
