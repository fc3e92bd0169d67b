# SPDX-License-Identifier: GPL-3.0-or-later
"""Activations and batch normalizations in a layer's code: the functions of each value alone that follow a layer.

They have no tiles, and matter only where values are computed.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...errors import format_value
from ..known_frameworks import BY_KEY, find_layer
from .code_chain import parse_code
from .code_text import find_dotted_name

LEAKY_SLOPE = 0.01
"""Slope of "leaky_relu" below zero."""

NO_OPERATIONS = ("Identity", "Input", "InputLayer")
"""Names of layers, beside those of dropout, that change no value in evaluation."""

BATCH_NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "BatchNormalization")

ACTIVATION_CLASSES = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "GELU": "gelu",
    "SiLU": "silu",
}
"""Activation of each class of PyTorch and Keras."""

ACTIVATION_WORDS = {
    **{name: name for name in ("relu", "sigmoid", "tanh", "gelu", "silu")},
    "swish": "silu",
    "linear": "none",
}
"""Activation of each name that Keras' argument `activation` takes."""

NEUTRAL_ARGUMENTS = {
    "inplace": (True, False),
    "name": None,
    "dtype": None,
    "max_value": (None,),
    "threshold": (0, None),
    "negative_slope": (0, None),
    "approximate": ("none", False),
}
"""Values of arguments that leave an activation as it is; None allows all."""


class UnknownActivation(Exception):
    """A function that follows a layer and that values cannot have; str() says which."""


class Followers(NamedTuple):
    """The functions of each value that follow a layer, in evaluation.

    activation: a name of Kernelwalk's, "none" if there is none
    has_norm:   True if a batch normalization stands between the layer and its activation
    """

    activation: str = "none"
    has_norm: bool = False


def read_followers(code: str, after: Sequence[str]) -> Followers:
    """Return the followers of a layer. Raises UnknownActivation, and SpecError for code that cannot be parsed.

    code:  the layer, whose argument `activation` counts; empty where it is not given as code
    after: code of the element-wise layers after it (sequential.SequentialPart)

    >>> read_followers("nn.Conv2d(1, 8, 3)", ["nn.BatchNorm2d(8)", "nn.Dropout(0.5)", "nn.ReLU()"])
    Followers(activation='relu', has_norm=True)
    """
    own = parse_code(code, _read_own) if code else Followers()
    activation, has_norm = own.activation, own.has_norm
    for follower in after:
        kind = parse_code(follower, _read_follower)
        if kind == "norm" and (has_norm or activation != "none"):
            raise UnknownActivation(f"{_shorten(follower)} after {activation if activation != 'none' else 'another'}")
        if kind not in ("norm", "none") and activation != "none":
            raise UnknownActivation(f"{_shorten(follower)} after {activation}")
        has_norm |= kind == "norm"
        activation = activation if kind in ("norm", "none") else kind
    return Followers(activation, has_norm)


def changes_values(code: str) -> bool:
    """Return False for an element-wise layer that leaves every value as it is, such as a dropout in evaluation."""
    try:
        return parse_code(code, _read_follower) != "none"
    except UnknownActivation:
        return True


def _read_follower(text: str, call: ast.Call) -> str:
    """Return the activation of an element-wise layer, or "norm", or "none". Raises UnknownActivation."""
    module, _, name = find_dotted_name(call.func).rpartition(".")
    if name in NO_OPERATIONS or "Dropout" in name:
        return "none"
    if name in BATCH_NORMS:
        return "norm"
    arguments = _read_arguments(text, call)
    if name == "Activation":
        return _name_activation(arguments.get(0, arguments.get("activation")))
    if name not in ACTIVATION_CLASSES:
        raise UnknownActivation(_shorten(text))
    if name == "LeakyReLU":
        keras = module in BY_KEY["keras"].modules
        slope = arguments.pop("negative_slope", arguments.pop(0, 0.3 if keras else LEAKY_SLOPE))
        if slope != LEAKY_SLOPE:
            raise UnknownActivation(f"LeakyReLU with the slope {format_value(slope, 20)}, not {LEAKY_SLOPE}")
    for key, value in arguments.items():
        allowed = NEUTRAL_ARGUMENTS.get(str(key), ()) if key != 0 else (True, False)  # the first one is `inplace`
        if allowed is not None and not any(value is one or value == one for one in allowed):
            raise UnknownActivation(_shorten(text))
    return ACTIVATION_CLASSES[name]


def _read_own(text: str, call: ast.Call) -> Followers:
    """Return the functions that a layer itself applies: Keras' argument `activation`, or torchvision's layers."""
    if find_dotted_name(call.func).endswith("dNormActivation"):
        given = _read_arguments(text, call)
        layer, norm = given.get("activation_layer", given.get(7, "ReLU")), given.get("norm_layer", given.get(6, "norm"))
        if layer is not None and layer not in ACTIVATION_CLASSES:
            raise UnknownActivation(f"activation_layer={format_value(layer, 30)}")
        return Followers(ACTIVATION_CLASSES[layer] if layer else "none", norm is not None)
    return Followers(_read_argument(text, call))


def _read_argument(text: str, call: ast.Call) -> str:
    """Return the activation that the argument `activation` of a layer of Keras gives."""
    found = find_layer(find_dotted_name(call.func))
    positional = found.signature.positional if found else ()
    given = dict(zip(positional, call.args, strict=False)) | {word.arg: word.value for word in call.keywords}
    return _name_activation(_read_value(text, given["activation"])) if "activation" in given else "none"


def _name_activation(value: Any) -> str:
    if value is None:
        return "none"
    if not isinstance(value, str) or value not in ACTIVATION_WORDS:
        raise UnknownActivation(f"activation={format_value(value, 30)}")
    return ACTIVATION_WORDS[value]


def _read_arguments(text: str, call: ast.Call) -> dict[str | int | None, Any]:
    """Return the arguments, those without a name by their number."""
    given: dict[str | int | None, Any] = {at: _read_value(text, node) for at, node in enumerate(call.args)}
    return given | {word.arg: _read_value(text, word.value) for word in call.keywords}


def _read_value(text: str, node: ast.expr) -> Any:
    """Return a literal, or the text of anything else. "activations.relu" and "F.relu" are the word "relu"."""
    source = ast.get_source_segment(text, node) or ""
    if isinstance(node, (ast.Attribute, ast.Name)):
        return source.rpartition(".")[2]
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError):
        return source


def _shorten(code: str) -> str:
    return format_value(code, 42)[1:-1]
