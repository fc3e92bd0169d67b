# SPDX-License-Identifier: GPL-3.0-or-later
"""The presets: specs that ship, one TOML file each."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import Problem, SpecError, format_value
from ..layers.channels import Channels
from .parse import spec_from_table
from .spec import Spec
from .toml import load_toml

PRESETS_FOLDER = Path(__file__).resolve().parents[2] / "presets"

GROUPS: dict[str, Callable[[Spec], bool]] = {
    "Convolution": lambda spec: True,
    "Transposed Convolution": lambda spec: spec.layer.op == "conv_transpose",
    "Pooling and Upsampling": lambda spec: (
        spec.layer.op in ("max_pool", "avg_pool", "adaptive_max_pool", "adaptive_avg_pool", "upsample")
    ),
    "Channels": lambda spec: spec.layer.channels != Channels(),
    "Dimensions": lambda spec: spec.layer.dims != 2,
    "Chains": lambda spec: len(spec.layers) > 1,
    "Values": lambda spec: spec.values is not None,
}
"""The groups of presets, as they are listed. A preset belongs to the last group whose condition it meets."""


def list_presets() -> list[str]:
    """Return the names of all presets, sorted."""
    return list(_list_names())


@functools.cache
def _list_names() -> tuple[str, ...]:
    """Return the names of all presets, sorted. They ship, so that the folder is listed once."""
    names = (path.name for path in PRESETS_FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_preset_table(name: str) -> dict[str, Any]:
    """Return the unchecked table of a preset. Raises SpecError if there is no such preset."""
    if name not in list_presets():
        what = f"{format_value(name)} is no preset"
        raise SpecError([Problem("", what, "The command kernelwalk presets lists them")])
    return load_toml(preset_path(name))


def picture_path(name: str) -> Path:
    """Return the path of a preset's picture, which addon/make_preset_pictures.py makes."""
    return PRESETS_FOLDER / f"{name}.png"


def preset_path(name: str) -> Path:
    """Return the path of a preset's file."""
    return PRESETS_FOLDER / f"{name}.toml"


def read_description(path: Path) -> str:
    """Return the comment at the beginning of a spec file, as one line; empty if there is none."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in itertools.takewhile(lambda line: line.startswith("#"), lines))


def load_preset(name: str) -> Spec:
    """Return the spec of a preset. Raises SpecError if there is no such preset.

    >>> load_preset("mathematica").layer.output
    (5, 5)
    """
    return spec_from_table(load_preset_table(name))


def find_group(spec: Spec) -> str:
    """Return the group of a spec.

    >>> find_group(load_preset("max_pool"))
    'Pooling and Upsampling'
    """
    return next(group for group in reversed(GROUPS) if GROUPS[group](spec))


def group_presets() -> dict[str, dict[str, Spec]]:
    """Return the specs of all presets by group and name: groups in their order, presets by title."""
    specs = sorted(((name, load_preset(name)) for name in list_presets()), key=lambda item: item[1].title)
    groups: dict[str, dict[str, Spec]] = {group: {} for group in GROUPS}
    for name, spec in specs:
        groups[find_group(spec)][name] = spec
    return {group: members for group, members in groups.items() if members}
