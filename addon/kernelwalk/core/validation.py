# SPDX-License-Identifier: GPL-3.0-or-later
"""What a key of a spec may hold. Each kind of value is told once, so that files and panels agree on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import format_value


class InvalidValue(Exception):
    """A value that cannot be: what it is, and the remedy."""

    def __init__(self, what: str, remedy: str):
        super().__init__(what, remedy)
        self.problem, self.remedy = what, remedy


class Check(Protocol):
    """Reads one value: returns it, or raises Refused."""

    def parse(self, value: Any) -> Any: ...


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    def parse(self, value: Any) -> str:
        if isinstance(value, str) and value in self.options:
            return value
        raise InvalidValue(
            f"{format_value(value)} is not known", "Write " + _either([f'"{word}"' for word in self.options])
        )


@dataclass(frozen=True)
class Integer:
    """A whole number within bounds."""

    minimum: int
    maximum: int

    def parse(self, value: Any) -> int:
        remedy = f"Write a whole number from {self.minimum} to {self.maximum}"
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidValue(f"{format_value(value)} is not a whole number", remedy)
        if not self.minimum <= value <= self.maximum:
            raise InvalidValue(f"{format_value(value)} is too {'small' if value < self.minimum else 'large'}", remedy)
        return value


@dataclass(frozen=True)
class Number:
    """A finite number within bounds."""

    minimum: float
    maximum: float

    def parse(self, value: Any) -> float:
        remedy = f"Write a number from {self.minimum:g} to {self.maximum:g}"
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
            raise InvalidValue(f"{format_value(value)} is not a number that can be used", remedy)
        if not self.minimum <= value <= self.maximum:
            raise InvalidValue(f"{format_value(value)} is too {'small' if value < self.minimum else 'large'}", remedy)
        return float(value)


@dataclass(frozen=True)
class AutoOr:
    """The word "auto", read as None, or what another check takes."""

    check: Integer | Number

    def parse(self, value: Any) -> Any:
        if value == "auto":
            return None
        try:
            return self.check.parse(value)
        except InvalidValue as refused:
            raise InvalidValue(refused.problem, f'{refused.remedy}, or "auto"') from None


@dataclass(frozen=True)
class Boolean:
    """true or false."""

    def parse(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise InvalidValue(f"{format_value(value)} is neither true nor false", "Write true or false, without quotes")


@dataclass(frozen=True)
class Text:
    """A line of text."""

    max_length: int

    def parse(self, value: Any) -> str:
        if not isinstance(value, str):
            raise InvalidValue(f"{format_value(value)} is not text", "Write it in quotes")
        if len(value) > self.max_length:
            raise InvalidValue(f"{format_value(value)} has {len(value)} characters", f"Write at most {self.max_length}")
        if any(not character.isprintable() for character in value):
            raise InvalidValue(
                f"{format_value(value)} has a character that cannot be shown", "Write one line of plain text"
            )
        return value


@dataclass(frozen=True)
class TextTemplate:
    """true, false, or a line of text in which fields stand in braces."""

    placeholders: tuple[str, ...]
    max_length: int = 200

    def parse(self, value: Any) -> bool | str:
        if isinstance(value, bool):
            return value
        remedy = "Write true, false, or your own words in quotes"
        if not isinstance(value, str):
            raise InvalidValue(f"{format_value(value)} is neither true, false, nor text", remedy)
        text = Text(self.max_length).parse(value)
        try:
            found = [name for _, name in parse_template(text) if name is not None]
        except ValueError:
            raise InvalidValue("a brace stands alone", "Write {{ or }} where a brace is meant") from None
        for name in found:
            if name not in self.placeholders:
                known = ", ".join(f"{{{each}}}" for each in self.placeholders) or "none"
                raise InvalidValue(f"{{{format_value(name, 30)[1:-1]}}} is not known here", f"Known are {known}")
        return text or False


def parse_template(text: str) -> list[tuple[str, str | None]]:
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

    def parse(self, value: Any) -> str:
        if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
            return value.upper()
        raise InvalidValue(f"{format_value(value)} is not a colour", 'Write it as "#RRGGBB", such as "#2468B4"')


@dataclass(frozen=True)
class PixelSize:
    """A picture's size, [width, height]."""

    minimum: int
    maximum: int

    def parse(self, value: Any) -> tuple[int, int]:
        remedy = f"Write [width, height], each from {self.minimum} to {self.maximum}"
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise InvalidValue(f"{format_value(value)} is not a size in pixels", remedy)
        try:
            width, height = (Integer(self.minimum, self.maximum).parse(side) for side in value)
        except InvalidValue as refused:
            raise InvalidValue(f"{refused.problem} in {format_value(value)}", remedy) from None
        return width, height


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
