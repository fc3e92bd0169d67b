# SPDX-License-Identifier: GPL-3.0-or-later
"""Remarks that JAX and the libraries on it have in common: words and defaults of other frameworks mean something else
there. They are on layers that are written in the words of another framework."""

from __future__ import annotations

from typing import Any

from .framework import Remark


def list_transposed_remarks(version: str) -> tuple[Remark, ...]:
    """Return the remarks on names of padding of a transposed convolution."""
    name = "of a transposed convolution"
    return (
        Remark(_has_lower_crop, "refuses", f"SAME_LOWER {name} with strides", version),
        Remark(
            lambda layer: _has_foreign_name(layer, "same", "valid") and max(layer.stride) > 1,
            "refuses", f'"same" and "valid" in small letters {name} with strides', version,
        ),
        Remark(
            lambda layer: _has_foreign_name(layer, "same") and any(reach % 2 for reach in _list_reaches(layer)),
            "computes otherwise", f'"same" in small letters {name}: it crops an odd cell before', version,
        ),
        Remark(
            lambda layer: _has_foreign_name(layer, "valid") and any(_list_reaches(layer)),
            "computes otherwise",
            f'"valid" in small letters {name}: it crops what reads less than the whole kernel', version,
        ),
    )  # fmt: skip


def remark_on_default_padding(version: str) -> Remark:
    """Return the remark on convolutions without padding, where the default is SAME."""
    return Remark(_has_no_padding, "computes otherwise", "a convolution without padding: its default is SAME", version)


def remark_on_default_stride(version: str) -> Remark:
    """Return the remark on poolings without strides, where the default is 1."""
    return Remark(_has_default_stride, "computes otherwise", "a pooling without strides: its default is 1", version)


def is_foreign(layer: Any) -> bool:
    """Return True for a layer in the words of a framework that is not on JAX."""
    return layer.convention not in ("jax", "equinox")


def _has_lower_crop(layer: Any) -> bool:
    return layer.op == "conv_transpose" and layer.padding_name == "same_lower" and max(layer.stride) > 1


def _has_foreign_name(layer: Any, *names: str) -> bool:
    return layer.op == "conv_transpose" and layer.padding_name in names and is_foreign(layer)


def _list_reaches(layer: Any) -> list[int]:
    """Return the extent of the kernel less 1 along each axis; nothing with strides, where the name is refused."""
    sizes = zip(layer.kernel, layer.dilation, strict=True)
    return [rate * (size - 1) for size, rate in sizes] if max(layer.stride) == 1 else []


def _has_no_padding(layer: Any) -> bool:
    if layer.op not in ("conv", "conv_transpose") or not is_foreign(layer) or max(layer.kernel) == 1:
        return False
    return (
        layer.padding_name in (None, "valid") and not layer.has_padding and getattr(layer, "output_shape", None) is None
    )


def _has_default_stride(layer: Any) -> bool:
    is_default = layer.op in ("max_pool", "avg_pool") and layer.stride == layer.kernel
    return is_default and is_foreign(layer) and layer.convention != "onnx" and max(layer.stride) > 1
