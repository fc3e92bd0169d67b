# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the values in a spec. Each kind of value is defined once, so that files and panels agree on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .errors import format_value
from .frame_rates import find_frame_rate

if TYPE_CHECKING:
    from fractions import Fraction


class InvalidValue(Exception):
    """A value that is not allowed: the problem, and the remedy."""

    def __init__(self, problem: str, remedy: str):
        super().__init__(problem, remedy)
        self.problem, self.remedy = problem, remedy


class Check(Protocol):
    """A parser of one kind of value."""

    def parse(self, value: Any) -> Any:
        """Return the value in its final type. Raises InvalidValue."""
        ...


class Choice(NamedTuple):
    """One of several options."""

    options: tuple[str, ...]

    def parse(self, value: Any) -> str:
        """Return the option. Raises InvalidValue."""
        if isinstance(value, str) and value in self.options:
            return value
        remedy = "Write " + _join_alternatives([f'"{option}"' for option in self.options])
        raise InvalidValue(f"{format_value(value)} is not known", remedy)


class Integer(NamedTuple):
    """A whole number within bounds."""

    minimum: int
    maximum: int

    def parse(self, value: Any) -> int:
        """Return the number. Raises InvalidValue."""
        remedy = f"Write a whole number from {self.minimum} to {self.maximum}"
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidValue(f"{format_value(value)} is not a whole number", remedy)
        if not self.minimum <= value <= self.maximum:
            size = "small" if value < self.minimum else "large"
            raise InvalidValue(f"{format_value(value)} is too {size}", remedy)
        return value


class Number(NamedTuple):
    """A finite number within bounds."""

    minimum: float
    maximum: float

    def parse(self, value: Any) -> float:
        """Return the number. Raises InvalidValue.

        >>> Number(0, 1).parse(0.5)
        0.5
        >>> Number(0, 1).parse(2)
        Traceback (most recent call last):
        kernelwalk.core.validation.InvalidValue: ('2 is too large', 'Write a number from 0 to 1')
        """
        remedy = f"Write a number from {self.minimum:g} to {self.maximum:g}"
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
            raise InvalidValue(f"{format_value(value)} is not a valid number", remedy)
        if not self.minimum <= value <= self.maximum:
            size = "small" if value < self.minimum else "large"
            raise InvalidValue(f"{format_value(value)} is too {size}", remedy)
        return float(value)


class FrameRate(NamedTuple):
    """Frames per second: a whole number, a number such as 29.97, which stands for 30000/1001, or such a fraction."""

    minimum: int
    maximum: int

    def parse(self, value: Any) -> int | Fraction:
        """Return the rate, as a fraction where it is no whole number. Raises InvalidValue.

        >>> FrameRate(1, 240).parse(23.976)
        Fraction(24000, 1001)
        """
        if isinstance(value, int) and not isinstance(value, bool):
            return Integer(self.minimum, self.maximum).parse(value)
        remedy = f'Write a number from {self.minimum} to {self.maximum}, or a fraction such as "30000/1001"'
        if isinstance(value, bool) or not isinstance(value, (float, str)):
            raise InvalidValue(f"{format_value(value)} is not a frame rate", remedy)
        try:
            rate = find_frame_rate(value)
        except (ValueError, OverflowError):  # no fraction; not a finite number
            raise InvalidValue(f"{format_value(value)} is not a frame rate", remedy) from None
        if not self.minimum <= rate <= self.maximum:
            raise InvalidValue(f"{format_value(value)} is too {'small' if rate < self.minimum else 'large'}", remedy)
        return rate


class AutoOr(NamedTuple):
    """The word "auto", parsed as None, or a value that another check accepts."""

    check: Integer | Number | Boolean | Interval

    def parse(self, value: Any) -> Any:
        """Return the value, or None for "auto". Raises InvalidValue."""
        if value == "auto":
            return None
        try:
            return self.check.parse(value)
        except InvalidValue as error:
            raise InvalidValue(error.problem, f'{error.remedy}, or "auto"') from None


class Boolean:
    """true or false."""

    def parse(self, value: Any) -> bool:
        """Return the value. Raises InvalidValue."""
        if isinstance(value, bool):
            return value
        raise InvalidValue(f"{format_value(value)} is neither true nor false", "Write true or false, without quotes")


