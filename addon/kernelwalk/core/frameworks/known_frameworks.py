# SPDX-License-Identifier: GPL-3.0-or-later
"""All frameworks, in the order in which reports list them. Each is loaded when its layers or its code are needed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from ..errors import Problem, SpecError, format_value
from .framework import Framework
from .layer_signature import LayerSignature


class KnownFramework:
    """A framework that can be read and written.

    key:     its name on the command line, and of its module in this folder, which has its data as FRAMEWORK
    name:    its name for people
    modules: modules in which its layers stand, as in code; the first is the one that is proposed
    imports: a line by which code imports it, where other frameworks use the same names
    is_usual: True if reports list it without being asked
    """

    def __init__(self, key: str, name: str, modules: Iterable[str], imports: str = "", is_usual: bool = False):
        self.key, self.name, self.modules, self.imports, self.is_usual = key, name, tuple(modules), imports, is_usual

    @cached_property
    def framework(self) -> Framework:
        """Its data."""
        data: Framework = importlib.import_module(f".{self.key}", __package__).FRAMEWORK
        return data


FRAMEWORKS = (
    KnownFramework(
        "pytorch",
        "PyTorch",
        ("nn", "torch.nn", "F", "nn.functional", "torch.nn.functional", "torch", "torchvision.ops", "ops", "misc"),
        is_usual=True,
    ),
    KnownFramework(
        "keras", "Keras", ("layers", "keras.layers", "tf.keras.layers", "tensorflow.keras.layers"), is_usual=True
    ),
    KnownFramework("tensorflow", "TensorFlow", ("tf.nn", "tensorflow.nn")),
    KnownFramework("onnx", "ONNX", ("onnx",), is_usual=True),
    KnownFramework("jax", "JAX", ("jax.lax", "lax")),
    KnownFramework(
        "flax", "Flax", ("flax.linen", "linen", "nn"), "from flax import linen as nn; from flax.linen import *"
    ),
    KnownFramework("nnx", "Flax NNX", ("flax.nnx", "nnx"), "from flax.nnx import *"),
    KnownFramework("haiku", "Haiku", ("hk", "haiku"), "from haiku import *"),
    KnownFramework(
        "equinox", "Equinox", ("eqx.nn", "equinox.nn", "nn"), "from equinox import nn; from equinox.nn import *"
    ),
    KnownFramework("mlx", "MLX", ("mlx.nn",), "import mlx.nn as nn; from mlx.nn import *"),
    KnownFramework(
        "tinygrad",
        "tinygrad",
        ("tinygrad.nn", "tinygrad.Tensor"),
        "import tinygrad.nn as nn; from tinygrad import Tensor; from tinygrad.nn import *",
    ),
    KnownFramework("paddle", "Paddle", ("paddle.nn",), "import paddle.nn as nn; from paddle.nn import *"),
    KnownFramework("openvino", "OpenVINO", ("opset15", "openvino.opset15")),
    KnownFramework("chainer", "Chainer", ("L", "chainer.links", "F", "chainer.functions")),
    KnownFramework("ncnn", "ncnn", ("ncnn",)),
    KnownFramework("nnabla", "nnabla", ("PF", "nnabla.parametric_functions", "F", "nnabla.functions")),
)
"""All frameworks. Where a name could be that of several, the first one is meant."""

BY_KEY = {each.key: each for each in FRAMEWORKS}

USUAL_KEYS = tuple(each.key for each in FRAMEWORKS if each.is_usual)

FIRST_KEYS = ("pytorch", "keras", "tensorflow", "onnx")
"""Frameworks whose names are understood without a module, before those of all others."""


class FoundLayer(NamedTuple):
    """A layer of a framework. name: its own name, without its module."""

    known: KnownFramework
    name: str
    signature: LayerSignature


@cache
def find_layer(path: str, everywhere: bool = True) -> FoundLayer | None:
    """Return the layer of a name with its modules; None if there is none.

    everywhere: False to leave out frameworks that only share an abbreviation, such as "nn", with a first one

    >>> find_layer("nn.Conv2d").known.name, find_layer("layers.MaxPool2D").name
    ('PyTorch', 'MaxPooling2D')
    """
    module, _, name = path.rpartition(".")
    candidates = list_by_module(module) if module else FRAMEWORKS
    firsts = [each for each in candidates if each.key in FIRST_KEYS]
    if firsts and not everywhere:
        candidates = firsts
    for known in candidates:
        name_there = known.framework.aliases.get(name, name)
        signature = known.framework.signatures.get(name_there)
        if signature:
            return FoundLayer(known, name_there, signature)
    return None


def list_by_module(module: str) -> Sequence[KnownFramework]:
    """Return the frameworks whose layers stand in a module, in order."""
    return [each for each in FRAMEWORKS if module in each.modules]


def parse_framework_keys(text: str) -> tuple[str, ...]:
    """Return the keys of frameworks that a user names: "all", or some with commas between them. Raises SpecError.

    >>> parse_framework_keys("keras,onnx")
    ('keras', 'onnx')
    """
    names = [part.strip().lower() for part in text.split(",")]
    if names == ["all"]:
        return tuple(BY_KEY)
    for name in names:
        if name not in BY_KEY:
            remedy = f"Write all, or some of {', '.join(BY_KEY)}"
            raise SpecError([Problem("framework", f"{format_value(name)} is no framework known here", remedy)])
    return tuple(dict.fromkeys(names))
