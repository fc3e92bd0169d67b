# SPDX-License-Identifier: GPL-3.0-or-later
"""TensorFlow: the signatures of the functions in tf.nn, and its code. A kernel is an array, of which the shape matters.

tf.nn takes "SAME" and "VALID" as Keras does; sizes are numbers, or lists with or without batch and channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .code_format import Verbatim, format_call, is_uniform, omit_default, preferred_first
from .framework import Framework, LayerWriter
from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, read_later
from .pixel_shuffles import make_tensorflow_pixel_writer
from .same_padding import CROPPED_SAME, crops_same, pads_to_same

if TYPE_CHECKING:
    from ..layers.convolution import Conv
    from ..layers.pooling import AvgPool, MaxPool
    from ..layers.transposed_convolution import ConvTranspose


def _parse_padding(value: Any) -> SpecKeys:
    if value in ("SAME", "VALID"):
        return {"padding": value.lower()}
    if isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        return {}  # the axes of cells among them follow from data_format
    raise ValueError('it is "SAME", "VALID" or a pair for each axis of the tensor: [[0, 0], [1, 1], [1, 1], [0, 0]]')


_SIZES: ArgumentKeys = {
    "strides": read_later,
    "dilations": read_later,
    "data_format": read_later,
    "padding": _parse_padding,
}
_CONV: ArgumentKeys = {**_SIZES, "filters": read_later}
_POOL: ArgumentKeys = {**{key: value for key, value in _SIZES.items() if key != "dilations"}, "ksize": read_later}
_IGNORED = ("input", "name")


def _pick_axes(argument: str, value: Any, dims: int, data_format: Any) -> Any:
    """Return the entries of a size that belong to the axes of cells. Raises ValueError."""
    if not isinstance(value, list) or len(value) == dims:
        return value
    if len(value) == 1:
        return value[0]
    if len(value) != dims + 2:
        raise ValueError(
            f"{argument} = {value} does not have one entry per axis", "Write one number, or one per axis", argument
        )
    first = isinstance(data_format, str) and data_format.startswith("NC")
    others = value[:2] if first else [value[0], value[-1]]
    if others not in ([1, 1], [[0, 0], [0, 0]]):
        raise ValueError(
            f"{argument} = {value} steps over batch or channels", "Write 1 for batch and channels", argument
        )
    return value[2:] if first else value[1:-1]


def _finish_sizes(keys: SpecKeys, values: Mapping[str, Any], dims: int) -> SpecKeys:
    """Return the keys with stride, dilation, kernel of a pooling, and padding in numbers. Raises ValueError."""
    names = {"stride": ("strides", "stride"), "dilation": ("dilations", "rate"), "kernel": ("ksize", "window_shape")}
    data_format = values.get("data_format")
    for key, arguments in names.items():
        for argument in arguments:
            if values.get(argument) is not None:
                keys[key] = _pick_axes(argument, values[argument], dims, data_format)
    if isinstance(values.get("padding"), list):
        keys["padding"] = _pick_axes("padding", values["padding"], dims, data_format)
    return keys


def _list_kernel(shape: tuple[int, ...], dims: int | None, argument: str = "filters") -> list[int]:
    """Return the sizes of a kernel from the shape of its array. Raises ValueError."""
    if not 3 <= len(shape) <= 5 or len(shape) - 2 != (dims or len(shape) - 2):
        example = (*[3] * (dims or 2), 1, 8)
        raise ValueError(f"an array of shape {tuple(shape)} is no kernel", f"Write a shape such as {example}", argument)
    return list(shape[:-2])


def _make_conv_finish(dims: int | None) -> Callable[[SpecKeys, Mapping[str, Any]], SpecKeys]:
    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        kernel = _list_kernel(values["filters"], dims)
        keys |= {"kernel": kernel, "in_channels": values["filters"][-2], "out_channels": values["filters"][-1]}
        return _finish_sizes(keys, values, len(kernel))

    return finish


def _finish_depthwise(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    kernel, (inputs, multiplier) = _list_kernel(values["filter"], 2, "filter"), values["filter"][-2:]
    keys |= {"kernel": kernel, "in_channels": inputs, "groups": inputs, "out_channels": inputs * multiplier}
    return _finish_sizes(keys, values, 2)


def _make_transposed_finish(dims: int | None) -> Callable[[SpecKeys, Mapping[str, Any]], SpecKeys]:
    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        kernel = _list_kernel(values["filters"], dims)
        keys |= {"kernel": kernel, "in_channels": values["filters"][-1], "out_channels": values["filters"][-2]}
        keys = _finish_sizes(keys, values, len(kernel))
        shape, first = values["output_shape"], str(values.get("data_format")).startswith("NC")
        if not isinstance(shape, list) or len(shape) not in (len(kernel), len(kernel) + 2):
            raise ValueError(
                f"output_shape = {shape} has other axes than the kernel",
                "Write [batch, y, x, channels]",
                "output_shape",
            )
        if len(shape) > len(kernel):
            shape = shape[2:] if first else shape[1:-1]
        keys["output_shape"] = shape
        if keys.get("padding") == "same":
            keys["padding"] = "same_upper"  # the odd cell is cropped at the end
        elif keys.get("padding") == "valid":
            del keys["padding"]
        else:
            keys["convention"] = "pytorch"  # padding in numbers, beside which the shape gives the output padding
        return keys

    return finish


def _make_pool_finish(dims: int | None) -> Callable[[SpecKeys, Mapping[str, Any]], SpecKeys]:
    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        window = values.get("ksize", values.get("window_shape"))
        count = dims or (len(window) - 2 * (len(window) > 3) if isinstance(window, list) else 2)
        keys = _finish_sizes(keys, values, count)
        keys["kernel"] = keys["kernel"] if isinstance(keys["kernel"], list) else [keys["kernel"]] * count
        if "pooling_type" in values:
            keys["op"] = "avg_pool" if values["pooling_type"] == "AVG" else "max_pool"
        return keys

    return finish


def _list_functions(dims: int | None) -> dict[str, LayerSignature]:
    """Return the functions with this number of axes; None for those that find it in the shape."""
    end = "" if dims is None else f"{dims}d"
    step = "stride" if dims == 1 else "strides"
    conv = {**_CONV, step: read_later}
    transposed = make_signature(
        "conv_transpose", dims, "keras", "input filters output_shape strides padding data_format dilations name",
        {**_CONV, "output_shape": read_later}, "filters output_shape strides", _IGNORED, {"padding": "same"},
    )  # fmt: skip
    functions = {f"conv{end}_transpose": transposed._replace(arrays=("filters",), finish=_make_transposed_finish(dims))}
    signature = make_signature(
        "conv", dims, "keras", f"input filters {step} padding data_format dilations name", conv,
        "filters" if dims is None else f"filters {step} padding", _IGNORED, {"padding": "valid"},
    )  # fmt: skip
    name = "convolution" if dims is None else f"conv{end}"
    functions[name] = signature._replace(arrays=("filters",), finish=_make_conv_finish(dims))
    for kind, op in (("max", "max_pool"), ("avg", "avg_pool")):
        pool = make_signature(
            op, dims, "keras", "input ksize strides padding data_format name", _POOL, "ksize padding", _IGNORED,
            {"padding": "valid", "stride": 1},
        )  # fmt: skip
        functions[f"{kind}_pool{end}"] = pool._replace(finish=_make_pool_finish(dims))
    return functions


def _list_special_functions() -> dict[str, LayerSignature]:
    depthwise = make_signature(
        "conv", 2, "keras", "input filter strides padding data_format dilations name", {**_SIZES, "filter": read_later},
        "filter strides padding", _IGNORED, {"padding": "valid"},
    )  # fmt: skip
    atrous = make_signature(
        "conv", 2, "keras", "value filters rate padding name", {**_CONV, "rate": read_later}, "filters rate padding",
        ["value", "name"], {"padding": "valid"},
    )  # fmt: skip
    pool = make_signature(
        "max_pool", None, "keras", "input window_shape pooling_type strides padding data_format dilations name",
        {**_SIZES, "window_shape": read_later, "pooling_type": _parse_pooling_type}, "window_shape pooling_type",
        _IGNORED, {"padding": "valid", "stride": 1},
    )  # fmt: skip
    return {
        "depthwise_conv2d": depthwise._replace(arrays=("filter",), finish=_finish_depthwise),
        "atrous_conv2d": atrous._replace(arrays=("filters",), finish=_make_conv_finish(2)),
        "pool": pool._replace(finish=_make_pool_finish(None)),
    }


def _parse_pooling_type(value: Any) -> SpecKeys:
    if value not in ("MAX", "AVG"):
        raise ValueError('it is "MAX" or "AVG"')
    return {}


def _describe_pixels(op: str) -> LayerSignature:
    """Return the pixel shuffle, or its reverse."""
    return make_signature(
        op, 2, "keras", "input block_size data_format name", {"block_size": "factor"}, "block_size",
        ["input", "data_format", "name"], {"channel_order": "DCR"},
    )  # fmt: skip


def _list_paddings(layer: Any, has_pairs: bool) -> Iterator[Any]:
    """Yield paddings that may fit, the layer's own word first."""
    yield from (
        word
        for word in preferred_first(pads_to_same(layer), "SAME", "VALID")
        if not (word == "SAME" and crops_same(layer))
    )
    if has_pairs:
        yield [[0, 0], *(list(pair) for pair in layer.padding), [0, 0]]