class Text(NamedTuple):
    """A line of text.

    is_drawn: the text is drawn, so that its accents are composed
    """

    max_length: int
    is_drawn: bool = False

    def parse(self, value: Any) -> str:
        """Return the text. Raises InvalidValue."""
        if not isinstance(value, str):
            raise InvalidValue(f"{format_value(value)} is not text", "Write it in quotes")
        if len(value) > self.max_length:
            raise InvalidValue(f"{format_value(value)} has {len(value)} characters", f"Write at most {self.max_length}")
        if any(not character.isprintable() for character in value):
            problem = f"{format_value(value)} has a character that cannot be shown"
            raise InvalidValue(problem, "Write one line of plain text")
        return compose_accents(value) if self.is_drawn else value


class TextTemplate(NamedTuple):
    """true, false, or a line of text with placeholders in braces."""

    placeholders: tuple[str, ...]
    max_length: int = 200

    def parse(self, value: Any) -> bool | str:
        """Return the value; False for an empty text. Raises InvalidValue."""
        if isinstance(value, bool):
            return value
        remedy = "Write true, false, or a text in quotes"
        if not isinstance(value, str):
            raise InvalidValue(f"{format_value(value)} is neither true, false, nor text", remedy)
        text = Text(self.max_length, is_drawn=True).parse(value)
        try:
            names = [name for _, name in parse_template(text) if name is not None]
        except ValueError:
            raise InvalidValue("a single brace opens no placeholder", "Write {{ or }} for a brace") from None
        for name in names:
            if name not in self.placeholders:
                known = ", ".join(f"{{{placeholder}}}" for placeholder in self.placeholders) or "none"
                raise InvalidValue(f"{{{format_value(name, 30)[1:-1]}}} is not known here", f"Known are {known}")
        return text or False


def compose_accents(text: str) -> str:
    """Return a text with each letter and its accent as one character, as fonts have them (NFC)."""
    if text.isascii():
        return text
    import unicodedata  # only now: most texts are ASCII

    return unicodedata.normalize("NFC", text)


def parse_template(text: str) -> list[tuple[str, str | None]]:
    """Split a text into pairs of literal text and the placeholder after it, None at the end of the text.

    Raises ValueError for a single brace.

    >>> parse_template("kernel {kernel}!")
    [('kernel ', 'kernel'), ('!', None)]
    """
    import string  # only now: it takes a while to load

    pieces = []
    for literal, name, shape, conversion in string.Formatter().parse(text):
        if shape or conversion:
            name = f"{name}{'!' + conversion if conversion else ''}{':' + shape if shape else ''}"
        pieces.append((literal, name))
    return pieces


class Color:
    """An sRGB color as #RRGGBB."""

    def parse(self, value: Any) -> str:
        """Return the color in capitals. Raises InvalidValue."""
        if isinstance(value, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
            return value.upper()
        raise InvalidValue(f"{format_value(value)} is not a color", 'Write it as "#RRGGBB", such as "#2468B4"')


class PixelSize(NamedTuple):
    """A picture's size, [width, height]."""

    minimum: int
    maximum: int

    def parse(self, value: Any) -> tuple[int, int]:
        """Return the size. Raises InvalidValue."""
        remedy = f"Write [width, height], each from {self.minimum} to {self.maximum}"
        width, height = _parse_pair(value, Integer(self.minimum, self.maximum), "a size in pixels", remedy)
        return width, height


class Interval(NamedTuple):
    """Two numbers within bounds, [low, high]."""

    minimum: float
    maximum: float

    def parse(self, value: Any) -> tuple[float, float]:
        """Return the two numbers, the first one smaller. Raises InvalidValue."""
        remedy = "Write [low, high], the lower number first"
        low, high = _parse_pair(value, Number(self.minimum, self.maximum), "a pair of numbers", remedy)
        if low >= high:
            raise InvalidValue(f"{format_value(low)} is not less than {format_value(high)}", remedy)
        return low, high


def _parse_pair(value: Any, check: Check, what: str, remedy: str) -> tuple[Any, Any]:
    """Return two entries that a check accepts. Raises InvalidValue, with this remedy."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise InvalidValue(f"{format_value(value)} is not {what}", remedy)
    try:
        first, second = (check.parse(entry) for entry in value)
    except InvalidValue as error:
        raise InvalidValue(f"{error.problem} in {format_value(value)}", remedy) from None
    return first, second


def _join_alternatives(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " or " + texts[-1]
