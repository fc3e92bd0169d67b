# SPDX-License-Identifier: GPL-3.0-or-later
"""Padding by name: the cells before and after that a name gives a convolution or a pooling along one axis.

Throughout, i is the input's size, k the kernel's extent (dilation included), s the stride. The names of a transposed
convolution are in crops.py; what differs between frameworks is in conventions.py.
"""

from __future__ import annotations

from ..errors import format_value
from .conventions import CONVENTIONS
from .crops import SAME_LOWER, SAME_UPPER, PaddingPair, halve_total
from .parameters import AxisSizes, PaddingPairs, ParameterParser

NAMED_PADDING = ("valid", "same", "full", SAME_UPPER, SAME_LOWER)

CAUSAL = "causal"
CONV_PADDING = (*NAMED_PADDING, CAUSAL)
"""Padding names of a convolution; the last one needs a single axis, time."""


def canonical_padding_name(parser: ParameterParser, name: str, convention: str, stride: AxisSizes) -> str:
    """Return the padding name that means the same in every convention; add an error if there is no such padding."""
    if name != "same":
        return name
    meant = CONVENTIONS[convention].same if convention in CONVENTIONS else None
    if meant is not None:
        return meant
    if any(step != 1 for step in stride):
        parser.add_problem("padding", "same_with_stride", stride=format_value(stride))
    return name


def axis_padding(name: str, i: int, k: int, s: int) -> PaddingPair:
    """Return the padding of a convolution or a pooling along one axis.

    same: as torch.nn.Conv2d, for a stride of 1; causal: no output reads a later input (Keras' Conv1D);
    same_upper, same_lower: ceil(i/s) outputs, an odd cell at the end, or at the beginning (ONNX' auto_pad;
    tensorflow.org/api_docs/python/tf/nn, "Notes on padding")

    >>> axis_padding("same_upper", i=5, k=2, s=1)
    (0, 1)
    """
    match name:
        case "valid":
            return 0, 0
        case "full":
            return k - 1, k - 1
        case "same":
            return halve_total(k - 1)
        case "causal":
            return k - 1, 0
    total = max((-(-i // s) - 1) * s + k - i, 0)
    return halve_total(total, lower=name == SAME_LOWER)


def resolve_padding(
    name: str, sizes: AxisSizes, kernel: AxisSizes, stride: AxisSizes, dilation: AxisSizes
) -> PaddingPairs:
    """Return the padding of a convolution or a pooling on each axis."""
    extents = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    return tuple(axis_padding(name, i, k, s) for i, k, s in zip(sizes, extents, stride, strict=True))
