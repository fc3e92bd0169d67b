# SPDX-License-Identifier: GPL-3.0-or-later
"""Remarks on a layer: those that a framework's table has, and what its convention makes of the layer's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import SpecError
from ..layers.crops import SAME_LOWER, SAME_UPPER
from ..layers.formatting import format_size
from ..layers.registry import LAYERS, Layer
from .equivalence import are_equivalent
from .framework import Framework, Remark

WORDS = {"same": "SAME", SAME_UPPER: "SAME", SAME_LOWER: "SAME_LOWER", "valid": "VALID"}
"""Names of padding that several frameworks have."""

LOWER_CONVENTIONS = ("onnx", "onnxruntime", "equinox")
"""Conventions of frameworks that have SAME_LOWER."""

SHAPE_CONVENTIONS = ("onnx", "onnxruntime")
"""Conventions of frameworks whose transposed convolution takes the size of its output instead of padding."""

NAMED_CONVENTIONS = ("keras",)
"""Conventions of frameworks that have no padding in numbers."""


def list_remarks(framework: Framework, layer: Layer) -> Iterator[Remark]:
    """Yield remarks on what a framework makes of a layer whose words come from another one."""
    own = next((each.convention for each in framework.signatures.values() if each.op == layer.op), None)
    if own is None:
        return
    yield from (remark for remark in framework.remarks if remark.applies(layer))
    versions = {own: " ".join(next(iter(framework.versions.items()), ("",))), **framework.runtimes}
    for convention, version in versions.items():
        remark = remark_on_words(layer, convention, version)
        if remark:
            yield remark


def remark_on_words(layer: Any, convention: str, version: str) -> Remark | None:
    """Return what a convention makes of a layer's words; None if the same, or if it has no such words.

    version: the package and its version

    >>> from kernelwalk.core import ConvTranspose
    >>> layer = ConvTranspose(input=4, kernel=2, stride=3, padding="same", convention="onnx")
    >>> print(remark_on_words(layer, "onnxruntime", "onnxruntime 1.32.0"))
    onnxruntime 1.32.0 computes otherwise with SAME: 11 × 11 outputs, not 12 × 12
    """
    if not layer.has_parameter("convention") or layer.convention == convention or not _has_words(layer, convention):
        return None
    table = {key: value for key, value in layer.to_table().items() if key != "op"}
    words = "the same padding in numbers"
    if layer.padding_name:
        words = WORDS[layer.padding_name]
        if words == "SAME" and "output_shape" not in table:
            table["padding"] = "same"  # in the words of every convention
    try:
        other = LAYERS[layer.op](**{**table, "convention": convention})
    except SpecError as error:
        problem = error.problems[0]
        if problem.where.startswith("layer.kernel"):
            return _make_remark("computes otherwise", f"with {words}: no output, since {problem.what}", version)
        return _make_remark("refuses", f"{words}: {problem.what}", version)
    if are_equivalent(other, layer):
        return None
    if other.output == layer.output:
        return _make_remark("computes otherwise", f"with {words}: outputs read other cells", version)
    sizes = f"{format_size(other.output)} outputs, not {format_size(layer.output)}"
    return _make_remark("computes otherwise", f"with {words}: {sizes}", version)


def _make_remark(effect: str, text: str, version: str) -> Remark:
    return Remark(lambda layer: True, effect, text, version)


def _has_words(layer: Any, convention: str) -> bool:
    """Return True if the frameworks of a convention have the words by which a layer pads."""
    if getattr(layer, "output_shape", None) is not None and convention not in SHAPE_CONVENTIONS:
        return False
    if layer.padding_name is None:
        is_padded = any(side for pair in layer.padding for side in pair)
        return layer.op != "conv" and is_padded and convention not in NAMED_CONVENTIONS
    if layer.padding_name == SAME_LOWER and convention not in LOWER_CONVENTIONS:
        return False
    return layer.padding_name in WORDS
