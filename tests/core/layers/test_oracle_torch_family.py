# SPDX-License-Identifier: GPL-3.0-or-later
"""Pooling, padding modes and upsampling against PyTorch itself, by its outputs for impulses.

Hundreds of settings each, drawn by Hypothesis with fixed seeds; settings that torch rejects are errors.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from kernelwalk.core import AvgPool, Conv, MaxPool, SpecError, Upsample
from kernelwalk.core.layers.axis import PADDING_MODES
from kernelwalk.core.values.forward import compute_layer

from ..helpers import POOLS, Setting, connectivity, per_axis, taps_match_connectivity

torch = pytest.importorskip("torch", reason="the oracle is PyTorch: install the extra kernelwalk[torch]")
functional = torch.nn.functional

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same' with even kernel"
)  # torch warns that it may be slow

MANY = settings(max_examples=600, database=None)
SOME = settings(max_examples=200, database=None)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)  # these layers are too small to share


def impulses(size: tuple[int, ...]) -> Any:
    """Return each input cell as an impulse, one per batch entry."""
    cells = int(np.prod(size))
    return torch.eye(cells, dtype=torch.float64).reshape(cells, 1, *size)


def computed(function: Any, make_layer: Any) -> Any:
    """Return torch's output as an array, or None if it rejects the setting; `make_layer` must then raise SpecError."""
    try:
        return function().numpy()
    except (RuntimeError, ValueError):
        with pytest.raises(SpecError):
            make_layer()
        return None


def reads(layer: Any) -> np.ndarray:
    """Count the taps by which each output reads each input; shape (inputs, *output)."""
    reached = connectivity(layer)
    assert taps_match_connectivity(layer, reached, tuple(size - 1 for size in layer.output))
    return reached.sum(axis=(2, 3)).reshape(-1, *layer.output)


@seed(1)
@MANY
@given(POOLS, per_axis(1, 3))
def test_max_pooling_reads_the_inputs_that_torch_reads(setting: Setting, dilation: tuple[int, int]) -> None:
    setting = {**setting, "dilation": dilation}
    pool = {"kernel_size": setting["kernel"], **{key: setting[key] for key in ("padding", "dilation", "ceil_mode")}}
    if "stride" in setting:
        pool["stride"] = setting["stride"]
    actual = computed(lambda: torch.nn.MaxPool2d(**pool)(impulses(setting["input"])), lambda: MaxPool(**setting))
    if actual is None:
        return
    layer = MaxPool(**setting)
    assert layer.output == actual.shape[2:]
    assert np.array_equal(reads(layer), actual[:, 0] == 1)
    # only taps that read an input are listed
    assert all(cell is not None for _, cell in layer.taps((0, 0)))


@seed(2)
@MANY
@given(POOLS, st.booleans())
def test_average_pooling_divides_as_torch_does(setting: Setting, counts: bool) -> None:
    setting = {**setting, "count_include_pad": counts}
    pool = {"kernel_size": setting["kernel"], "stride": setting.get("stride"), "count_include_pad": counts}
    pool |= {key: setting[key] for key in ("padding", "ceil_mode")}
    actual = computed(lambda: torch.nn.AvgPool2d(**pool)(impulses(setting["input"])), lambda: AvgPool(**setting))
    if actual is None:
        return
    layer = AvgPool(**setting)
    assert layer.output == actual.shape[2:]
    divisors = np.array([[layer.divisor((y, x)) for x in range(layer.output[1])] for y in range(layer.output[0])])
    assert np.allclose(reads(layer) / divisors, actual[:, 0], rtol=1e-12)
    assert len(layer.taps((0, 0))) == layer.divisor((0, 0))