def _list_all_axes(sizes: tuple[int, ...]) -> list[int]:
    return [1, *sizes, 1]


def _write_conv(layer: Conv) -> Iterator[str]:
    channels, dilations = layer.channels, omit_default(layer.dilation, 1)
    is_depthwise = layer.dims == 2 and channels.groups == channels.inputs > 1
    if layer.padding_mode != "zeros" or (channels.groups > 1 and not is_depthwise) or (dilations and layer.dims == 3):
        return
    if is_depthwise and (not is_uniform(layer.stride) or (dilations and omit_default(layer.stride, 1))):
        return
    dilations = Verbatim(list(layer.dilation)) if is_depthwise and dilations else dilations
    # three axes need all five numbers, depthwise convolutions all four
    strides: Any = layer.stride if layer.dims < 3 and not is_depthwise else _list_all_axes(layer.stride)
    name = "tf.nn.depthwise_conv2d" if is_depthwise else f"tf.nn.conv{layer.dims}d"
    outputs = channels.outputs // channels.groups
    weights = f"w = tf.zeros({(*layer.kernel, channels.inputs, outputs)})"
    for padding in _list_paddings(layer, has_pairs=layer.dims == 2):
        call = format_call(name, Verbatim("x"), Verbatim("w"), strides, padding, dilations=dilations)
        yield f"{weights}; {call}"


