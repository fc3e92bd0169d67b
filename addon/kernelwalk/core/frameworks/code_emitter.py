# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: a layer as a line of PyTorch, Keras and ONNX.

A line is only given where, read again, it makes a layer that computes the same; else a few words say what hinders.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..errors import SpecError
from ..layers.axis import ZERO_CELL, Axis
from ..layers.registry import (
    LAYERS,
    AvgPool,
    Conv,
    ConvTranspose,
    Layer,
    MaxPool,
    PixelShuffle,
    PixelUnshuffle,
    Unfold,
    Upsample,
)
from .code_parser import parse_layer


@dataclass(frozen=True)
class LayerCode:
    """A layer in a framework's words, or in ours why it has none.

    framework: "PyTorch", "Keras" or "ONNX"
    text:      the line, or the reason
    works:     whether it is a line
    """

    framework: str
    text: str
    is_supported: bool


@lru_cache(maxsize=16)
def emit_code(layer: Layer) -> tuple[LayerCode, ...]:
    """The layer in each framework, for an input of this size: a "same" may be another padding for another."""
    return (
        _emit(layer, "PyTorch", _torch, _not_torch),
        _emit(layer, "Keras", _keras, _not_keras),
        _emit(layer, "ONNX", _onnx, _not_onnx),
    )


def _emit(
    layer: Layer, framework: str, candidates: Callable[[Any], Iterator[str]], reason: Callable[[Any], str]
) -> LayerCode:
    for text in candidates(layer):
        if isinstance(layer, Upsample) or _parses_as(layer, text):
            return LayerCode(framework, text, True)
    return LayerCode(framework, reason(layer), False)


def _parses_as(layer: Layer, text: str) -> bool:
    """Whether a line makes a layer that computes the same."""
    keys = parse_layer(text)
    if keys.pop("op") != layer.op:
        return False
    unsaid = layer.channel_counts()
    if "depth_multiplier" in keys:
        unsaid = {"in_channels": unsaid["in_channels"]}
    try:
        return are_equivalent(LAYERS[layer.op](**{"input": layer.input, **unsaid, **keys}), layer)
    except SpecError:
        return False


def are_equivalent(one: Layer, other: Layer) -> bool:
    """Whether two layers of an operation compute the same: padding that does not count is like none."""
    if one.output != other.output or one.channels != other.channels:
        return False
    if one.axes == other.axes and one.includes_padding_taps == other.includes_padding_taps:
        return True  # without tables, which can be large
    if isinstance(one, AvgPool) and isinstance(other, AvgPool) and one.divisors != other.divisors:
        return False
    return all(_read_same_cells(mine, yours) for mine, yours in zip(one.axes, other.axes, strict=True))


def _read_same_cells(one: Axis, other: Axis) -> bool:
    """Whether the outputs of two axes, as many on both, read the same cells."""
    pairs = zip(one.iterate_tap_sources(), other.iterate_tap_sources(), strict=True)
    return all(mine == yours or _sources_or_zero(mine) == _sources_or_zero(yours) for mine, yours in pairs)


def _sources_or_zero(row: tuple[int, ...]) -> list[int]:
    return [max(source, ZERO_CELL) for source in row]


def _format_call(name: str, *first: Any, **named: Any) -> str:
    """A call; arguments that are None are left out."""
    parts = [_format_argument(value) for value in first]
    parts += [f"{key}={_format_argument(value)}" for key, value in named.items() if value is not None]
    return f"{name}({', '.join(parts)})"


def _format_argument(value: Any) -> str:
    """As Python writes it, but words in double quotes, and of a size that is alike on every axis one number."""
    if isinstance(value, (str, list)):
        return json.dumps(value)
    if isinstance(value, tuple) and len(set(value)) == 1:
        return str(value[0])
    return str(value)


def _omit_default(usual: Any, value: Any) -> Any:
    """The value, or None where it is as usual."""
    plain = value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
    return None if plain == usual else value


