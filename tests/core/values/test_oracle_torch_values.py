# SPDX-License-Identifier: GPL-3.0-or-later
"""The forward pass against PyTorch: layers of every operation, of one to three axes, with channels and groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st
from kernelwalk.core import Layer, spec_from_table
from kernelwalk.core.values.activations import ACTIVATIONS
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.digits import write_number
from kernelwalk.core.values.forward import compute_layer, find_maxima

from ..helpers import LAYERS_OF_ANY_DIMENSION, build_layer, example_count, settings_of_any_dimension

torch = pytest.importorskip("torch", reason="the oracle is PyTorch: install the extra kernelwalk[torch]")
functional = torch.nn.functional

MANY = settings(max_examples=example_count(2000), database=None, deadline=None)
SOME = settings(max_examples=example_count(300), database=None, deadline=None)

TORCH_LIKE = ("pytorch", "keras")
"""Conventions whose poolings, with padding in numbers, have the windows and divisors of torch's."""

LARGEST_ERROR = 2e-6
"""Largest difference from torch's float32, as a share of the largest sum of a tensor with its terms taken as positive,
since terms may cancel each other."""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)  # these layers are too small to share


def draw_values(layer: Layer, random: int) -> tuple[Any, Any, Any]:
    """Return an input, a kernel and a bias of float32 numbers; None for those that the layer lacks."""
    generator = np.random.default_rng(random)
    values = generator.normal(size=(layer.channels.inputs, *layer.input)).astype(np.float32)
    if not layer.has_weights:
        return values, None, None
    channels = layer.channels
    shape = (channels.outputs, channels.inputs // channels.groups, *layer.kernel)
    return values, generator.normal(size=shape).astype(np.float32), generator.normal(size=shape[0]).astype(np.float32)


def pad(values: Any, layer: Layer, mode: str = "constant", content: float = 0.0) -> Any:
    """Pad every side as the layer does, and cells past the padding too; negative padding crops."""
    sides = [side for pair in reversed(layer.padding) for side in pair]
    extra = {"value": content} if mode == "constant" else {}
    return functional.pad(values, sides, mode=mode, **extra)


def run(layer: Layer, values: Any, kernel: Any, bias: Any) -> Any:
    """Return torch's output of a layer, shape (channels, *output), in the precision of `values`."""
    cells, dims = torch.from_numpy(values)[None], layer.dims
    stride, dilation = layer.stride, layer.dilation
    if layer.has_weights:
        weight, added = torch.from_numpy(kernel), torch.from_numpy(bias)
        groups = layer.channels.groups
    match layer.op:
        case "conv":
            modes = {"zeros": "constant"}
            padded = pad(cells, layer, modes.get(layer.padding_mode, layer.padding_mode))
            return getattr(functional, f"conv{dims}d")(padded, weight, added, stride, 0, dilation, groups)[0]
        case "conv_transpose":
            # [out][in] of each group becomes torch's [in][out]
            parts = [part.transpose(0, 1) for part in weight.chunk(groups)]
            function = getattr(functional, f"conv_transpose{dims}d")
            whole = function(cells, torch.cat(parts), None, stride, 0, 0, groups, dilation)[0]
            grown = [side for border in reversed(layer.output_borders) for side in (0, border.output_padding)]
            whole = functional.pad(whole, grown)
            crops = [(max(border.before, 0), max(border.after, 0)) for border in layer.output_borders]
            more = [side for b in reversed(layer.output_borders) for side in (max(-b.before, 0), max(-b.after, 0))]
            whole = functional.pad(whole, more)
            for axis, (before, after) in enumerate(crops, start=1):
                whole = whole.narrow(axis, before, whole.shape[axis] - before - after)
            return whole + added.reshape(-1, *[1] * dims)
        case "max_pool":
            assume(layer.convention in TORCH_LIKE)
            assume(
                all(
                    before <= k // 2 for (b, a), k in zip(layer.padding, layer.kernel, strict=True) for before in (b, a)
                )
            )
            overhang = [side for axis in reversed(layer.axes) for side in (0, axis.overhang)]
            padded = functional.pad(pad(cells, layer, content=-torch.inf), overhang, value=-torch.inf)
            return getattr(functional, f"max_pool{dims}d")(padded, layer.kernel, stride, 0, dilation)[0]
        case "avg_pool":
            assume(layer.convention in TORCH_LIKE and set(dilation) == {1})
            before, after = ([pair[side] for pair in layer.padding] for side in (0, 1))
            assume(before == after and all(b <= k // 2 for b, k in zip(before, layer.kernel, strict=True)))
            is_too_wide = any(k > i for k, i in zip(layer.kernel, layer.input, strict=True))
            assume(dims < 3 or not is_too_wide)  # avg_pool3d takes no kernel larger than the input
            function = getattr(functional, f"avg_pool{dims}d")
            return function(cells, layer.kernel, stride, before, layer.ceil_mode, layer.count_include_pad)[0]
        case "adaptive_max_pool" | "adaptive_avg_pool" as name:
            return getattr(functional, f"{name}{dims}d")(cells, layer.output)[0]
        case "upsample":
            mode = {
                "nearest": "nearest",
                "nearest_exact": "nearest-exact",
                "cubic": "bicubic",
                "linear": ("linear", "bilinear", "trilinear")[dims - 1],
            }
            assume(layer.convention == "pytorch")
            aligns = None if layer.interpolation.startswith("nearest") else layer.align_corners
            scale = tuple(map(float, layer.scale))
            return torch.nn.Upsample(None, scale, mode[layer.interpolation], aligns)(cells)[0]
        case "unfold":
            assume(dims == 2)
            columns = functional.unfold(pad(cells, layer), layer.kernel, dilation, 0, stride)[0]
            return columns.reshape(-1, *layer.output)
        case "fold":
            assume(dims == 2)
            canvas = [size + before + after for size, (before, after) in zip(layer.output, layer.padding, strict=True)]
            whole = functional.fold(cells.flatten(2), canvas, layer.kernel, dilation, 0, stride)[0]
            for axis, ((before, _), size) in enumerate(zip(layer.padding, layer.output, strict=True), start=1):
                whole = whole.narrow(axis, before, size)
            return whole
        case "channel_shuffle":
            return functional.channel_shuffle(cells, layer.groups)[0]
        case op:
            assume(dims == 2 and layer.channel_order == "CRD" and len(set(layer.factor)) == 1)
            return getattr(functional, op)(cells, layer.factor[0])[0]


@seed(1)
@MANY
@given(LAYERS_OF_ANY_DIMENSION, st.integers(0, 2**31))
def test_values_are_those_of_torch(layer: Layer, random: int) -> None:
    values, kernel, bias = draw_values(layer, random)
    expected = run(layer, values, kernel, bias).numpy()
    actual = compute_layer(layer, values, kernel, bias)
    assert actual.shape == expected.shape and actual.dtype == np.float64
    size = compute_layer(layer, *(None if part is None else np.abs(part) for part in (values, kernel, bias))).max()
    is_number = np.isfinite(expected)  # the maximum of a window that reads no input is -inf
    assert np.array_equal(is_number, np.isfinite(actual))
    difference = np.where(is_number, actual, 0) - np.where(is_number, expected, 0)
    assert np.abs(difference).max() <= LARGEST_ERROR * max(size, 0)
    exact = run(layer, *(None if part is None else part.astype(np.float64) for part in (values, kernel, bias))).numpy()
    difference = np.where(is_number, actual, 0) - np.where(is_number, exact, 0)
    assert np.abs(difference).max() <= 1e-14 * max(size, 0)


@seed(2)
@SOME
@given(settings_of_any_dimension(["max_pool"], axes=2).map(build_layer), st.integers(0, 2**31))
def test_the_winner_is_the_cell_that_torch_names(layer: Layer, random: int) -> None:
    generator = np.random.default_rng(random)
    values = generator.integers(-2, 3, (layer.channels.inputs, *layer.input)).astype(np.float64)  # often equal
    before, after = ([pair[side] for pair in layer.padding] for side in (0, 1))
    assume(layer.convention in TORCH_LIKE)
    assume(before == after and all(b <= k // 2 for b, k in zip(before, layer.kernel, strict=True)))
    pool = getattr(functional, f"max_pool{layer.dims}d")
    arguments = layer.kernel, layer.stride, before, layer.dilation, layer.ceil_mode, True
    expected, places = pool(torch.from_numpy(values)[None], *arguments)
    largest, winner = find_maxima(layer, values)
    assert np.array_equal(largest, expected[0].numpy())
    assert np.array_equal(winner >= 0, np.isfinite(largest))
    assume((winner >= 0).all())
    taps = np.unravel_index(winner, layer.kernel)
    positions = np.indices(winner.shape)[1:]
    tables = zip(layer.mapping.source_tables, positions, taps, strict=True)
    cells = [table[position, tap] for table, position, tap in tables]
    assert np.array_equal(np.ravel_multi_index(tuple(cells), layer.input), places[0].numpy())


@pytest.mark.parametrize("name", sorted(ACTIVATIONS.keys() - {"none"}))
def test_activations_are_those_of_torch(name: str) -> None:
    values = np.concatenate([np.linspace(-30, 30, 601), [-800.0, 800.0]])
    expected = getattr(functional, name)(torch.from_numpy(values)).numpy()
    assert np.allclose(ACTIVATIONS[name](values), expected, rtol=1e-12, atol=1e-15)


CHAINS = [
    "nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 2, 2), nn.Tanh())",
    "nn.Sequential(nn.Conv1d(2, 4, 3, dilation=2, groups=2), nn.LeakyReLU(), nn.AvgPool1d(2, padding=1), nn.SiLU())",
    "nn.Sequential(nn.Conv3d(1, 2, 2), nn.GELU(), nn.ConvTranspose3d(2, 1, 3, stride=2), nn.Sigmoid())",
    "nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(1, 4, 3, padding=1, padding_mode='reflect'), nn.GELU())",
]
"""Chains of every kind of activation, as code that both sides read."""


@pytest.mark.parametrize("code", CHAINS)
def test_a_chain_with_activations_is_that_of_torch_and_so_are_its_digits(code: str) -> None:
    nn = torch.nn
    network = eval(code, {"nn": nn})
    generator = np.random.default_rng(7)
    dims = int(next(letter for letter in code if letter in "123"))
    numbers = differing = 0
    for _ in range(20):
        size = {1: 40, 2: 12, 3: 5}[dims]
        channels = next(module.in_channels for module in network if hasattr(module, "in_channels"))
        values = generator.normal(size=(channels, *[size] * dims)).astype(np.float32)
        layers = []
        for module in network:
            if not hasattr(module, "weight"):
                layers += [] if type(module) in (nn.ReLU, nn.Tanh, nn.LeakyReLU, nn.SiLU, nn.GELU, nn.Sigmoid) else [{}]
                continue
            module.weight.data = torch.from_numpy(generator.normal(size=tuple(module.weight.shape)).astype(np.float32))
            module.bias.data = torch.from_numpy(generator.normal(size=tuple(module.bias.shape)).astype(np.float32))
            weight = module.weight.data
            layers.append(
                {
                    "kernel": (weight.transpose(0, 1) if "Transpose" in type(module).__name__ else weight).tolist(),
                    "bias": module.bias.data.tolist(),
                }
            )
        table = {"layers": code, "input": [size] * dims, "values": {"input": values.tolist(), "layers": layers}}
        if channels == 1:
            table["values"]["input"] = values[0].tolist()
        computed = compute_values(spec_from_table(table))
        assert computed is not None
        expected = network(torch.from_numpy(values)[None])[0].detach().numpy()
        largest = np.abs(expected).max()
        assert np.abs(computed.grids[-1] - expected).max() <= 10 * LARGEST_ERROR * largest
        texts = [[write_number(value, 2) for value in part.ravel().tolist()] for part in (computed.grids[-1], expected)]
        differing += sum(ours != theirs for ours, theirs in zip(*texts, strict=True))
        numbers += len(texts[0])
    assert differing <= max(numbers / 1000, 1), f"{differing} of {numbers} numbers with two decimals"
