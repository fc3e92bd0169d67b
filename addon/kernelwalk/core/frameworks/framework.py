# SPDX-License-Identifier: GPL-3.0-or-later
"""A framework as data: the signatures of its layers, the writers of their code, and what it does otherwise than its
code says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .layer_signature import LayerSignature


class LayerWriter(NamedTuple):
    """The code of one operation in one framework.

    lines:       yields candidate lines for a layer, the preferred one first
    obstacle:    returns the reason that is shown if no line computes the same as the layer; or the reason itself;
                 empty where some line always does
    is_verified: True if code_emitter.py parses each line to verify it; False if the lines are right by construction,
                 and cannot all be parsed
    """

    lines: Callable[[Any], Iterator[str]]
    obstacle: Callable[[Any], str] | str = ""
    is_verified: bool = True

    def explain(self, layer: Any) -> str:
        """Return the reason why the framework has no such layer."""
        return self.obstacle if isinstance(self.obstacle, str) else self.obstacle(layer)


def write_nothing(layer: Any) -> Iterator[str]:
    """Yield no line: the framework has no such operation."""
    yield from ()


NO_WRITER = LayerWriter(write_nothing, "it has no such layer")
"""The writer of an operation that a framework's table leaves out."""


class Remark(NamedTuple):
    """A thing that a framework does with some layers, where its code says something else.

    applies: returns True for a layer that it concerns
    effect:  "refuses", "ignores" or "computes otherwise"
    text:    what, as the end of a sentence: "SAME with dilation"
    version: the package and its version with which it was measured: "onnxruntime 1.32.0"
    """

    applies: Callable[[Any], bool]
    effect: str
    text: str
    version: str

    def __str__(self) -> str:
        return f"{self.version} {self.effect} {self.text}"


class Framework(NamedTuple):
    """A framework. Its name and its modules are in known_frameworks.py.

    signatures:  its layers, by name
    writers:     its code of each operation, by the operation's name in a spec; without those that it does not have
    aliases:     other names of its layers
    versions:    the versions of its packages that tests compare it with, by package
    weight_axes: the axes of a layer's weights in order, by operation; "k" stands for those of the kernel
    remarks:     what it does otherwise
    runtimes:    the conventions of programs that run its layers in a way of their own, with their package and version
    """

    signatures: Mapping[str, LayerSignature]
    writers: Mapping[str, LayerWriter]
    aliases: Mapping[str, str] = MappingProxyType({})
    versions: Mapping[str, str] = MappingProxyType({})
    weight_axes: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    remarks: tuple[Remark, ...] = ()
    runtimes: Mapping[str, str] = MappingProxyType({})

    def find_signature(self, name: str) -> LayerSignature | None:
        """Return the signature of a layer by its name, also by another one; None if there is none."""
        return self.signatures.get(self.aliases.get(name, name))

    def find_spelling(self, name: str) -> str | None:
        """Return the name of a layer that differs from this one in case alone; None if there is none."""
        return next((own for own in (*self.signatures, *self.aliases) if own.lower() == name.lower()), None)

    def find_operation(self, op: str, dims: int) -> LayerSignature | None:
        """Return the signature of its first layer of an operation with so many axes; None if there is none."""
        return next((each for each in self.signatures.values() if each.op == op and each.dims in (dims, None)), None)
