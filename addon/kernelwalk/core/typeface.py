# SPDX-License-Identifier: GPL-3.0-or-later
"""The typeface of a spec's labels: the add-on's own in two weights, or a font of the user's own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import MAX_PATH_LENGTH, Problem, SpecError, format_value
from .validation import InvalidValue

if TYPE_CHECKING:
    from .font_metrics import Font

OTHER_FILE = "Name a .ttf or .otf file, or leave labels.font empty"


@dataclass(frozen=True)
class Typeface:
    """The fonts of all labels.

    digest: SHA-256 of the user's own font, since a changed font is another typeface; empty for the add-on's
    own:    its metrics
    """

    digest: str = ""
    own: Font | None = field(default=None, compare=False, repr=False)

    @cached_property
    def _fonts(self) -> dict[str, Font]:
        from .font_metrics import REGULAR, STRONG, load_font  # only now: a spec without labels needs none

        fonts = {weight: load_font(weight) for weight in (REGULAR, STRONG)}
        if self.own is None:
            return fonts
        return {weight: replace(self.own, substitute=font) for weight, font in fonts.items()}

    def get_font(self, weight: str) -> Font:
        """Return the font of a weight, REGULAR or STRONG. A font of the user's own has one weight."""
        return self._fonts[weight]


BUILT_IN = Typeface()
"""The typeface of a spec that names no font."""


def load_typeface(path: str) -> Typeface:
    """Return the typeface of a font's file, or the add-on's for an empty path. Raises SpecError."""
    if not path:
        return BUILT_IN
    try:
        file = Path(path).expanduser().resolve()
        if not file.is_file():
            raise InvalidValue("there is no such file", OTHER_FILE)
        status = file.stat()
        return _load_cached(file, status.st_mtime_ns, status.st_size)
    except InvalidValue as error:
        problem, remedy = error.problem, error.remedy
    except (OSError, RuntimeError, ValueError) as error:  # unreadable; an invalid name, or no such home
        problem, remedy = str(getattr(error, "strerror", "") or error), OTHER_FILE
    raise SpecError([Problem("labels.font", f"{format_value(path, MAX_PATH_LENGTH)}: {problem}", remedy)])


@lru_cache(maxsize=8)
def _load_cached(file: Path, _modified: int, size: int) -> Typeface:
    """Return the typeface of a file of that time and size: cached, since the panel reads its settings often."""
    import hashlib  # only now: most specs name no font

    from .font_file import MAX_BYTES, read_font

    if size > MAX_BYTES:
        raise InvalidValue(f"it has {size:,} bytes, more than {MAX_BYTES:,}", OTHER_FILE)
    data = file.read_bytes()
    return Typeface(own=read_font(file, data), digest=hashlib.sha256(data).hexdigest())
