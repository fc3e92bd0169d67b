# SPDX-License-Identifier: GPL-3.0-or-later
"""The presets: specs that ship, one TOML file each."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from ..errors import Problem, SpecError, format_value
from .parse import spec_from_table
from .spec import Spec
from .toml import load_toml

PRESETS_FOLDER = Path(__file__).resolve().parents[2] / "presets"


def list_presets() -> list[str]:
    """Return the names of all presets, sorted."""
    return sorted(path.name.removesuffix(".toml") for path in PRESETS_FOLDER.iterdir() if path.name.endswith(".toml"))


def load_preset_table(name: str) -> dict[str, Any]:
    """Return the unchecked table of a preset. Raises SpecError if there is no such preset."""
    if name not in list_presets():
        what = f"{format_value(name)} is no preset"
        raise SpecError([Problem("", what, "The command kernelwalk presets lists them")])
    return load_toml(PRESETS_FOLDER / f"{name}.toml")


def read_preset_description(name: str) -> str:
    """Return the comment at the beginning of a preset's file; empty if there is none."""
    lines = (PRESETS_FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in itertools.takewhile(lambda line: line.startswith("#"), lines))


def load_preset(name: str) -> Spec:
    """Return the spec of a preset. Raises SpecError if there is no such preset.

    >>> load_preset("mathematica").layer.output
    (5, 5)
    """
    return spec_from_table(load_preset_table(name))
