# SPDX-License-Identifier: GPL-3.0-or-later
"""What a key of a spec may hold. Each kind of value is told once, so that files and panels agree on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import shown


class Refused(Exception):
    """A value that cannot be: what it is, and the remedy."""

    def __init__(self, what: str, remedy: str):
        super().__init__(what, remedy)
        self.what, self.remedy = what, remedy


class Check(Protocol):
    """Reads one value: returns it, or raises Refused."""

    def read(self, value: Any) -> Any: ...


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: Any) -> str:
        if isinstance(value, str) and value in self.words:
            return value
        raise Refused(f"{shown(value)} is not known", "Write " + _either([f'"{word}"' for word in self.words]))


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int

    def read(self, value: Any) -> int:
        remedy = f"Write a whole number from {self.least} to {self.most}"
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(f"{shown(value)} is not a whole number", remedy)
        if not self.least <= value <= self.most:
            raise Refused(f"{shown(value)} is too {'small' if value < self.least else 'large'}", remedy)
        return value


@dataclass(frozen=True)
class Number:
    """A finite number within bounds."""

    least: float
    most: float

    def read(self, value: Any) -> float:
        remedy = f"Write a number from {self.least:g} to {self.most:g}"
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
            raise Refused(f"{shown(value)} is not a number that can be used", remedy)
        if not self.least <= value <= self.most:
            raise Refused(f"{shown(value)} is too {'small' if value < self.least else 'large'}", remedy)
        return float(value)


@dataclass(frozen=True)
class Automatic:
    """The word "auto", read as None, or what another check takes."""

    otherwise: Whole | Number

    def read(self, value: Any) -> Any:
        if value == "auto":
            return None
        try:
            return self.otherwise.read(value)
        except Refused as refused:
            raise Refused(refused.what, f'{refused.remedy}, or "auto"') from None


@dataclass(frozen=True)
class Switch:
    """true or false."""

    def read(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise Refused(f"{shown(value)} is neither true nor false", "Write true or false, without quotes")


@dataclass(frozen=True)
class Text:
    """A line of text."""

    longest: int

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused(f"{shown(value)} is not text", "Write it in quotes")
        if len(value) > self.longest:
            raise Refused(f"{shown(value)} has {len(value)} characters", f"Write at most {self.longest}")
        if any(not character.isprintable() for character in value):
            raise Refused(f"{shown(value)} has a character that cannot be shown", "Write one line of plain text")
        return value


@dataclass(frozen=True)
class Worded:
    """true, false, or a line of text in which fields stand in braces."""

    fields: tuple[str, ...]
    longest: int = 200

    def read(self, value: Any) -> bool | str:
        if isinstance(value, bool):
            return value
        remedy = "Write true, false, or your own words in quotes"
        if not isinstance(value, str):
            raise Refused(f"{shown(value)} is neither true, false, nor text", remedy)
        text = Text(self.longest).read(value)
        try:
            found = [name for _, name in pieces(text) if name is not None]
        except ValueError:
            raise Refused("a brace stands alone", "Write {{ or }} where a brace is meant") from None
        for name in found:
            if name not in self.fields:
                known = ", ".join(f"{{{each}}}" for each in self.fields) or "none"
                raise Refused(f"{{{shown(name, 30)[1:-1]}}} is not known here", f"Known are {known}")
        return text or False


def pieces(text: str) -> list[tuple[str, str | None]]:
    """Words, and the field after them, if there is one. Raises ValueError where a brace stands alone."""
    import string  # only now: it takes a while to load

    found = []
    for literal, name, shape, conversion in string.Formatter().parse(text):
        if shape or conversion:
            name = f"{name}{'!' + conversion if conversion else ''}{':' + shape if shape else ''}"
        found.append((literal, name))
    return found


@dataclass(frozen=True)
class Color:
    """An sRGB colour as #RRGGBB."""

    def read(self, value: Any) -> str:
        if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
            return value.upper()
        raise Refused(f"{shown(value)} is not a colour", 'Write it as "#RRGGBB", such as "#2468B4"')


@dataclass(frozen=True)
class Pixels:
    """A picture's size, [width, height]."""

    least: int
    most: int

    def read(self, value: Any) -> tuple[int, int]:
        remedy = f"Write [width, height], each from {self.least} to {self.most}"
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise Refused(f"{shown(value)} is not a size in pixels", remedy)
        try:
            width, height = (Whole(self.least, self.most).read(side) for side in value)
        except Refused as refused:
            raise Refused(f"{refused.what} in {shown(value)}", remedy) from None
        return width, height


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
