# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's scripts as one: modules that import each other are written one after another, since a page that is one
file has no modules to import."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

MAPPING_SCRIPTS = (
    "layer_parameters.js",
    "layer_channels.js",
    "layer_axes.js",
    "padding_names.js",
    "window_layers.js",
    "resizing_layers.js",
    "layer_mapping.js",
    "parameter_fields.js",
    "layer_equations.js",
    "walk_order.js",
    "layer_sentences.js",
    "written_numbers.js",
    "written_sums.js",
    "layer_values.js",
    "sum_text.js",
)
"""The scripts that compute layers: the port of the core."""

_IMPORT = re.compile(r"^import .* from .*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def join_scripts(names: Iterable[str] = ()) -> str:
    """Return the text of the scripts that compute layers, and of the named ones after them. Each imports only what
    stands before it; names at their top level are unique."""
    folder = Path(__file__).parent
    texts = ((folder / name).read_text(encoding="utf-8") for name in (*MAPPING_SCRIPTS, *names))
    return "".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
