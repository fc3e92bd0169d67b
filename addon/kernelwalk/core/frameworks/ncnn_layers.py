# SPDX-License-Identifier: GPL-3.0-or-later
"""ncnn: the parameters of the lines in its param files, by number, and the layers that they make.

A line is "Convolution name 1 1 input output 0=8 1=3"; printed/ncnn_text.py reads it as a call of a signature here. One
kind of line can be several layers: "Pooling 0=1" is that of a line of the kind Pooling with this parameter. Source of
numbers, names and defaults: src/layer/*.cpp of ncnn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature

PAD_WORDS = {-233: "same_upper", -234: "same_lower"}
POOL_WORDS = {2: "same_upper", 3: "same_lower"}
"""Numbers that stand for words of padding: of a convolution, and of pad_mode."""

SUFFIXES = ("", "1D", "", "3D")
"""Endings of the kinds of lines by their number of axes."""

_WINDOW = {1: "kernel_w", 11: "kernel_h", 21: "kernel_d"}
_STEPS = {
    **{2: "dilation_w", 12: "dilation_h", 22: "dilation_d", 3: "stride_w", 13: "stride_h", 23: "stride_d"},
    **{4: "pad_left", 15: "pad_right", 14: "pad_top", 16: "pad_bottom", 24: "pad_front", 17: "pad_behind"},
}
_LAYER = {0: "num_output", **_WINDOW, **_STEPS, 5: "bias_term", 6: "weight_data_size", 9: "activation_type"}
_LAYER |= {10: "activation_params"}
_CONV = {**_LAYER, 8: "int8_scale_term", 18: "pad_value", 19: "dynamic_weight"}
_BACK = {**_LAYER, 18: "output_pad_right", 28: "dynamic_weight"}
_BACK_2D = {**_BACK, 19: "output_pad_bottom", 20: "output_w", 21: "output_h"}
_BACK_3D = {**_BACK, 19: "output_pad_bottom", 20: "output_pad_behind", 25: "output_w", 26: "output_h", 27: "output_d"}
_POOL = {
    **{0: "pooling_type", **_WINDOW, 2: "stride_w", 12: "stride_h", 22: "stride_d", 3: "pad_left", 14: "pad_right"},
    **{13: "pad_top", 15: "pad_bottom", 23: "pad_front", 16: "pad_behind", 4: "global_pooling", 5: "pad_mode"},
    **{6: "avgpool_count_include_pad", 7: "adaptive_pooling", 8: "out_w", 18: "out_h", 28: "out_d"},
}
_AXIS_ENDS = {1: ("w", "left", "right"), 2: ("w", "h", "left", "right", "top", "bottom")}


def _choose_axes(numbers: Mapping[int, str], dims: int) -> dict[int, str]:
    """Return the parameters of a layer with this number of axes."""
    every = ("w", "h", "d", "left", "right", "top", "bottom", "front", "behind")
    left_out = [end for end in every if end not in _AXIS_ENDS.get(dims, every)]
    return {number: name for number, name in numbers.items() if name.rpartition("_")[2] not in left_out}


def _list_parameters(dims: int) -> dict[str, dict[int, str]]:
    """Return the names of parameters by their numbers, for each kind of line with this number of axes."""
    end, back = SUFFIXES[dims], {1: {**_BACK, 20: "output_w"}, 2: _BACK_2D, 3: _BACK_3D}[dims]
    conv, back, pool = (_choose_axes(numbers, dims) for numbers in (_CONV, back, _POOL))
    return {
        f"Convolution{end}": conv,
        f"ConvolutionDepthWise{end}": {**conv, 7: "group"},
        f"Deconvolution{end}": back,
        f"DeconvolutionDepthWise{end}": {**back, 7: "group"},
        f"Pooling{end}": pool,
    }


_BLOCKS = {0: "num_output", **_choose_axes({**_WINDOW, **_STEPS}, 2)}
PARAMETERS = {
    **{kind: names for dims in (2, 1, 3) for kind, names in _list_parameters(dims).items()},
    "Interp": {
        **{0: "resize_type", 1: "height_scale", 2: "width_scale", 3: "output_height", 4: "output_width"},
        **{5: "dynamic_target_size", 6: "align_corner", 9: "size_expr"},
    },
    "PixelShuffle": {0: "upscale_factor", 1: "mode"},
    "Reorg": {0: "stride", 1: "mode"},
    "ShuffleChannel": {0: "group", 1: "reverse"},
    "Unfold": {**_BLOCKS, 18: "pad_value"},
    "Fold": {**_BLOCKS, 20: "output_w", 21: "output_h"},
}
"""Names of parameters by their numbers, for each kind of line."""

IGNORED = ("bias_term", "int8_scale_term", "activation_type", "activation_params", "activation")
FIXED = {
    "global_pooling": ((0, 1), "it is 0 or 1"),
    "adaptive_pooling": ((0, 1), "it is 0 or 1"),
    "pad_value": ((0,), "padding here holds zeros"),
    "dynamic_weight": ((0,), "weights that are computed are not shown"),
    "dynamic_target_size": ((0,), "a size that is computed is not shown"),
    "size_expr": (("",), "a size that is computed is not shown"),
}


def _keep(value: Any) -> SpecKeys:
    """Return no keys: `finish` reads the parameter. Raises ValueError."""
    if type(value) is not int:
        raise ValueError("it is a whole number")
    return {}


def _keep_scale(value: Any) -> SpecKeys:
    if type(value) not in (int, float) or value <= 0:
        raise ValueError("it is a number above 0")
    return {}


def _list_sizes(values: Mapping[str, Any], name: str, dims: int, default: int) -> list[int]:
    """Return a size of all axes. Those that are not given are as that of the columns."""
    columns = values.get(f"{name}_w", default)
    return [values.get(f"{name}_{axis}", columns) for axis in "dhw"[-dims:]]


def _list_pads(values: Mapping[str, Any], dims: int) -> list[list[int]]:
    """Return the padding of all axes. Without one of its own, an axis has that of the left side."""
    left = values.get("pad_left", 0)
    pairs = []
    for before, after in (("pad_front", "pad_behind"), ("pad_top", "pad_bottom"), ("pad_left", "pad_right"))[-dims:]:
        first = values.get(before, left)
        pairs.append([first, values.get(after, first)])
    return pairs


def _read_pads(values: Mapping[str, Any], dims: int) -> Any:
    """Return padding as in a spec. Raises ValueError("problem", "remedy", "parameter")."""
    pads = _list_pads(values, dims)
    sides = {side for pair in pads for side in pair}
    if len(sides) == 1 and sides <= PAD_WORDS.keys():
        return PAD_WORDS[sides.pop()]
    if min(sides) < 0:
        given = _find_negative(values)
        remedy = "Write -233 or -234 for all sides, or the cells of each side"
        raise ValueError(f"{given}={values[given]} stands beside other padding, or is less than none", remedy, given)
    return pads


def _find_negative(values: Mapping[str, Any]) -> str:
    """Return the name of the first parameter of padding that is less than 0."""
    return next(name for name, value in values.items() if name.startswith("pad_") and value < 0)


def _read_channels(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys of channels: those of the input follow from the number of weights. Raises ValueError."""
    outputs, groups, size = values["num_output"], values.get("group", 1), values.get("weight_data_size", 0)
    channels = {"out_channels": outputs, "groups": groups}
    cells = outputs
    for taps in keys["kernel"]:
        cells *= taps
    if size <= 0:
        return channels
    if cells <= 0 or size * groups % cells:
        what = f"weight_data_size={size} is no number of weights of {outputs} outputs and a kernel of {keys['kernel']}"
        raise ValueError(what, "Write outputs · inputs · cells of the kernel / group", "weight_data_size")
    return {**channels, "in_channels": size * groups // cells}


def _make_conv_finish(dims: int) -> Any:
    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        """Return the keys of a convolution."""
        window = {"kernel": _list_sizes(values, "kernel", dims, 0), "padding": _read_pads(values, dims)}
        window |= {name: _list_sizes(values, name, dims, 1) for name in ("stride", "dilation")}
        keys = {**keys, **window}
        return {**keys, **_read_channels(keys, values)} if "num_output" in values else keys

    return finish


def _make_back_finish(dims: int) -> Any:
    finish_conv = _make_conv_finish(dims)

    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        """Return the keys of a transposed convolution: output_w holds without padding in numbers."""
        keys = finish_conv(keys, values)
        right = values.get("output_pad_right", 0)
        extras = [values.get(f"output_pad_{side}", right) for side in ("behind", "bottom", "right")[-dims:]]
        sizes = _list_sizes(values, "output", dims, 0)
        if any(extras):
            keys = {**keys, "output_padding": extras}
        if min(sizes) <= 0 or (not isinstance(keys["padding"], str) and any(map(any, keys["padding"]))):
            return keys
        if not isinstance(keys["padding"], str):
            remedy = "Write 4=-233 or 4=-234 beside it, or output_pad_right"
            raise ValueError("output_w stands without padding, and ncnn then has no output", remedy, "output_w")
        return {**keys, "output_shape": sizes}

    return finish


def _make_pool_finish(dims: int) -> Any:
    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        """Return the keys of a pooling."""
        mode = values.get("pad_mode", 0)
        if mode not in (0, 1, *POOL_WORDS):
            raise ValueError(f"pad_mode={mode} is none of 0, 1, 2 and 3", "Write one of them", "pad_mode")
        pads = _list_pads(values, dims)
        counts = bool(values.get("avgpool_count_include_pad", 0))
        if keys["op"] == "avg_pool":
            if mode in POOL_WORDS and not counts and any(map(any, pads)):
                what = f"padding in numbers beside pad_mode={mode} leaves out cells that it does not pad"
                raise ValueError(what, "Leave the numbers out", "pad_mode")
            keys = {**keys, "count_include_pad": counts or mode in POOL_WORDS}
        sizes = {"kernel": _list_sizes(values, "kernel", dims, 0), "stride": _list_sizes(values, "stride", dims, 1)}
        padding = POOL_WORDS.get(mode, pads)
        if min(map(min, pads)) < 0 and padding is pads:
            given = _find_negative(values)
            raise ValueError(f"{given}={values[given]} is less than none", "Write 0 or more", given)
        return {**keys, **sizes, "padding": padding, "ceil_mode": mode == 0}

    return finish


def _make_adaptive_finish(dims: int) -> Any:
    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        """Return the keys of an adaptive pooling, whose -233 keeps an axis, or of a global one."""
        if values.get("global_pooling"):
            return {**keys, "output_shape": [1] * dims}
        if dims == 1 and values.get("out_w") == -233:
            raise ValueError("Pooling1D has no out_w of -233", "Write the size", "out_w")
        return {**keys, "output_shape": [None if o == -233 else o for o in _list_sizes(values, "out", dims, 0)]}

    return finish


def _finish_blocks(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys of an unfold or a fold."""
    keys = _make_conv_finish(2)(keys, {name: value for name, value in values.items() if name != "num_output"})
    return {**keys, "output_shape": _list_sizes(values, "output", 2, 0)} if keys["op"] == "fold" else keys


def _finish_interp(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys of an upsampling. Raises ValueError."""
    kinds = {1: "nearest", 2: "linear", 3: "cubic"}
    kind = kinds.get(values["resize_type"])
    if kind is None:
        raise ValueError(f"resize_type={values['resize_type']} is none of 1, 2 and 3", "Write one", "resize_type")
    keys = {**keys, "interpolation": kind, "align_corners": bool(values.get("align_corner")) and kind != "nearest"}
    sizes = [values.get("output_height", 0), values.get("output_width", 0)]
    if min(sizes) > 0:
        return {**keys, "output_shape": sizes}
    scales = [values.get("height_scale", 1), values.get("width_scale", 1)]
    if kind != "nearest" and any(scale != int(scale) for scale in scales):
        what = "a scale that is not whole places outputs by the quotient of the sizes"
        raise ValueError(what, "Write the size of the output, 3= and 4=", "height_scale")
    return {**keys, "scale": [int(scale) if scale == int(scale) else scale for scale in scales]}


def _parse_order(value: Any) -> SpecKeys:
    if value not in (0, 1):
        raise ValueError("it is 0 or 1")
    return {"channel_order": "DCR" if value else "CRD"}


def _describe(
    kind: str, op: str, dims: int | None, finish: Any, required: str = "", pooling_type: int = 0
) -> LayerSignature:
    """Return the signature of a kind of line."""
    names = PARAMETERS[kind].values()
    scales = {"height_scale", "width_scale"}
    allowed = {**FIXED, "pooling_type": ((pooling_type,), "0 is the largest value, 1 the mean")}
    arguments: ArgumentKeys = {
        name: _keep_scale if name in scales else _keep for name in names if name not in (*IGNORED, *allowed)
    }
    usual: SpecKeys = {"stride": 1} if op in ("max_pool", "avg_pool") else {}
    fixed = {name: allowed[name] for name in names if name in allowed}
    signature = make_signature(op, dims, "ncnn", "", arguments, required, IGNORED, usual, **fixed)
    return signature._replace(finish=finish)


def _list_layers(dims: int) -> dict[str, LayerSignature]:
    """Return the kinds of lines with this number of axes; those of poolings with the parameters that they need."""
    end, needed = SUFFIXES[dims], "num_output kernel_w"
    conv, back = (make(dims) for make in (_make_conv_finish, _make_back_finish))
    pool, adaptive = (make(dims) for make in (_make_pool_finish, _make_adaptive_finish))
    layers = {
        f"{name}{depthwise}{end}": _describe(f"{name}{depthwise}{end}", op, dims, finish, needed)
        for depthwise in ("", "DepthWise")
        for name, op, finish in (("Convolution", "conv", conv), ("Deconvolution", "conv_transpose", back))
    }
    pooling = f"Pooling{end}"
    for kind, (average, op) in enumerate((("", "max_pool"), (" 0=1", "avg_pool"))):
        layers[f"{pooling}{average}"] = _describe(pooling, op, dims, pool, "kernel_w", kind)
        for given in (" 7=1", " 4=1"):
            layers[f"{pooling}{average}{given}"] = _describe(pooling, f"adaptive_{op}", dims, adaptive, "", kind)
    return layers


_PIXELS: ArgumentKeys = {"mode": _parse_order}
SIGNATURES = {
    **{name: layer for dims in (2, 1, 3) for name, layer in _list_layers(dims).items()},
    "Interp": _describe("Interp", "upsample", 2, _finish_interp, "resize_type"),
    "PixelShuffle": make_signature(
        "pixel_shuffle", 2, "ncnn", "", {**_PIXELS, "upscale_factor": "factor"}, "upscale_factor", IGNORED
    ),
    "Reorg": make_signature("pixel_unshuffle", 2, "ncnn", "", {**_PIXELS, "stride": "factor"}, "stride", IGNORED),
    "ShuffleChannel": make_signature(
        "channel_shuffle", 2, "ncnn", "", {"group": "groups"}, "group", IGNORED,
        reverse=((0,), "in reverse, a shuffle has channels / group as its groups"),
    ),
    "Unfold": _describe("Unfold", "unfold", 2, _finish_blocks, "kernel_w"),
    "Fold": _describe("Fold", "fold", 2, _finish_blocks, "kernel_w output_w"),
}  # fmt: skip
