# SPDX-License-Identifier: GPL-3.0-or-later
"""Conventions: what each framework means by the same words and numbers of padding, as data.

Only frameworks that differ have a convention of their own: that of Flax and Haiku is "jax". A convention is one entry
of CONVENTIONS; checks, the panel and docs/spec.md follow from it. Each is tested against the real package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from .crops import (
    KERAS_CROPS,
    NAMED_CROPS,
    ONNX_CROPS,
    ONNXRUNTIME_CROPS,
    PADDLE_CROPS,
    PYTORCH_CROPS,
    SAME_LOWER,
    SAME_UPPER,
    SHRINKING_CROPS,
    UNCROPPED,
    CropRule,
    PaddingPair,
    halve_total,
    split_total,
)


def _limit_by_reach(stride: int, dilation: int) -> int:
    return max(stride, dilation) - 1


def _limit_by_stride(stride: int, dilation: int) -> int:
    return stride - 1


def _crop_to_shape(name: str | None, total: int) -> PaddingPair:
    return halve_total(total, lower=name != SAME_UPPER)


def _split_to_shape(name: str | None, total: int) -> PaddingPair:
    """Crop as ONNX does: with auto_pad missing cells are added at both ends, else at the end."""
    if name in (SAME_UPPER, SAME_LOWER):
        return split_total(total, lower=name == SAME_LOWER)
    return _crop_to_shape(name, total)


def _crop_lower_to_shape(name: str | None, total: int) -> PaddingPair:
    """Crop as OpenVINO does: all cells after, or with a name half of them, with "same_upper" an odd one before."""
    return (0, total) if name not in (SAME_UPPER, SAME_LOWER) else halve_total(total, lower=name == SAME_UPPER)


def _list_haiku_shapes(name: str | None, i: int, k: int, s: int) -> range:
    """Return the sizes that a convolution makes the input from, by SAME, or VALID without a name."""
    return range((i - 1) * s + 1, i * s + 1) if name else range((i - 1) * s + k, i * s + k)


def _list_cropped_shapes(name: str | None, i: int, k: int, s: int) -> range:
    """Return the sizes that cropping alone makes of the full result."""
    return range(1, (i - 1) * s + k + 1)


class Convention(NamedTuple):
    """The meaning of padding in a framework.

    meaning:          what is special about it, for the reference and the panel
    same:             the name that "same" of a convolution and a pooling stands for; None where "same" needs a stride
                      of 1, and pooling has none
    crops:            for each name the rule by which it crops a transposed convolution
    derived_output_padding: names from which the output padding follows, if it is not given
    output_padding_limit: returns the largest output padding, from stride and dilation; None where any is taken
    crop_to_shape:    returns the cells that a transposed convolution crops before and after, so that it has the size of
                      `output_shape`, from the padding's name or None and the cells to crop, which are negative where
                      they are missing
    shape_range:      returns the sizes that `output_shape` may have, from the padding's name or None, and the input's
                      size, the kernel's extent and the stride; None where it may have any
    shape_sets_output_padding: True if padding in numbers stands beside `output_shape`, and output padding follows
    shape_keeps_begin: True if padding in numbers beside `output_shape` crops the beginning, and the size the end
    pads_spread_input: True if padding of a transposed convolution in numbers is put around the spread-out input, so
                      that more padding gives more output; False if it crops the output
    halves_pool_padding: True if padding of a pooling in numbers is at most half the kernel, False if it is less than it
    drops_pool_dilation: True if padding of a pooling by name leaves its dilation out of account
    oversized_pool:   what becomes of a pooling whose window is larger than its padded input, which is no layer here;
                      empty if the framework refuses it too
    rounds_to_zero:   True if a pooling has an output where its window is larger than the padded input, by less than the
                      stride
    rounds_valid_up:  True if a pooling with "valid" may round up
    counts_padding:   True if an average counts padding by default
    counts_overhang:  True if an average that counts padding also counts cells of the last window past it
    keeps_late_window: True if a pooling that rounds up keeps a last window that begins after the input
    fits_no_window:   True if a pooling that rounds up has each window that begins before the input's end
    cubic_coefficient: Keys' coefficient of cubic upsampling
    cuts_cubic:       True if weights of cubic upsampling that fall outside the input are left out, False if they go to
                      the input's ends
    """

    meaning: str
    same: str | None = SAME_UPPER
    crops: Mapping[str, CropRule] = NAMED_CROPS
    derived_output_padding: tuple[str, ...] = ()
    output_padding_limit: Callable[[int, int], int] | None = _limit_by_reach
    crop_to_shape: Callable[[str | None, int], PaddingPair] = _crop_to_shape
    shape_range: Callable[[str | None, int, int, int], range] | None = None
    shape_sets_output_padding: bool = False
    shape_keeps_begin: bool = False
    pads_spread_input: bool = False
    halves_pool_padding: bool = False
    drops_pool_dilation: bool = False
    oversized_pool: str = ""
    rounds_to_zero: bool = False
    rounds_valid_up: bool = True
    counts_padding: bool = False
    counts_overhang: bool = False
    keeps_late_window: bool = False
    fits_no_window: bool = False
    cubic_coefficient: float = -0.75
    cuts_cubic: bool = False


CONVENTIONS: dict[str, Convention] = {
    "pytorch": Convention(
        '"same" keeps the size and needs stride 1; pooling has no "same"',
        same=None,
        crops=PYTORCH_CROPS,
        shape_sets_output_padding=True,
        halves_pool_padding=True,
        counts_padding=True,
    ),
    "keras": Convention(
        '"same" gives ceil(input / stride) outputs, as in TensorFlow',
        crops=KERAS_CROPS,
        derived_output_padding=("valid", "same"),
        halves_pool_padding=True,
        oversized_pool="Keras gives an output without cells",
        cubic_coefficient=-0.5,
        cuts_cubic=True,
    ),
    "onnx": Convention(
        '"same" is SAME_UPPER; numeric padding of pooling may be as large as the kernel less one; "valid" rounds down',
        crops=ONNX_CROPS,
        crop_to_shape=_split_to_shape,
        rounds_valid_up=False,
    ),
    "onnxruntime": Convention(
        'As "onnx", but "same" of a transposed convolution adds no cells, that of pooling leaves dilation out, and '
        '"valid" rounds up',
        crops=ONNXRUNTIME_CROPS,
        drops_pool_dilation=True,
        rounds_to_zero=True,
    ),
    "jax": Convention(
        'JAX, Flax and Haiku: "same" is SAME; padding of a transposed convolution in numbers is put around its '
        "spread-out input, where that of others crops the output",
        crops={**NAMED_CROPS, "valid": KERAS_CROPS["valid"]},
        derived_output_padding=("valid",),
        shape_range=_list_haiku_shapes,
        pads_spread_input=True,
        cubic_coefficient=-0.5,
        cuts_cubic=True,
    ),
    "equinox": Convention(
        '"same" is SAME; beside "same" an output padding makes the output of a transposed convolution smaller',
        crops=SHRINKING_CROPS,
        output_padding_limit=_limit_by_stride,
        counts_padding=True,
        counts_overhang=True,
    ),
    "mlx": Convention(
        'MLX and tinygrad: as "pytorch", with any output padding; padding of pooling may be as large as the '
        "kernel less one",
        same=None,
        crops=PYTORCH_CROPS,
        output_padding_limit=None,
        counts_padding=True,
    ),
    "nnabla": Convention(
        'As "mlx", with output padding below the stride; a pooling that rounds up has each window that begins before '
        "the input's end",
        same=None,
        crops=PYTORCH_CROPS,
        output_padding_limit=_limit_by_stride,
        counts_padding=True,
        fits_no_window=True,
    ),
    "chainer": Convention(
        'As "mlx", but a pooling that rounds up keeps a last window that begins after the input',
        same=None,
        crops=PYTORCH_CROPS,
        output_padding_limit=None,
        shape_sets_output_padding=True,
        counts_padding=True,
        keeps_late_window=True,
    ),
    "paddle": Convention(
        '"same" of a transposed convolution crops what it pads a convolution over the same input with; a pooling that '
        "rounds up keeps a last window that begins after the input",
        crops=PADDLE_CROPS,
        output_padding_limit=_limit_by_stride,
        shape_sets_output_padding=True,
        keeps_late_window=True,
    ),
    "openvino": Convention(
        '"same" is SAME_UPPER, and of a transposed convolution it crops nothing without an output_shape, and with one '
        "an odd cell before; a pooling that rounds up keeps a last window that begins after the input, and cells past "
        "it count",
        crops=UNCROPPED,
        output_padding_limit=None,
        crop_to_shape=_crop_lower_to_shape,
        shape_keeps_begin=True,
        counts_overhang=True,
        keeps_late_window=True,
    ),
    "ncnn": Convention(
        'As "openvino", but with an output_shape an odd cell is cropped after',
        crops=UNCROPPED,
        output_padding_limit=None,
        shape_range=_list_cropped_shapes,
        counts_overhang=True,
        keeps_late_window=True,
    ),
}
"""The conventions by their names in a spec."""
