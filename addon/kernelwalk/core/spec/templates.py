# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates that give a look: a .blend (light, world, surfaces) and a .toml beside it (shapes, colors, view)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import MAX_PATH_LENGTH, Problem, SpecError, format_value
from .toml import load_toml

DEFAULT_TEMPLATE = "paper"
"""The template of a spec that names none. Its settings also replace those that another template leaves out."""

LIT_KEY = "lit"
"""Key of a template's .toml, beside [look] and [camera]: true where tiles or objects other than the floor reflect
light."""

_PACKAGE = Path(__file__).resolve().parents[2]
_FOLDERS = (
    _PACKAGE / "templates",  # installed: the templates are packed into the add-on
    _PACKAGE.parent.parent / "blend_templates",  # a checkout
)


def find_blend_file(template: str) -> Path:
    """Return the .blend of a template: one that ships, by name, or a user's own, by path. Raises SpecError."""
    if template.endswith(".blend"):
        try:
            path = Path(template).expanduser()
            if path.is_file():
                return path.resolve()
        except (OSError, RuntimeError, ValueError) as error:  # an invalid name, or no such home
            raise _template_error(template, str(getattr(error, "strerror", "") or error)) from None
        raise _template_error(template, "there is no such file")
    path = _find_shipped(template)
    if not path.is_file():  # no longer
        _find_shipped.cache_clear()
        path = _find_shipped(template)
    return path


@lru_cache(maxsize=16)
def _find_shipped(template: str) -> Path:
    """Return the .blend of a template that ships; cached, since a build asks several times. Raises SpecError."""
    for folder in _FOLDERS:
        if template in list_templates(folder):
            return folder / f"{template}.blend"
    raise _template_error(template, "there is no such template")


def picture_path(template: str) -> Path:
    """Return the path of the picture of a template that ships, which addon/make_preset_pictures.py makes."""
    return find_blend_file(template).with_suffix(".png")


def load_template_table(template: str) -> dict[str, Any]:
    """Return the unchecked table of the .toml beside a template's .blend; empty if there is none. Raises SpecError."""
    path = find_blend_file(template).with_suffix(".toml")
    return _load_cached(path, path.stat().st_mtime_ns) if path.is_file() else {}


def is_lit(template: str) -> bool:
    """Return whether the .toml of a template says that surfaces other than the floor reflect light."""
    return load_template_table(template).get(LIT_KEY) is True


@lru_cache(maxsize=16)
def _load_cached(path: Path, modified: int) -> dict[str, Any]:
    """Return the table of a file modified at that time; cached, since nearly every spec reads the same file."""
    return load_toml(path)


def list_templates(folder: Path | None = None) -> list[str]:
    """Return the names of the templates that ship, or of those in a folder, sorted."""
    folders = _FOLDERS if folder is None else (folder,)
    names = [path.name for parent in folders if parent.is_dir() for path in parent.iterdir()]
    return sorted({name.removesuffix(".blend") for name in names if name.endswith(".blend")})


def _template_error(template: str, what: str) -> SpecError:
    known = ", ".join(list_templates()) or "none"
    remedy = f"Name one that ships ({known}), or the path of a .blend"
    return SpecError([Problem("look.template", f"{format_value(template, MAX_PATH_LENGTH)}: {what}", remedy)])
