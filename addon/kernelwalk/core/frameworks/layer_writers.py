# SPDX-License-Identifier: GPL-3.0-or-later
"""Candidate lines of code for each layer in PyTorch, Keras and ONNX.

WRITERS lists each layer once. A writer yields lines, the preferred one first; code_emitter.py takes the first that
computes the same as the layer. The obstacle is the reason that is shown if no line does.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from ..layers.adaptive_pooling import AdaptiveAvgPool, AdaptiveMaxPool
from ..layers.convolution import Conv
from ..layers.pooling import AvgPool, MaxPool
from ..layers.rearrangement import PixelShuffle, PixelUnshuffle, Unfold
from ..layers.transposed_convolution import ConvTranspose
from ..layers.upsampling import Upsample

L = TypeVar("L")


class LayerWriter(ABC, Generic[L]):
    """The code of one kind of layer in all frameworks."""

    is_verified = True
    """True if code_emitter.py parses each line to verify it; False if the lines are right by construction, and cannot
    all be parsed."""

    @abstractmethod
    def torch_lines(self, layer: L) -> Iterator[str]:
        """Yield candidate lines of PyTorch."""

    @abstractmethod
    def keras_lines(self, layer: L) -> Iterator[str]:
        """Yield candidate lines of Keras or TensorFlow."""

    @abstractmethod
    def onnx_lines(self, layer: L) -> Iterator[str]:
        """Yield candidate lines of ONNX."""

    def torch_obstacle(self, layer: L) -> str:
        """Return the reason why PyTorch has no such layer."""
        return "pads both sides equally"

    def keras_obstacle(self, layer: L) -> str:
        """Return the reason why Keras has no such layer."""
        return 'padding is "valid" or "same"'

    def onnx_obstacle(self, layer: L) -> str:
        """Return the reason why ONNX has no such layer."""
        return "padding is smaller than the kernel"


class _ConvWriter(LayerWriter[Conv]):
    def torch_lines(self, layer: Conv) -> Iterator[str]:
        numbers = _omit_default(_get_padding_before(layer), 0)
        for padding in _preferred_first(layer.padding_name == "same", "same", numbers):
            yield _format_call(
                f"nn.Conv{layer.dims}d",
                layer.channels.inputs,
                layer.channels.outputs,
                layer.kernel,
                stride=_omit_default(layer.stride, 1),
                padding=padding,
                dilation=_omit_default(layer.dilation, 1),
                groups=_omit_default(layer.channels.groups, 1),
                padding_mode=_omit_default(layer.padding_mode, "zeros"),
            )

    def torch_obstacle(self, layer: Conv) -> str:
        modes = {"zeros": "Zero", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}
        sides = tuple(side for pair in reversed(layer.padding) for side in pair)
        pad = f"nn.{modes[layer.padding_mode]}Pad{layer.dims}d({sides})"
        return f"pads both sides equally: put {pad} before nn.Conv{layer.dims}d"

    def keras_lines(self, layer: Conv) -> Iterator[str]:
        strides, dilation = _omit_default(layer.stride, 1), _omit_default(layer.dilation, 1)
        if strides and dilation:
            return
        channels = layer.channels
        is_depthwise = layer.dims < 3 and channels.groups == channels.inputs > 1 and _is_uniform(layer.stride)
        for padding in (*_keras_padding(layer), *(["causal"] if layer.dims == 1 else [])):
            named = {"strides": strides, "padding": _omit_default(padding, "valid"), "dilation_rate": dilation}
            if is_depthwise and padding != "causal":
                multiplier = _omit_default(channels.outputs // channels.inputs, 1)
                name = f"layers.DepthwiseConv{layer.dims}D"
                yield _format_call(name, layer.kernel, **named, depth_multiplier=multiplier)
            else:
                groups = _omit_default(channels.groups, 1)
                yield _format_call(f"layers.Conv{layer.dims}D", channels.outputs, layer.kernel, **named, groups=groups)

    def keras_obstacle(self, layer: Conv) -> str:
        if layer.padding_mode != "zeros":
            return "pads with zeros only"
        if _has_stride_and_dilation(layer):
            return "no strides together with dilation"
        pad = f"layers.ZeroPadding{layer.dims}D({layer.padding[0] if layer.dims == 1 else layer.padding})"
        return f'padding is "valid" or "same": put {pad} before a "valid" one'

    def onnx_lines(self, layer: Conv) -> Iterator[str]:
        group = _omit_default(layer.channels.groups, 1)
        yield _format_node("Conv", ["x", "w"], **_list_onnx_attributes(layer), **_onnx_dilations(layer), group=group)

    def onnx_obstacle(self, layer: Conv) -> str:
        modes = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
        mode = modes.get(layer.padding_mode, "constant")
        return f'pads with zeros only: put a Pad node with mode="{mode}" before it'


class _ConvTransposeWriter(LayerWriter[ConvTranspose]):
    def torch_lines(self, layer: ConvTranspose) -> Iterator[str]:
        # cells that are cropped less at the end are output padding
        sides = zip(layer.output_padding, layer.padding, strict=True)
        output_padding = tuple(extra + before - after for extra, (before, after) in sides)
        yield _format_call(
            f"nn.ConvTranspose{layer.dims}d",
            layer.channels.inputs,
            layer.channels.outputs,
            layer.kernel,
            stride=_omit_default(layer.stride, 1),
            padding=_omit_default(_get_padding_before(layer), 0),
            output_padding=_omit_default(output_padding, 0),
            groups=_omit_default(layer.channels.groups, 1),
            dilation=_omit_default(layer.dilation, 1),
        )

    def torch_obstacle(self, layer: ConvTranspose) -> str:
        return "crops both sides equally, or the end less by at most an output_padding"

    def keras_lines(self, layer: ConvTranspose) -> Iterator[str]:
        strides, dilation = _omit_default(layer.stride, 1), _omit_default(layer.dilation, 1)
        if (strides and dilation) or layer.channels.groups > 1:
            return
        for padding in _keras_padding(layer):
            for extras in (None, layer.output_padding):
                if extras is None or all(extra < stride for extra, stride in zip(extras, layer.stride, strict=True)):
                    yield _format_call(
                        f"layers.Conv{layer.dims}DTranspose",
                        layer.channels.outputs,
                        layer.kernel,
                        strides=strides,
                        padding=_omit_default(padding, "valid"),
                        output_padding=extras,
                        dilation_rate=dilation,
                    )

    def keras_obstacle(self, layer: ConvTranspose) -> str:
        if _has_stride_and_dilation(layer):
            return "no strides together with dilation"
        if layer.channels.groups > 1:
            return "a transposed convolution has no groups"
        return 'padding is "valid" or "same", which crop differently'

    def onnx_lines(self, layer: ConvTranspose) -> Iterator[str]:
        extras = layer.output_padding
        if any(extra >= stride for extra, stride in zip(extras, layer.stride, strict=True)):
            return
        common = {
            **_list_onnx_attributes(layer),
            **_onnx_dilations(layer),
            "group": _omit_default(layer.channels.groups, 1),
            "output_padding": _list_unless(0, extras),
        }
        if min(side for pair in layer.padding for side in pair) >= 0:
            yield _format_node("ConvTranspose", ["x", "w"], **common)
        del common["pads"]
        afters = [after for _, after in layer.padding]
        if all(extra - after < stride for extra, after, stride in zip(extras, afters, layer.stride, strict=True)):
            common["output_shape"] = list(layer.output)
            for auto_pad in (None, "SAME_UPPER"):
                yield _format_node("ConvTranspose", ["x", "w"], **common, auto_pad=auto_pad)

    def onnx_obstacle(self, layer: ConvTranspose) -> str:
        return "output_padding, and the cells added to the output, are smaller than the stride"


class _PoolWriter(LayerWriter[L]):
    """The common part of both poolings."""

    def keras_obstacle(self, layer: Any) -> str:
        return "pooling has no dilation" if _omit_default(layer.dilation, 1) else 'padding is "valid" or "same"'

    def torch_obstacle(self, layer: Any) -> str:
        return "pads both sides equally, by at most half the kernel"


class _MaxPoolWriter(_PoolWriter[MaxPool]):
    def torch_lines(self, layer: MaxPool) -> Iterator[str]:
        window, dilation = _torch_pool(layer), _omit_default(layer.dilation, 1)
        for ceil_mode in _preferred_first(layer.ceil_mode, True, None):
            yield _format_call(
                f"nn.MaxPool{layer.dims}d", layer.kernel, **window, dilation=dilation, ceil_mode=ceil_mode
            )

    def keras_lines(self, layer: MaxPool) -> Iterator[str]:
        return _write_keras_pool(layer, "Max")

    def onnx_lines(self, layer: MaxPool) -> Iterator[str]:
        window = {**_list_onnx_attributes(layer), **_onnx_dilations(layer)}
        for ceil_mode in _preferred_first(layer.ceil_mode, 1, None):
            yield _format_node("MaxPool", ["x"], **window, ceil_mode=ceil_mode)


class _AvgPoolWriter(_PoolWriter[AvgPool]):
    def torch_lines(self, layer: AvgPool) -> Iterator[str]:
        if self._is_too_wide_for_torch(layer):
            return
        counts = _omit_default(layer.count_include_pad, True)
        for ceil_mode in _preferred_first(layer.ceil_mode, True, None):
            named = {**_torch_pool(layer), "ceil_mode": ceil_mode, "count_include_pad": counts}
            yield _format_call(f"nn.AvgPool{layer.dims}d", layer.kernel, **named)

    def torch_obstacle(self, layer: AvgPool) -> str:
        if self._is_too_wide_for_torch(layer):
            return "nn.AvgPool3d takes no kernel larger than the input, whatever the padding"
        return super().torch_obstacle(layer)

    @staticmethod
    def _is_too_wide_for_torch(layer: AvgPool) -> bool:
        """Return True for a kernel larger than the input: torch.nn.AvgPool3d, alone of all poolings, then fails."""
        return layer.dims == 3 and any(k > i for k, i in zip(layer.kernel, layer.input, strict=True))

    def keras_lines(self, layer: AvgPool) -> Iterator[str]:
        return _write_keras_pool(layer, "Average")

    def keras_obstacle(self, layer: AvgPool) -> str:
        reason = super().keras_obstacle(layer)
        return f"{reason}, and does not count" if layer.count_include_pad else reason

    def onnx_lines(self, layer: AvgPool) -> Iterator[str]:
        counts = 1 if layer.count_include_pad else None
        for ceil_mode in _preferred_first(layer.ceil_mode, 1, None):
            named = {**_list_onnx_attributes(layer), "ceil_mode": ceil_mode, "count_include_pad": counts}
            yield _format_node("AveragePool", ["x"], **named)


class _AdaptivePoolWriter(LayerWriter[L]):
    """The common part of both adaptive poolings.

    names: Avg or Max in PyTorch, and the word in Keras and ONNX
    """

    def __init__(self, torch: str, other: str) -> None:
        self.torch, self.other = torch, other

    def torch_lines(self, layer: Any) -> Iterator[str]:
        yield _format_call(f"nn.Adaptive{self.torch}Pool{layer.dims}d", layer.output)

    def keras_lines(self, layer: Any) -> Iterator[str]:
        if set(layer.output) == {1}:
            yield _format_call(f"layers.Global{self.other}Pooling{layer.dims}D", keepdims=True)
        yield _format_call(f"layers.Adaptive{self.other}Pooling{layer.dims}D", layer.output)

    def onnx_lines(self, layer: Any) -> Iterator[str]:
        if set(layer.output) == {1}:
            yield _format_node(f"Global{self.other}Pool", ["x"])

    def onnx_obstacle(self, layer: Any) -> str:
        return f"pools to a given size only in Global{self.other}Pool, whose output is 1"


class _UpsampleWriter(LayerWriter[Upsample]):
    is_verified = False

    def torch_lines(self, layer: Upsample) -> Iterator[str]:
        size = {"scale_factor": layer.scale} if layer.output_shape is None else {"size": layer.output_shape}
        if layer.interpolation == "nearest":
            yield _format_call("nn.Upsample", **size)
        elif layer.interpolation == "linear" or (layer.dims == 2 and layer.convention != "keras"):
            mode, aligns = layer.display_name.split()[0].lower(), layer.align_corners or None
            yield _format_call("nn.Upsample", **size, mode=mode, align_corners=aligns)

    def torch_obstacle(self, layer: Upsample) -> str:
        return "two axes only: cubic" if layer.dims != 2 else "cubic weighs as ONNX does, not as Keras"

    def keras_lines(self, layer: Upsample) -> Iterator[str]:
        scale = layer.scale or _divide(layer.output, layer.input)
        if scale is None or layer.align_corners:
            return
        if layer.interpolation == "nearest":
            yield _format_call(f"layers.UpSampling{layer.dims}D", size=scale)
        elif layer.dims == 2 and (layer.interpolation == "linear" or layer.convention == "keras"):
            yield _format_call("layers.UpSampling2D", size=scale, interpolation=f"bi{layer.interpolation}")

    def keras_obstacle(self, layer: Upsample) -> str:
        if layer.align_corners:
            return "corners are not aligned"
        if layer.dims != 2:
            return "two axes only: linear and cubic"
        return "whole scales, and cubic weights of its own"

    def onnx_lines(self, layer: Upsample) -> Iterator[str]:
        nearest = layer.interpolation == "nearest"
        corners = "asymmetric" if nearest else "align_corners" if layer.align_corners else "half_pixel"
        is_like_keras = layer.interpolation == "cubic" and layer.convention == "keras"
        node = _format_call(
            "helper.make_node",
            "Resize",
            ["x", "", "scales"] if layer.output_shape is None else ["x", "", "", "sizes"],
            ["y"],
            mode=layer.interpolation,
            coordinate_transformation_mode=corners,
            nearest_mode="floor" if nearest else None,
            cubic_coeff_a=-0.5 if is_like_keras else None,
            exclude_outside=1 if is_like_keras else None,
        )
        if layer.output_shape is None:
            yield f"{node}  # scales = [1, 1, {', '.join(map(str, layer.scale or ()))}]"
        else:
            channels = layer.channels.inputs
            yield f"{node}  # sizes = [1, {channels}, {', '.join(map(str, layer.output))}]"


def _divide(sizes: tuple[int, ...], by: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return whole quotients; None if any has a remainder."""
    pairs = list(zip(sizes, by, strict=True))
    return None if any(size % part for size, part in pairs) else tuple(size // part for size, part in pairs)


class _PixelWriter(LayerWriter[L]):
    """The common part of pixel shuffle and unshuffle.

    torch, tensorflow, onnx: their names in the frameworks
    """

    def __init__(self, torch: str, tensorflow: str, onnx: str) -> None:
        self.torch, self.tensorflow, self.onnx = torch, tensorflow, onnx

    def torch_lines(self, layer: Any) -> Iterator[str]:
        if self._has_one_factor(layer):
            yield _format_call(self.torch, layer.factor)

    def torch_obstacle(self, layer: Any) -> str:
        return self._obstacle(layer, self.torch, "CRD")

    def keras_lines(self, layer: Any) -> Iterator[str]:
        if self._has_one_factor(layer):
            yield f"{self.tensorflow}(x, {layer.factor[0]})"

    def keras_obstacle(self, layer: Any) -> str:
        return self._obstacle(layer, self.tensorflow, "DCR")

    def onnx_lines(self, layer: Any) -> Iterator[str]:
        if self._has_one_factor(layer):
            yield _format_node(self.onnx, ["x"], blocksize=layer.factor[0], **self._onnx_order(layer))

    def onnx_obstacle(self, layer: Any) -> str:
        return self._obstacle(layer, self.onnx, "DCR")

    def _onnx_order(self, layer: Any) -> dict[str, str]:
        return {}

    @staticmethod
    def _has_one_factor(layer: Any) -> bool:
        return layer.dims == 2 and _is_uniform(layer.factor)

    @staticmethod
    def _obstacle(layer: Any, name: str, order: str) -> str:
        if layer.dims != 2:
            return f"two axes only: {name}"
        if not _is_uniform(layer.factor):
            return f"one factor for both axes: {name}"
        return f"orders channels differently: {name} is {order}"


class _PixelShuffleWriter(_PixelWriter[PixelShuffle]):
    def _onnx_order(self, layer: PixelShuffle) -> dict[str, str]:
        return {"mode": layer.channel_order}


class _UnfoldWriter(LayerWriter[Unfold]):
    def torch_lines(self, layer: Unfold) -> Iterator[str]:
        if layer.dims == 2:
            yield _format_call(
                "nn.Unfold",
                layer.kernel,
                dilation=_omit_default(layer.dilation, 1),
                stride=_omit_default(layer.stride, 1),
                padding=_omit_default(_get_padding_before(layer), 0),
            )

    def torch_obstacle(self, layer: Unfold) -> str:
        return super().torch_obstacle(layer) if layer.dims == 2 else "two axes only: nn.Unfold"

    def keras_lines(self, layer: Unfold) -> Iterator[str]:
        yield from ()

    def keras_obstacle(self, layer: Unfold) -> str:
        return "keras.ops.image.extract_patches orders channels differently: the tap before the channel"

    def onnx_lines(self, layer: Unfold) -> Iterator[str]:
        yield from ()

    def onnx_obstacle(self, layer: Unfold) -> str:
        return "no node unfolds: use a Conv with weights of 0 and 1, one channel for each tap"


WRITERS: dict[str, LayerWriter[Any]] = {
    Conv.op: _ConvWriter(),
    ConvTranspose.op: _ConvTransposeWriter(),
    MaxPool.op: _MaxPoolWriter(),
    AvgPool.op: _AvgPoolWriter(),
    AdaptiveMaxPool.op: _AdaptivePoolWriter[AdaptiveMaxPool]("Max", "Max"),
    AdaptiveAvgPool.op: _AdaptivePoolWriter[AdaptiveAvgPool]("Avg", "Average"),
    Upsample.op: _UpsampleWriter(),
    PixelShuffle.op: _PixelShuffleWriter("nn.PixelShuffle", "tf.nn.depth_to_space", "DepthToSpace"),
    PixelUnshuffle.op: _PixelWriter[PixelUnshuffle]("nn.PixelUnshuffle", "tf.nn.space_to_depth", "SpaceToDepth"),
    Unfold.op: _UnfoldWriter(),
}
"""The writer of each layer, by its name in a spec."""


def _torch_pool(layer: MaxPool | AvgPool) -> dict[str, Any]:
    stride = None if layer.stride == layer.kernel else layer.stride
    return {"stride": stride, "padding": _omit_default(_get_padding_before(layer), 0)}


def _write_keras_pool(layer: MaxPool | AvgPool, kind: str) -> Iterator[str]:
    if not _omit_default(layer.dilation, 1):
        strides = None if layer.stride == layer.kernel else layer.stride
        for padding in _keras_padding(layer):
            word = _omit_default(padding, "valid")
            yield _format_call(f"layers.{kind}Pooling{layer.dims}D", layer.kernel, strides=strides, padding=word)


def _keras_padding(layer: Conv | ConvTranspose | MaxPool | AvgPool) -> tuple[str, str]:
    return _preferred_first((layer.padding_name or "").startswith("same"), "same", "valid")


def _list_onnx_attributes(layer: Conv | ConvTranspose | MaxPool | AvgPool) -> dict[str, Any]:
    befores, afters = zip(*layer.padding, strict=True)
    return {
        "kernel_shape": list(layer.kernel),
        "strides": _list_unless(1, layer.stride),
        "pads": _list_unless(0, (*befores, *afters)),
    }


def _onnx_dilations(layer: Conv | ConvTranspose | MaxPool) -> dict[str, Any]:
    return {"dilations": _list_unless(1, layer.dilation)}


def _has_stride_and_dilation(layer: Conv | ConvTranspose) -> bool:
    return bool(_omit_default(layer.stride, 1) and _omit_default(layer.dilation, 1))


def _get_padding_before(layer: Any) -> tuple[int, ...]:
    return tuple(before for before, _ in layer.padding)


def _is_uniform(sizes: tuple[int, ...]) -> bool:
    return len(set(sizes)) == 1


T = TypeVar("T")


def _preferred_first(prefers_first: bool, first: T, second: T) -> tuple[T, T]:
    """Return two forms, the preferred one first: often both give the same layer."""
    return (first, second) if prefers_first else (second, first)


def _omit_default(value: Any, default: Any) -> Any:
    """Return the value, or None if it is the default, on every axis."""
    plain = value[0] if isinstance(value, tuple) and _is_uniform(value) else value
    return None if plain == default else value


def _list_unless(default: int, sizes: tuple[int, ...]) -> list[int] | None:
    return None if all(size == default for size in sizes) else list(sizes)


def _format_call(name: str, *positional: Any, **named: Any) -> str:
    """Return a call, without arguments that are None."""
    parts = [_format_argument(value) for value in positional]
    parts += [f"{key}={_format_argument(value)}" for key, value in named.items() if value is not None]
    return f"{name}({', '.join(parts)})"


def _format_node(kind: str, inputs: list[str], **named: Any) -> str:
    return _format_call("helper.make_node", kind, inputs, ["y"], **named)


def _format_argument(value: Any) -> str:
    """Format as Python does, but text in double quotes, and a size that is the same on every axis as one number."""
    if isinstance(value, (str, list)):
        return json.dumps(value)
    if isinstance(value, tuple) and _is_uniform(value):
        return str(value[0])
    return str(value)
