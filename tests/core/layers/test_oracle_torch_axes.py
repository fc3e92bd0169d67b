# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation of one to three axes, with channels and groups, against PyTorch itself.

Sizes are compared, and by impulses and weights that all differ the tap and the input channel that reach each output.
Settings that torch rejects are errors.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, seed, settings
from hypothesis import strategies as st
from kernelwalk.core import AvgPool, Conv, ConvTranspose, Fold, Layer, MaxPool, SpecError, Unfold, Upsample
from kernelwalk.core.frameworks.code_emitter import emit_code
from kernelwalk.core.layers.axis import PADDING_MODES
from kernelwalk.core.layers.registry import LAYERS

from ..helpers import Setting, example_count, impulses, per_axis, responses, weight_shape, weights

torch = pytest.importorskip("torch", reason="the oracle is PyTorch: install the extra kernelwalk[torch]")
nn = torch.nn

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using padding='same' with even kernel"
)  # torch warns that it may be slow


def tries(count: int) -> settings:
    return settings(
        max_examples=example_count(count), database=None, suppress_health_check=[HealthCheck.too_slow], deadline=None
    )


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)  # these layers are too small to share


NAMES = {"kernel": "kernel_size", "scale": "scale_factor"}


def agree(layer_type: Any, module_type: Any, setting: Setting, *channels: int) -> Layer | None:
    """Return the layer of a setting, after comparing it with torch's; None if both reject the setting."""
    arguments = {NAMES.get(key, key): value for key, value in setting.items() if key not in ("input", *CHANNELS)}
    try:
        module: Any = module_type(*channels, **arguments).double()
        weight = next((values for name, values in module.named_parameters() if name == "weight"), None)
        for name, values in module.named_parameters():
            count = torch.arange(1, values.numel() + 1) if name == "weight" else torch.zeros(values.numel())
            values.data = count.double().reshape(values.shape)
        width = channels[0] if channels else setting.get("channels", 1)
        count = width * math.prod(setting["input"])
        batch = torch.eye(count, dtype=torch.float64).reshape(count, width, *setting["input"])
        actual = module(batch).detach().numpy()
    except (RuntimeError, ValueError):
        with pytest.raises(SpecError):
            layer_type(**setting)
        return None
    layer: Layer = layer_type(**setting)
    assert (layer.channels.inputs, layer.dims) == (width, len(setting["input"]))
    if weight is not None:
        assert tuple(weight.shape) == weight_shape(layer)
    expected = responses(layer, None if weight is None else weights(layer))
    if isinstance(layer, Unfold):
        assert actual.shape[2] == layer.position_count
        actual = actual.reshape(len(actual), -1, *layer.output)
    if isinstance(layer, MaxPool):
        actual = np.maximum(actual, 0)  # windows on padding alone
    assert actual.shape == expected.shape
    assert np.allclose(actual, expected, rtol=1e-12)
    return layer


PADDINGS = st.sampled_from(["numbers", "numbers", "same", "valid"])
FOLD_SIZES = (("kernel", 1, 4), ("stride", 1, 4), ("padding", 0, 3), ("dilation", 1, 3))


def rename(setting: Setting) -> Setting:
    """Return a setting with torch's names."""
    return {NAMES.get(key, key): value for key, value in setting.items()}


CHANNELS = ("in_channels", "out_channels", "channels")


@st.composite
def windows(draw: st.DrawFn, **more: Any) -> tuple[int, Setting]:
    """Draw the number of axes, and a setting of a window on them; torch may reject it."""
    dims = draw(st.integers(1, 3))

    def sizes(minimum: int, maximum: int) -> tuple[int, ...]:
        return draw(per_axis(minimum, maximum, dims))

    setting: Setting = {
        "input": sizes(1, {1: 10, 2: 6, 3: 4}[dims]),
        "kernel": sizes(1, {1: 5, 2: 3, 3: 2}[dims]),
        "stride": sizes(1, 3),
        "padding": sizes(0, 3 if dims == 1 else 2),
    }
    for key, bounds in more.items():
        setting[key] = sizes(*bounds)
    return dims, setting


def draw_channels(data: Any) -> Setting:
    """Draw channels that the groups usually divide."""
    groups = data.draw(st.integers(1, 3))
    inputs, outputs = (groups * data.draw(st.integers(1, 2)) for _ in range(2))
    if data.draw(st.integers(0, 15)) == 0:
        inputs += 1
    return {"in_channels": inputs, "out_channels": outputs, "groups": groups}


@seed(1)
@tries(400)
@given(
    windows(dilation=(1, 3)),
    st.sampled_from(PADDING_MODES),
    PADDINGS,
    st.data(),
)
def test_convolutions(drawn: tuple[int, Setting], mode: str, padding: str, data: Any) -> None:
    dims, setting = drawn
    setting |= {"padding_mode": mode, **draw_channels(data)}
    if padding != "numbers":
        setting["padding"] = padding
    agree(Conv, getattr(nn, f"Conv{dims}d"), setting, setting["in_channels"], setting["out_channels"])