def _preferred_first(wanted: bool, one: Any, other: Any) -> tuple[Any, Any]:
    """Two ways to write a thing, the wanted one first: often both come to the same."""
    return (one, other) if wanted else (other, one)


def _before(layer: Layer) -> tuple[int, ...]:
    return tuple(before for before, _ in layer.padding)


def _is_uniform(sizes: tuple[int, ...]) -> bool:
    """Whether all sizes are one number."""
    return len(set(sizes)) == 1


def _torch(layer: Layer) -> Iterator[str]:
    if isinstance(layer, Upsample):
        yield _format_call("nn.Upsample", scale_factor=layer.scale)
        return
    if isinstance(layer, (PixelShuffle, PixelUnshuffle)):
        if layer.dims == 2 and _is_uniform(layer.factor):
            yield _format_call(f"nn.{type(layer).__name__}", layer.factor)
        return
    common = {"stride": _omit_default(1, layer.stride), "padding": _omit_default(0, _before(layer))}
    dilation = _omit_default(1, layer.dilation)
    channels, groups = (layer.channels.inputs, layer.channels.outputs), _omit_default(1, layer.channels.groups)
    if isinstance(layer, Conv):
        mode = _omit_default("zeros", layer.padding_mode)
        for padding in _preferred_first(layer.padding_name == "same", "same", common["padding"]):
            named = {**common, "padding": padding, "dilation": dilation, "groups": groups, "padding_mode": mode}
            yield _format_call(f"nn.Conv{layer.dims}d", *channels, layer.kernel, **named)
    elif isinstance(layer, ConvTranspose):
        # what is cropped less at the end is an output padding
        extras = zip(layer.output_padding, layer.padding, strict=True)
        extra = tuple(more + before - after for more, (before, after) in extras)
        named = {**common, "output_padding": _omit_default(0, extra), "groups": groups, "dilation": dilation}
        yield _format_call(f"nn.ConvTranspose{layer.dims}d", *channels, layer.kernel, **named)
    elif isinstance(layer, Unfold):
        if layer.dims == 2:
            yield _format_call("nn.Unfold", layer.kernel, dilation=dilation, **common)
    else:
        common["stride"] = None if layer.stride == layer.kernel else layer.stride
        if _is_too_wide_for_torch(layer):
            return
        for up in _preferred_first(layer.ceil_mode, True, None):
            if isinstance(layer, MaxPool):
                yield _format_call(f"nn.MaxPool{layer.dims}d", layer.kernel, **common, dilation=dilation, ceil_mode=up)
            else:
                counts = _omit_default(True, layer.count_include_pad)
                yield _format_call(
                    f"nn.AvgPool{layer.dims}d", layer.kernel, **common, ceil_mode=up, count_include_pad=counts
                )


def _not_torch(layer: Layer) -> str:
    if isinstance(layer, ConvTranspose):
        return "crops both sides alike, the end at most by an output_padding less"
    if isinstance(layer, Conv):
        pads = {"zeros": "Zero", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}
        sides = tuple(side for pair in reversed(layer.padding) for side in pair)
        pad = f"nn.{pads[layer.padding_mode]}Pad{layer.dims}d({sides})"
        return f"pads both sides alike: put {pad} before nn.Conv{layer.dims}d"
    if isinstance(layer, Unfold) and layer.dims != 2:
        return "two axes alone: nn.Unfold"
    if isinstance(layer, (PixelShuffle, PixelUnshuffle)):
        return _not_ordered(layer, f"nn.{type(layer).__name__}", "CRD")
    if _is_too_wide_for_torch(layer):
        return "nn.AvgPool3d takes no kernel larger than the input, however it is padded"
    return "pads both sides alike, by at most half the kernel"


def _is_too_wide_for_torch(layer: Layer) -> bool:
    """torch.nn.AvgPool3d, alone of all poolings, leaves the padding out when it looks whether the kernel fits."""
    wide = any(k > i for k, i in zip(layer.kernel, layer.input, strict=True))
    return isinstance(layer, AvgPool) and layer.dims == 3 and wide


