# SPDX-License-Identifier: GPL-3.0-or-later
"""A Sequential, as code: its layers one by one, and the element-wise layers beside each."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

from .code_parser import CodeError, find_dotted_name, list_known_layers, parse_code

SEQUENTIAL = "Sequential"
"""The container of layers one after another, in PyTorch and in Keras."""

ELEMENTWISE_LAYERS = (
    r"\w*ReLU\w*|\w*ELU|\w*GELU|SiLU|Mish|Tanh|Hardtanh|\w*[Ss]igmoid|\w*[Ss]wish|\w*Softmax\w*|Soft(plus|sign|shrink)"
    r"|Identity|Activation|Rescaling|InputLayer|Input|\w*Dropout\w*|\w*Norm([123]d)?|\w*Normalization"
)
"""The names of layers that leave each number in its place, and so have no tiles of their own."""


def split_sequential(text: Any) -> list[str]:
    """Return the code of each layer of a Sequential, except element-wise layers; for a single layer, its own code.

    Raises SpecError as `parse_layer` does.

    >>> split_sequential("nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2))")
    ['nn.Conv2d(1, 8, 3)', 'nn.MaxPool2d(2)']
    """
    return [part.code for part in split_parts(text)]


class SequentialPart(NamedTuple):
    """A layer of a Sequential, as code, and the element-wise layers beside it.

    before: element-wise layers before the first layer
    after:  element-wise layers between this layer and the next
    """

    code: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def split_parts(text: Any) -> list[SequentialPart]:
    """Return the layers of a Sequential with the element-wise layers beside each. Raises SpecError.

    >>> split_parts("nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())")
    [SequentialPart(code='nn.Conv2d(1, 8, 3)', before=(), after=('nn.ReLU()',))]
    """
    return parse_code(text, _split)


def _split(text: str, call: ast.Call) -> list[SequentialPart]:
    if find_dotted_name(call.func).rpartition(".")[2] != SEQUENTIAL:
        return [SequentialPart(text)]
    layers = call.args
    if len(layers) == 1 and isinstance(layers[0], (ast.List, ast.Tuple)):
        layers = layers[0].elts  # Keras takes a list
    parts: list[SequentialPart] = []
    before: tuple[str, ...] = ()
    for layer in layers:
        if not isinstance(layer, ast.Call):
            raise CodeError(layer, "this is not a layer", 'Write calls, such as "nn.Conv2d(1, 1, 3)"')
        code = ast.get_source_segment(text, layer) or ""
        if not re.fullmatch(ELEMENTWISE_LAYERS, find_dotted_name(layer.func).rpartition(".")[2]):
            parts.append(SequentialPart(code, () if parts else before))
        elif parts:
            parts[-1] = parts[-1]._replace(after=(*parts[-1].after, code))
        else:
            before = (*before, code)
    if not parts:
        raise CodeError(call, "there is no layer that can be shown", list_known_layers())
    return parts
