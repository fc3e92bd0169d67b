# SPDX-License-Identifier: GPL-3.0-or-later
"""Where templates are: a .blend (light, world, surfaces) and a .toml beside it (shapes, colours, view)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import Problem, SpecError, shown
from .toml import load_table

DEFAULT = "paper"
"""The template of a spec that names none; its settings also stand in for those that another one leaves out."""

LONGEST = 300
"""Characters of a path that a message shows."""

_PACKAGE = Path(__file__).resolve().parents[2]
_FOLDERS = (
    _PACKAGE / "templates",  # installed: the templates are packed into the add-on
    _PACKAGE.parent.parent / "blend_templates",  # a checkout
)


def blend_file(template: str) -> Path:
    """The .blend of a template: one that ships, by name, or a user's own, by path. Raises SpecError."""
    if template.endswith(".blend"):
        try:
            path = Path(template).expanduser()
            if path.is_file():
                return path.resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a name that cannot be, or nobody's home
            raise _missing(template, str(getattr(error, "strerror", "") or error)) from None
        raise _missing(template, "there is no such file")
    for folder in _FOLDERS:
        if template in names(folder):
            return folder / f"{template}.blend"
    raise _missing(template, "there is no such template")


def settings(template: str) -> dict[str, Any]:
    """What the template says of shapes, colours and view: the table of the .toml beside its .blend, if there is one."""
    path = blend_file(template).with_suffix(".toml")
    return load_table(path) if path.is_file() else {}


def names(folder: Path | None = None) -> list[str]:
    """The templates that ship."""
    folders = _FOLDERS if folder is None else (folder,)
    return sorted({path.stem for each in folders for path in each.glob("*.blend")})


def _missing(template: str, what: str) -> SpecError:
    known = ", ".join(names()) or "none"
    remedy = f"Name one that ships ({known}), or the path of a .blend"
    return SpecError([Problem("look.template", f"{shown(template, LONGEST)}: {what}", remedy)])
