# SPDX-License-Identifier: GPL-3.0-or-later
"""The presets: specs that ship, one TOML file each."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from ..errors import Problem, SpecError, format_value
from .spec import Spec, spec_from_table
from .toml import load_toml

PRESETS_FOLDER = Path(__file__).resolve().parents[2] / "presets"


def preset_names() -> list[str]:
    """The presets' names, in the order of their files."""
    return sorted(path.name.removesuffix(".toml") for path in PRESETS_FOLDER.iterdir() if path.name.endswith(".toml"))


def load_preset_table(name: str) -> dict[str, Any]:
    """The unchecked table of a preset. Raises SpecError where there is none of that name."""
    if name not in preset_names():
        raise SpecError([Problem("", f"{format_value(name)} is no preset", "kernelwalk presets lists them")])
    return load_toml(PRESETS_FOLDER / f"{name}.toml")


def preset_description(name: str) -> str:
    """What a preset's file says of it in the comment that it begins with; empty where it says nothing."""
    lines = (PRESETS_FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in itertools.takewhile(lambda line: line.startswith("#"), lines))


def load_preset(name: str) -> Spec:
    """The preset of that name. Raises SpecError where there is none."""
    return spec_from_table(load_preset_table(name))
