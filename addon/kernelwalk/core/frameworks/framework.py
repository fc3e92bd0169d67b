# SPDX-License-Identifier: GPL-3.0-or-later
"""A framework as data: the signatures of its layers, and the writers of their code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .layer_signature import LayerSignature


@dataclass(frozen=True)
class LayerWriter:
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


@dataclass(frozen=True)
class Framework:
    """A framework.

    name:       its name in a report; that of its padding names is in each signature's `convention`
    prefixes:   modules in which its layers stand, by convention; the second is the one that is proposed
    signatures: its layers, by name
    aliases:    other names of its layers
    writers:    its code of each operation, by the operation's name in a spec
    """

    name: str
    prefixes: Mapping[str, tuple[str, ...]]
    signatures: Mapping[str, LayerSignature]
    writers: Mapping[str, LayerWriter]
    aliases: Mapping[str, str] = field(default_factory=dict)