@seed(3)
@MANY
@given(
    st.sampled_from(PADDING_MODES[1:]),
    per_axis(1, 6),
    per_axis(1, 4),
    per_axis(1, 3),
    per_axis(1, 3),
    st.one_of(per_axis(0, 4), st.just("same")),
)
def test_padding_holds_the_same_copies_as_in_torch(
    mode: str, size: Any, kernel: Any, stride: Any, dilation: Any, padding: Any
) -> None:
    stride = (1, 1) if padding == "same" else stride
    taps = int(np.prod(kernel))

    def module() -> Any:
        conv = torch.nn.Conv2d(1, taps, kernel, stride, padding, dilation, bias=False, padding_mode=mode)
        conv.weight.data = torch.eye(taps, dtype=torch.float64).reshape(taps, 1, *kernel)
        return conv(impulses(size)).detach()

    ours = {"input": size, "kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding}
    actual = computed(module, lambda: Conv(**ours, padding_mode=mode))
    if actual is None:
        return
    layer = Conv(**ours, padding_mode=mode)
    assert layer.output == actual.shape[2:]
    reached = connectivity(layer)
    assert np.array_equal(reached.reshape(-1, taps, *layer.output), actual)
    assert taps_match_connectivity(layer, reached, (0, 0)) and taps_match_connectivity(
        layer, reached, (0, layer.output[1] - 1)
    )
    assert len(layer.taps((0, 0))) == taps, "every tap reads a cell"


@seed(4)
@SOME
@given(st.sampled_from(PADDING_MODES[1:]), per_axis(1, 5), per_axis(0, 5), per_axis(0, 5))
def test_padding_of_each_side_holds_the_same_copies_as_in_torch(mode: str, size: Any, rows: Any, columns: Any) -> None:
    actual = computed(
        lambda: functional.pad(impulses(size), (*columns, *rows), mode=mode),
        lambda: Conv(size, 1, padding=[rows, columns], padding_mode=mode),
    )
    if actual is not None:
        layer = Conv(size, 1, padding=[rows, columns], padding_mode=mode)
        assert np.array_equal(reads(layer), actual[:, 0])


@seed(5)
@SOME
@given(per_axis(1, 5), per_axis(1, 5), st.sampled_from(["nearest", "nearest-exact"]))
def test_upsampling_reads_the_inputs_that_torch_reads(size: Any, scale: Any, mode: str) -> None:
    actual = torch.nn.Upsample(scale_factor=scale, mode=mode)(impulses(size)).numpy()
    layer = Upsample(size, scale, interpolation=mode.replace("-", "_"))
    assert layer.output == actual.shape[2:]
    assert np.array_equal(reads(layer), actual[:, 0])


@seed(7)
@MANY
@given(st.sampled_from(["linear", "cubic"]), st.booleans(), per_axis(1, 7), per_axis(1, 12))
def test_the_weights_of_linear_and_cubic_upsampling_are_those_of_torch(
    kind: str, aligns: bool, size: Any, output: Any
) -> None:
    actual = functional.interpolate(impulses(size), output, mode=f"bi{kind}", align_corners=aligns).numpy()[:, 0]
    layer = Upsample(size, output_shape=output, interpolation=kind, align_corners=aligns)
    weights = np.zeros_like(actual).reshape(*size, *output)
    for place in np.ndindex(*output):
        for (tap_y, tap_x), cell in layer.taps(place):
            rows, columns = layer.tap_weights
            weights[(*cell, *place)] = rows[place[0], tap_y] * columns[place[1], tap_x]
    assert np.abs(weights.reshape(actual.shape) - actual).max() < 1e-12


SCALES = st.one_of(st.floats(0.3, 4), st.integers(3, 40).map(lambda tenths: tenths / 10))
"""Scales, half of them with one decimal, so that products are whole."""


@seed(8)
@MANY
@given(st.data(), st.integers(1, 3), st.integers(1, 3))
def test_upsampling_by_a_fraction_is_that_of_torch(data: Any, dims: int, channels: int) -> None:
    modes = {"nearest": "nearest", "nearest_exact": "nearest-exact", "linear": ("linear", "bilinear", "trilinear")}
    modes |= {"cubic": "bicubic"} if dims == 2 else {}
    kind = data.draw(st.sampled_from(sorted(modes)))
    size, scale = data.draw(per_axis(1, 9, dims)), data.draw(st.tuples(*[SCALES] * dims))
    aligns = data.draw(st.booleans()) if kind in ("linear", "cubic") else None
    values = torch.arange(float(channels * np.prod(size))).reshape(1, channels, *size)
    mode = modes[kind] if isinstance(modes[kind], str) else modes[kind][dims - 1]
    make = partial(Upsample, size, scale, channels, None, kind, bool(aligns))
    expected = computed(lambda: functional.interpolate(values, None, scale, mode, aligns)[0], make)
    if expected is not None:
        actual = compute_layer(make(), values[0].numpy())
        assert actual.shape == expected.shape
        exact = kind.startswith("nearest")
        assert np.array_equal(actual, expected) if exact else np.allclose(actual, expected, rtol=1e-4, atol=1e-3)


@seed(6)
@SOME
@given(POOLS, st.sampled_from(["max", "avg"]), st.data())
def test_the_inputs_of_a_pooling_are_the_support_of_torchs_gradient(setting: Setting, kind: str, data: Any) -> None:
    try:
        layer: Any = (MaxPool if kind == "max" else AvgPool)(**setting)
    except SpecError:
        return
    place = tuple(data.draw(st.integers(0, size - 1)) for size in layer.output)
    stride = setting.get("stride")
    inputs = {cell for _, cell in layer.taps(place) if cell is not None}
    # the gradient of a maximum is at one cell: try each cell as the largest
    seen = set()
    cells = torch.zeros(1, 1, *layer.input, dtype=torch.float64)
    function = functional.max_pool2d if kind == "max" else functional.avg_pool2d
    peaks = list(np.ndindex(*layer.input)) if kind == "max" else [(0, 0)]
    for peak in peaks:
        values = cells.clone()
        values[0, 0, peak[0], peak[1]] = 1
        values.requires_grad_()
        result = function(values, setting["kernel"], stride, setting["padding"], ceil_mode=setting["ceil_mode"])
        result[0, 0, place[0], place[1]].backward()
        actual = {tuple(index) for index in values.grad[0, 0].nonzero().tolist()}
        seen |= actual & {peak} if kind == "max" and peak in inputs else actual if kind == "avg" else set()
        assert peak in inputs or peak not in actual
    assert seen == inputs