def _not_ordered(layer: PixelShuffle | PixelUnshuffle, name: str, order: str) -> str:
    """Why a layer with an order of channels of its own is not this one."""
    if layer.dims != 2:
        return f"two axes alone: {name}"
    return (
        f"orders channels otherwise: {name} is {order}" if _is_uniform(layer.factor) else f"one factor for both: {name}"
    )


def _keras(layer: Layer) -> Iterator[str]:
    if isinstance(layer, Upsample):
        yield _format_call(f"layers.UpSampling{layer.dims}D", size=layer.scale)
        return
    if isinstance(layer, (PixelShuffle, PixelUnshuffle, Unfold)):
        if not isinstance(layer, Unfold) and layer.dims == 2 and _is_uniform(layer.factor):
            yield f"tf.nn.{_tensorflow(layer)}(x, {layer.factor[0]})"
        return
    strides, dilation = _omit_default(1, layer.stride), _omit_default(1, layer.dilation)
    if strides and dilation and not isinstance(layer, (MaxPool, AvgPool)):
        return
    words = _preferred_first((layer.padding_name or "").startswith("same"), "same", "valid")
    for padding in (*words, "causal") if isinstance(layer, Conv) and layer.dims == 1 else words:
        word = _omit_default("valid", padding)
        if isinstance(layer, Conv):
            named = {"strides": strides, "padding": word, "dilation_rate": dilation}
            if (
                padding != "causal"
                and layer.dims < 3
                and layer.channels.groups == layer.channels.inputs > 1
                and len(set(layer.stride)) == 1
            ):
                named["depth_multiplier"] = _omit_default(1, layer.channels.outputs // layer.channels.inputs)
                yield _format_call(f"layers.DepthwiseConv{layer.dims}D", layer.kernel, **named)
            else:
                named["groups"] = _omit_default(1, layer.channels.groups)
                yield _format_call(f"layers.Conv{layer.dims}D", layer.channels.outputs, layer.kernel, **named)
        elif isinstance(layer, ConvTranspose):
            if layer.channels.groups > 1:
                return
            for extra in (None, layer.output_padding):
                if extra is None or all(more < step for more, step in zip(extra, layer.stride, strict=True)):
                    named = {"strides": strides, "padding": word, "output_padding": extra, "dilation_rate": dilation}
                    yield _format_call(
                        f"layers.Conv{layer.dims}DTranspose", layer.channels.outputs, layer.kernel, **named
                    )
        elif not dilation:
            name = f"layers.{'Max' if isinstance(layer, MaxPool) else 'Average'}Pooling{layer.dims}D"
            going = None if layer.stride == layer.kernel else layer.stride
            yield _format_call(name, layer.kernel, strides=going, padding=word)


def _tensorflow(layer: PixelShuffle | PixelUnshuffle) -> str:
    return "depth_to_space" if isinstance(layer, PixelShuffle) else "space_to_depth"


def _not_keras(layer: Layer) -> str:
    if isinstance(layer, Unfold):
        return "keras.ops.image.extract_patches orders channels otherwise: the tap before the channel"
    if isinstance(layer, (PixelShuffle, PixelUnshuffle)):
        name = f"tf.nn.{_tensorflow(layer)}"
        return _not_ordered(layer, name, "DCR")
    if isinstance(layer, (MaxPool, AvgPool)):
        if _omit_default(1, layer.dilation):
            return "pooling has no dilation"
        if isinstance(layer, AvgPool) and layer.count_include_pad:
            return 'padding is "valid" or "same", and does not count'
        return 'padding is "valid" or "same"'
    if isinstance(layer, Conv) and layer.padding_mode != "zeros":
        return "pads with zeros alone"
    if _omit_default(1, layer.stride) and _omit_default(1, layer.dilation):
        return "no strides together with dilation"
    if isinstance(layer, Conv):
        pad = f"layers.ZeroPadding{layer.dims}D({layer.padding[0] if layer.dims == 1 else layer.padding})"
        return f'padding is "valid" or "same": put {pad} before a "valid" one'
    if layer.channels.groups > 1:
        return "a transposed convolution has no groups"
    return 'padding is "valid" or "same", which crop otherwise'


def _onnx(layer: Layer) -> Iterator[str]:
    if isinstance(layer, Upsample):
        named: dict[str, Any] = {
            "mode": "nearest",
            "coordinate_transformation_mode": "asymmetric",
            "nearest_mode": "floor",
        }
        yield _format_call("helper.make_node", "Resize", ["x", "", "scales"], ["y"], **named) + f"  # {_scales(layer)}"
        return
    if isinstance(layer, PixelShuffle):
        if layer.dims == 2 and _is_uniform(layer.factor):
            yield _format_node("DepthToSpace", ["x"], blocksize=layer.factor[0], mode=layer.channel_order)
        return
    if isinstance(layer, (PixelUnshuffle, Unfold)):
        if isinstance(layer, PixelUnshuffle) and layer.dims == 2 and _is_uniform(layer.factor):
            yield _format_node("SpaceToDepth", ["x"], blocksize=layer.factor[0])
        return
    kernel, strides = list(layer.kernel), _listed(1, layer.stride)
    befores, afters = zip(*layer.padding, strict=True)
    common: dict[str, Any] = {"kernel_shape": kernel, "strides": strides, "pads": _listed(0, (*befores, *afters))}
    if not isinstance(layer, AvgPool):
        common["dilations"] = _listed(1, layer.dilation)
    if isinstance(layer, (Conv, ConvTranspose)):
        common["group"] = _omit_default(1, layer.channels.groups)
    if isinstance(layer, Conv):
        yield _format_node("Conv", ["x", "w"], **common)
    elif isinstance(layer, ConvTranspose):
        if any(more >= step for more, step in zip(layer.output_padding, layer.stride, strict=True)):
            return
        common["output_padding"] = _listed(0, layer.output_padding)
        if min(befores + afters) >= 0:
            yield _format_node("ConvTranspose", ["x", "w"], **common)
        del common["pads"]
        if all(more - after < step for more, after, step in
               zip(layer.output_padding, afters, layer.stride, strict=True)):  # fmt: skip
            for word in (None, "SAME_UPPER"):
                yield _format_node(
                    "ConvTranspose", ["x", "w"], **common, output_shape=list(layer.output), auto_pad=word
                )
    elif isinstance(layer, MaxPool):
        for up in _preferred_first(layer.ceil_mode, 1, None):
            yield _format_node("MaxPool", ["x"], **common, ceil_mode=up)
    else:
        counts = 1 if layer.count_include_pad else None
        for up in _preferred_first(layer.ceil_mode, 1, None):
            yield _format_node("AveragePool", ["x"], **common, ceil_mode=up, count_include_pad=counts)


def _not_onnx(layer: Layer) -> str:
    if isinstance(layer, Unfold):
        return "no node unfolds: it is a Conv whose weights are 0 and 1, a channel for each tap"
    if isinstance(layer, (PixelShuffle, PixelUnshuffle)):
        name = "DepthToSpace" if isinstance(layer, PixelShuffle) else "SpaceToDepth"
        return _not_ordered(layer, name, "DCR")
    if isinstance(layer, Conv):
        modes = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
        return (
            f'pads with zeros alone: put a Pad node with mode="{modes.get(layer.padding_mode, "constant")}" before it'
        )
    if isinstance(layer, ConvTranspose):
        return "output_padding, and what the output grows by, is smaller than the stride"
    return "padding is smaller than the kernel"


def _listed(usual: int, sizes: tuple[int, ...]) -> list[int] | None:
    return None if all(size == usual for size in sizes) else list(sizes)


def _scales(layer: Upsample) -> str:
    return f"scales = [1, 1, {', '.join(map(str, layer.scale))}]"


def _format_node(kind: str, inputs: list[str], **named: Any) -> str:
    return _format_call("helper.make_node", kind, inputs, ["y"], **named)
