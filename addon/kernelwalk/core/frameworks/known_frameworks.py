# SPDX-License-Identifier: GPL-3.0-or-later
"""All frameworks, in the order in which reports list them, and their layers by name."""

from __future__ import annotations

from .keras import KERAS
from .onnx import ONNX
from .pytorch import PYTORCH

FRAMEWORKS = (PYTORCH, KERAS, ONNX)

SIGNATURES = {name: signature for each in FRAMEWORKS for name, signature in each.signatures.items()}
"""The supported layers, by their names in the frameworks."""

ALIASES = {other: name for each in FRAMEWORKS for other, name in each.aliases.items()}
"""Other names of layers."""

MODULE_PREFIXES = {convention: prefixes for each in FRAMEWORKS for convention, prefixes in each.prefixes.items()}
"""The modules in which layers stand, by convention; the second is the one that is proposed."""
