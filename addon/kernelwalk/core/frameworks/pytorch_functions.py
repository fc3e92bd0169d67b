# SPDX-License-Identifier: GPL-3.0-or-later
"""Convolutions of torch.nn.functional, whose kernel is an array, and those of torchvision with what follows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .layer_signature import ArgumentKeys, LayerSignature, SpecKeys, make_signature, read_later, same_names


def _make_finish(dims: int, is_transposed: bool) -> Any:
    def finish(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
        shape, groups = values["weight"], keys.get("groups", 1)
        if len(shape) != dims + 2:
            example = (8, 3, *[3] * dims)
            what = f"an array of shape {tuple(shape)} has no weights for {dims} axes"
            raise ValueError(what, f"Write a shape such as {example}", "weight")
        first, second, *kernel = shape
        pair = (first, second * groups) if is_transposed else (second * groups, first)
        return {**keys, "kernel": kernel, "in_channels": pair[0], "out_channels": pair[1]}

    return finish


def list_conv_functions(
    dims: int, convolution: LayerSignature, transposed: LayerSignature
) -> dict[str, LayerSignature]:
    """Return the convolutions of torch.nn.functional with this number of axes, from the signatures of the layers."""
    orders = {
        f"conv{dims}d": (convolution, "input weight bias stride padding dilation groups"),
        f"conv_transpose{dims}d": (transposed, "input weight bias stride padding output_padding groups dilation"),
    }
    functions = {}
    for name, (layer, order) in orders.items():
        known = {key: parse for key, parse in layer.arguments.items() if key in order.split()}
        functions[name] = layer._replace(
            positional=tuple(order.split()),
            arguments={**known, "weight": read_later},
            required=("weight",),
            ignored=("input", "bias"),
            fixed={},
            arrays=("weight",),
            finish=_make_finish(dims, "transpose" in name),
        )
    return functions


def _finish_norm_activation(keys: SpecKeys, values: Mapping[str, Any]) -> SpecKeys:
    """Return the keys with the padding that keeps the size at stride 1, where none is given."""
    if keys.get("padding") is not None:
        return keys
    kernel, dilation = keys.get("kernel", 3), keys.get("dilation", 1)
    count = next((len(sizes) for sizes in (kernel, dilation) if isinstance(sizes, list)), None)
    if count is None:
        return {**keys, "padding": (kernel - 1) // 2 * dilation}
    both = [sizes if isinstance(sizes, list) else [sizes] * count for sizes in (kernel, dilation)]
    return {**keys, "padding": [(k - 1) // 2 * d for k, d in zip(*both, strict=True)]}


def list_norm_activations() -> dict[str, LayerSignature]:
    """Return torchvision's Conv2dNormActivation and Conv3dNormActivation.

    Source: torchvision.ops.misc, version 0.28.
    """
    known: ArgumentKeys = {
        **same_names("in_channels", "out_channels", "stride", "padding", "groups", "dilation"),
        "kernel_size": "kernel",
    }
    order = (
        "in_channels out_channels kernel_size stride padding groups norm_layer activation_layer dilation inplace bias"
    )
    ignored = ("norm_layer", "activation_layer", "inplace", "bias")
    return {
        f"Conv{dims}dNormActivation": make_signature(
            "conv", dims, "pytorch", order, known, "in_channels out_channels", ignored, {"kernel": [3] * dims}
        )._replace(
            finish=_finish_norm_activation,
        )
        for dims in (2, 3)
    }
