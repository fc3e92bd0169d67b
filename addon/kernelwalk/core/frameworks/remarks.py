# SPDX-License-Identifier: GPL-3.0-or-later
"""Remarks on a layer: those that a framework's table has, and what its convention makes of the layer's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..comparison.layer_comparison import compare_layers
from ..errors import SpecError
from ..layers.formatting import format_size
from ..layers.registry import LAYERS, Layer
from .framework import Framework, Remark
from .layer_signature import LayerSignature
from .signature_words import WORDS, sets_key, takes_numbers, takes_word


def list_remarks(framework: Framework, layer: Layer) -> Iterator[Remark]:
    """Yield remarks on what a framework makes of a layer whose words come from another one.

    >>> from kernelwalk.core import ConvTranspose
    >>> from .onnx import FRAMEWORK
    >>> layer = ConvTranspose(input=4, kernel=2, stride=3, padding="same", convention="onnx")
    >>> print(*list_remarks(FRAMEWORK, layer))
    onnxruntime 1.32.0 computes otherwise with SAME: 11 × 11 outputs, not 12 × 12
    """
    signature = framework.find_operation(layer.op, layer.dims)
    if signature is None:
        return
    yield from (remark for remark in framework.remarks if remark.applies(layer))
    if layer.has_parameter("convention") and _has_words(signature, layer):
        own = " ".join(next(iter(framework.versions.items()), ("",)))
        for convention, version in {signature.convention: own, **framework.runtimes}.items():
            yield from _remark_on_words(layer, convention, version)


def _has_words(signature: LayerSignature, layer: Any) -> bool:
    """Return True if a framework's layer has the arguments by which this one is given, where they may differ."""
    needed = {
        "output_shape": getattr(layer, "output_shape", None) is not None,
        "ceil_mode": getattr(layer, "ceil_mode", False),
        "dilation": layer.has_parameter("dilation") and max(layer.dilation) > 1,
        "output_padding": any(getattr(layer, "output_padding", ())),
    }
    if not all(sets_key(signature, key) for key, is_needed in needed.items() if is_needed):
        return False
    if layer.padding_name is not None:
        return layer.padding_name in WORDS and takes_word(signature, WORDS[layer.padding_name])
    if layer.op != "conv" and _is_padded(layer):
        return takes_numbers(signature, layer.dims)
    return needed["output_shape"] or needed["ceil_mode"]


def _is_padded(layer: Any) -> bool:
    return any(side for pair in layer.padding for side in pair)


def _remark_on_words(layer: Any, convention: str, version: str) -> Iterator[Remark]:
    """Yield what a convention makes of a layer's words, if it is something else.

    version: the package and its version
    """
    if layer.convention == convention:
        return
    table = {key: value for key, value in layer.to_table().items() if key != "op"}
    if not any(getattr(layer, "output_padding", ())):
        table.pop("output_padding", None)  # not given, and so its default
    numbers = "the same padding in numbers" if _is_padded(layer) else "rounding up"
    words = WORDS[layer.padding_name] if layer.padding_name else numbers
    if words == "SAME" and "output_shape" not in table:
        table["padding"] = "same"  # in the words of every convention
    try:
        other = LAYERS[layer.op](**{**table, "convention": convention})
    except SpecError as error:
        problem = error.problems[0]
        if problem.where.startswith("layer.kernel"):
            yield _make_remark("computes otherwise", f"with {words}: no output, since {problem.what}", version)
        else:
            yield _make_remark("refuses", f"{words}: {problem.what}", version)
        return
    if other.output != layer.output:
        sizes = f"{format_size(other.output)} outputs, not {format_size(layer.output)}"
        yield _make_remark("computes otherwise", f"with {words}: {sizes}", version)
    elif other.axes == layer.axes and other.divisors != layer.divisors:
        yield _make_remark("computes otherwise", f"with {words}: means are of other numbers of cells", version)
    elif not compare_layers(other, layer).computes_same:
        yield _make_remark("computes otherwise", f"with {words}: outputs read other cells", version)


def _make_remark(effect: str, text: str, version: str) -> Remark:
    return Remark(lambda layer: True, effect, text, version)
