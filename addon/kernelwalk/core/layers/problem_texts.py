# SPDX-License-Identifier: GPL-3.0-or-later
"""The wording of every problem that a layer's parameters can have: what is wrong, and the remedy.

A table, so that a page that steps through a layer words them alike (describe/mapping_document.py). Names in braces
stand for numbers, and for values as a spec writes them.
"""

from __future__ import annotations

from typing import NamedTuple


class ProblemText(NamedTuple):
    """The two sentences of a problem, as templates."""

    what: str
    remedy: str


_WHOLE_NUMBER = "Write a whole number from {minimum} to {maximum}"
_GROUPED = "Write a multiple of {count}, or change layer.{key}"
_WINDOW_REMEDY = "Use a smaller kernel or dilation, or a larger {larger}"

PROBLEM_TEXTS = {
    "no_integer": ProblemText("{value} is not a whole number", _WHOLE_NUMBER),
    "small_integer": ProblemText("{value} is too small", _WHOLE_NUMBER),
    "large_integer": ProblemText("{value} is too large", _WHOLE_NUMBER),
    "missing": ProblemText("it is missing", "Write a whole number, or one per axis: {axes}"),
    "no_number_per_axis": ProblemText("{value} has {entries}, {others}", "Write one number, or one per axis: {axes}"),
    "no_pair_per_axis": ProblemText(
        "{value} has {entries}, {others}", "Write one number, or a pair per axis: [{sides}]"
    ),
    "no_pair": ProblemText("{value} has {count} entries", "Write [before, after]"),
    "unknown_padding": ProblemText("{value} is not a padding", "Write a number, a pair per axis, or {names}"),
    "large_kernel": ProblemText(
        "a kernel of {kernel} with dilation {dilation} spans {extent} cells, the padded input only {padded}",
        _WINDOW_REMEDY,
    ),
    "large_kernel_elsewhere": ProblemText(
        "a kernel of {kernel} with dilation {dilation} spans {extent} cells, the padded input only {padded}: "
        "{elsewhere}",
        _WINDOW_REMEDY,
    ),
    "large_block": ProblemText(
        "a block of {kernel} with dilation {dilation} spans {extent} cells, the padded output only {padded}",
        _WINDOW_REMEDY,
    ),
    "causal_axes": ProblemText(
        '"causal" needs a single axis (time), but there are {dims}',
        "Write the input as [cells], or the padding of each axis as [before, after]",
    ),
    "same_with_stride": ProblemText(
        '"same" needs stride 1, here it is {stride}',
        'Set the stride to 1, write the padding as numbers, or "same_upper" for the "same" of Keras and ONNX',
    ),
    "same_pooling": ProblemText(
        'PyTorch has no "same" for pooling',
        'Write "same_upper", which is the "same" of Keras, "same_lower", or layer.convention = "keras"',
    ),
    "half_kernel_padding": ProblemText(
        "{padding} is too much for pooling with a kernel of {kernel}: at most half the kernel is allowed, so that each "
        "window reads some input",
        "Write at most {limit}, or use a larger kernel",
    ),
    "whole_kernel_padding": ProblemText(
        "{padding} is too much for pooling with a kernel of {kernel}: the kernel must be larger, so that each window "
        "reads some input",
        "Write at most {limit}, or use a larger kernel",
    ),
    "wide_reflection": ProblemText(
        '{padding} cells cannot be padded in mode "reflect" from an input of {input}: it holds each edge once, beside '
        "itself",
        'Pad at most {limit}, use a larger input, or layer.padding_mode = "replicate"',
    ),
    "wide_circle": ProblemText(
        '{padding} cells cannot be padded in mode "circular" from an input of {input}: it holds the input once',
        'Pad at most {limit}, use a larger input, or layer.padding_mode = "replicate"',
    ),
    "whole_output_cropped": ProblemText(
        "a padding of {before} + {after} crops the whole output of {cells} cells",
        "Use less padding, or a larger input, kernel or stride",
    ),
    "no_output_size": ProblemText("{size} is no size of this output", "Write {sizes}"),
    "follows": ProblemText("it follows from layer.output_shape", "Leave one of them out"),
    "padding_follows": ProblemText(
        "it follows from layer.output_shape",
        'Leave one of them out, or write "same_upper" or "same_lower" to choose the side of an odd cell',
    ),
    "large_output_padding": ProblemText("{value} is not smaller than {bound}", "Write at most {limit}"),
    "large_output": ProblemText(
        "{output} is too large: {grown} cells more than the kernel reaches",
        "Write at most {limit}, or use a larger input, kernel or stride",
    ),
    "channels_follow": ProblemText(
        "it follows from layer.depth_multiplier",
        "Leave it out: each input channel is a group with depth_multiplier outputs",
    ),
    "channels_in_groups": ProblemText("{channels} channels cannot be divided into {count} groups", _GROUPED),
    "channels_in_blocks": ProblemText("{channels} channels cannot be divided into blocks of {count} cells", _GROUPED),
    "channels_in_cells": ProblemText("{channels} channels cannot be divided into groups of {count} cells", _GROUPED),
    "cells_in_groups": ProblemText("{cells} cells cannot be divided into groups of {count}", _GROUPED),
    "small_scale": ProblemText("{scale} of {input} cells is less than one cell", "Use a larger scale or input"),
}
"""The problems by name."""