def _explain_conv(layer: Conv) -> str:
    if layer.padding_mode != "zeros":
        has_mode = layer.padding_mode == "reflect"
        return f"pads with zeros only: {'put tf.pad with REFLECT before it' if has_mode else 'tf.pad has no such mode'}"
    if layer.dims == 2 and layer.channels.groups == layer.channels.inputs > 1:
        return "a depthwise convolution has one stride, and no stride together with dilation"
    if layer.dims == 3 and omit_default(layer.dilation, 1):
        return "along three axes no dilation, on a CPU"
    if layer.channels.groups > 1:
        return "groups follow from the channels of the input, and the shape of the weights does not tell them"
    return 'padding is "SAME" or "VALID": put tf.pad before it'


def _write_conv_transpose(layer: ConvTranspose) -> Iterator[str]:
    channels, strides = layer.channels, layer.stride
    if channels.groups > 1 or omit_default(layer.dilation, 1):
        return
    weights = f"w = tf.zeros({(*layer.kernel, channels.outputs, channels.inputs)})"
    shape = [1, *layer.output, channels.outputs]
    for padding in preferred_first(pads_to_same(layer), "SAME", "VALID"):
        # beyond these sizes TensorFlow refuses the shape: its convolution would not give the input back
        pairs = list(zip(layer.output, layer.input, layer.stride, layer.kernel, strict=True))
        fits = [-(-o // s) == i if padding == "SAME" else -(-(o - k + 1) // s) == i for o, i, s, k in pairs]
        if all(fits):
            name = f"tf.nn.conv{layer.dims}d_transpose"
            yield f"{weights}; {format_call(name, Verbatim('x'), Verbatim('w'), shape, strides, padding)}"


def _explain_conv_transpose(layer: ConvTranspose) -> str:
    if layer.channels.groups > 1 or omit_default(layer.dilation, 1):
        return "a transposed convolution has neither groups nor, on every machine, dilation"
    return "crops as SAME or VALID, by the sizes whose convolution gives the input back"


def _write_pool(kind: str) -> Callable[[MaxPool | AvgPool], Iterator[str]]:
    def lines(layer: MaxPool | AvgPool) -> Iterator[str]:
        if not omit_default(layer.dilation, 1):
            for padding in _list_paddings(layer, has_pairs=kind == "max" and layer.dims == 2):
                yield format_call(f"tf.nn.{kind}_pool{layer.dims}d", Verbatim("x"), layer.kernel, layer.stride, padding)

    return lines


def _explain_pool(layer: MaxPool | AvgPool) -> str:
    if omit_default(layer.dilation, 1):
        return "only tf.nn.pool has dilations, without strides"
    return 'padding is "SAME" or "VALID", which an average does not count'


FRAMEWORK = Framework(
    {
        **_list_functions(1), **_list_functions(2), **_list_functions(3), **_list_functions(None),
        **_list_special_functions(),
        "depth_to_space": _describe_pixels("pixel_shuffle"), "space_to_depth": _describe_pixels("pixel_unshuffle"),
    },
    {
        "conv": LayerWriter(_write_conv, _explain_conv),
        "conv_transpose": LayerWriter(_write_conv_transpose, _explain_conv_transpose),
        "max_pool": LayerWriter(_write_pool("max"), _explain_pool),
        "avg_pool": LayerWriter(_write_pool("avg"), _explain_pool),
        "pixel_shuffle": make_tensorflow_pixel_writer("depth_to_space"),
        "pixel_unshuffle": make_tensorflow_pixel_writer("space_to_depth"),
    },
    versions={"tensorflow": "2.21.0"},
    weight_axes={"conv": ("k", "in", "out"), "conv_transpose": ("k", "out", "in")},
    remarks=(CROPPED_SAME,),
)  # fmt: skip
