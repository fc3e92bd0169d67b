# SPDX-License-Identifier: GPL-3.0-or-later
"""The presets: specs that ship, one TOML file each."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from ..errors import Problem, SpecError, format_value
from .spec import Spec, from_table
from .toml import load_table

FOLDER = Path(__file__).resolve().parents[2] / "presets"


def names() -> list[str]:
    """The presets' names, in the order of their files."""
    return sorted(path.name.removesuffix(".toml") for path in FOLDER.iterdir() if path.name.endswith(".toml"))


def load_preset(name: str) -> dict[str, Any]:
    """The unchecked table of a preset. Raises SpecError where there is none of that name."""
    if name not in names():
        raise SpecError([Problem("", f"{format_value(name)} is no preset", "kernelwalk presets lists them")])
    return load_table(FOLDER / f"{name}.toml")


def about(name: str) -> str:
    """What a preset's file says of it in the comment that it begins with; empty where it says nothing."""
    lines = (FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in itertools.takewhile(lambda line: line.startswith("#"), lines))


def preset(name: str) -> Spec:
    """The preset of that name. Raises SpecError where there is none."""
    return from_table(load_preset(name))