@seed(2)
@tries(400)
@given(windows(dilation=(1, 3), output_padding=(0, 2)), st.data())
def test_transposed_convolutions(drawn: tuple[int, Setting], data: Any) -> None:
    dims, setting = drawn
    setting |= draw_channels(data)
    module = getattr(nn, f"ConvTranspose{dims}d")
    agree(ConvTranspose, module, setting, setting["in_channels"], setting["out_channels"])


@seed(3)
@tries(400)
@given(windows(dilation=(1, 2)), st.booleans(), st.integers(1, 2))
def test_max_pooling(drawn: tuple[int, Setting], up: bool, channels: int) -> None:
    dims, setting = drawn
    agree(MaxPool, getattr(nn, f"MaxPool{dims}d"), {**setting, "ceil_mode": up, "channels": channels})


@seed(4)
@tries(400)
@given(windows(), st.booleans(), st.booleans(), st.integers(1, 2))
def test_average_pooling(drawn: tuple[int, Setting], up: bool, counts: bool, channels: int) -> None:
    dims, setting = drawn
    # AvgPool3d, alone of all poolings, requires that the kernel fits the input without padding (pool3d_shape_check)
    assume(dims < 3 or all(k <= i for k, i in zip(setting["kernel"], setting["input"], strict=True)))
    setting |= {"ceil_mode": up, "count_include_pad": counts, "channels": channels}
    agree(AvgPool, getattr(nn, f"AvgPool{dims}d"), setting)


@seed(5)
@tries(100)
@given(st.integers(1, 3), st.integers(1, 2), st.data())
def test_upsampling(dims: int, channels: int, data: Any) -> None:
    sizes, scale = data.draw(per_axis(1, 4, dims)), data.draw(per_axis(1, 4, dims))
    agree(Upsample, nn.Upsample, {"input": sizes, "scale": scale, "channels": channels})


@seed(6)
@tries(100)
@given(per_axis(1, 6), st.integers(1, 3), st.integers(1, 12), st.booleans())
def test_pixel_shuffle_and_unshuffle(size: Any, factor: int, channels: int, back: bool) -> None:
    setting = {"input": size, "factor": factor, "channels": channels}
    name = "downscale_factor" if back else "upscale_factor"
    module = nn.PixelUnshuffle if back else nn.PixelShuffle
    kind = LAYERS["pixel_unshuffle" if back else "pixel_shuffle"]
    agree(kind, lambda factor: module(**{name: factor}), setting)


@seed(7)
@tries(200)
@given(windows(dilation=(1, 3)), st.integers(1, 3))
def test_unfold(drawn: tuple[int, Setting], channels: int) -> None:
    dims, setting = drawn
    if dims == 2:
        agree(Unfold, nn.Unfold, {**setting, "channels": channels})


@seed(10)
@tries(300)
@given(per_axis(1, 9), st.data())
def test_fold(size: tuple[int, int], data: Any) -> None:
    window = {key: data.draw(per_axis(least, most)) for key, least, most in FOLD_SIZES}
    try:
        layer = Fold(output_shape=size, **window, channels=2 * math.prod(window["kernel"]))
    except SpecError:
        with pytest.raises(RuntimeError):
            nn.Fold(size, **rename(window))(torch.ones(1, math.prod(window["kernel"]), 1))
        return
    (line,) = (code.text for code in emit_code(layer) if code.framework == "PyTorch")
    blocks = torch.from_numpy(impulses(layer)).flatten(2)
    for module in (nn.Fold(size, **rename(window)), eval(line, {"nn": nn})):  # our own code
        assert np.array_equal(module(blocks).numpy(), responses(layer))
    assert Fold(**layer.to_table()) == layer


@seed(8)
@tries(200)
@given(windows(dilation=(1, 2)), st.booleans(), st.data())
def test_the_inputs_and_channels_of_an_output_are_the_support_of_torchs_gradient(
    drawn: tuple[int, Setting], transposed: bool, data: Any
) -> None:
    dims, setting = drawn
    setting |= draw_channels(data)
    kind, name = (ConvTranspose, f"conv_transpose{dims}d") if transposed else (Conv, f"conv{dims}d")
    try:
        layer = kind(**setting)
    except SpecError:
        return
    arguments = {key: setting[key] for key in ("stride", "padding", "dilation", "groups")}
    values = torch.zeros(1, layer.channels.inputs, *layer.input, dtype=torch.float64, requires_grad=True)
    weight = torch.ones(weight_shape(layer), dtype=torch.float64)
    actual = getattr(nn.functional, name)(values, weight, **arguments)
    channel = data.draw(st.integers(0, layer.channels.outputs - 1))
    position = tuple(data.draw(st.integers(0, size - 1)) for size in layer.output)
    actual[(0, channel, *position)].backward()
    cells = {cell for _, cell in layer.taps(position) if cell is not None}
    support = {(source, *cell) for source in layer.channels.inputs_of(channel) for cell in cells}
    assert {tuple(index) for index in values.grad[0].nonzero().tolist()} == support


def test_every_batch_of_impulses_is_of_the_layers_own_channels() -> None:
    layer = Conv([3], 2, in_channels=4, out_channels=2, groups=2)
    assert impulses(layer).shape == (12, 4, 3)
