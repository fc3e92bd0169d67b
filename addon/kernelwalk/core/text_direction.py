# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which the letters of a line stand from left to right, since Blender's text knows no right-to-left."""

from __future__ import annotations

import unicodedata

MIRRORED = str.maketrans("()[]{}<>«»≤≥", ")(][}{><»«≥≤")
"""Characters that face the other way among letters from right to left."""


BRACKETS = {"(": ")", "[": "]", "{": "}"}


def is_right_to_left(text: str) -> bool:
    """Return whether a text has letters that are written from right to left."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def find_direction(text: str) -> str:
    """Return the direction in which a text reads, that of its first letter: "L" from the left, "R" from the right."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in kinds if kind in ("L", "R")), "L")


def turn_signs(text: str) -> str:
    """Return the signs between two words of a line from right to left as they stand; letters and numbers stay.

    >>> turn_signs(" (")
    ') '
    """
    if any(unicodedata.bidirectional(character) in ("L", "R", "AL", "EN") for character in text):
        return text
    return text[::-1].translate(MIRRORED)


def order_letters(line: str) -> str:
    """Return a line's characters from left to right: the Unicode Bidirectional Algorithm for lines without marks.

    The line reads in the direction of its first letter. Source: Unicode Standard Annex 9, rules P2, W4 to W7, N0 to
    N2, I1, I2, L2 and L4.

    >>> order_letters("שלום 12 abc")
    'abc 12 םולש'
    """
    if not is_right_to_left(line):
        return line
    kinds = [unicodedata.bidirectional(character) for character in line]
    base = find_direction(line)
    kinds = _join_numbers(kinds)
    kinds = _settle_neutrals(_settle_brackets(line, _settle_numbers(kinds, base), base), base)
    lowest = 1 if base == "R" else 0
    levels = [_find_level(kind, lowest) for kind in kinds]
    letters = [
        character.translate(MIRRORED) if level % 2 else character for character, level in zip(line, levels, strict=True)
    ]
    order = list(range(len(line)))
    for level in range(max(levels), 0, -1):  # rule L2: reverse every run of at least this level
        order = _reverse_runs(order, levels, level)
    return "".join(letters[place] for place in order)


def _join_numbers(kinds: list[str]) -> list[str]:
    """Make separators inside numbers, and signs beside them, part of the number (W4, W5); others are neutral (W6)."""
    joined = list(kinds)
    for place in range(1, len(joined) - 1):
        if joined[place] in ("CS", "ES") and joined[place - 1] == joined[place + 1] == "EN":
            joined[place] = "EN"
    for places in (range(len(joined)), range(len(joined) - 1, -1, -1)):
        before = ""
        for place in places:
            if joined[place] == "ET" and before == "EN":
                joined[place] = "EN"
            before = joined[place]
    return joined


def _settle_numbers(kinds: list[str], base: str) -> list[str]:
    """Make numbers after Latin letters L (W7), and mark as "" what is neither letter nor number (W6)."""
    strong = base
    settled: list[str] = []
    for kind in kinds:
        strong = kind if kind in ("L", "R") else strong
        settled.append("L" if kind == "EN" and strong == "L" else kind if kind in ("L", "R", "EN") else "")
    return settled


def _settle_brackets(line: str, kinds: list[str], base: str) -> list[str]:
    """Give both brackets of a pair one direction, that of what they hold or stand in (N0)."""
    settled = list(kinds)
    for opening, closing in _pair_brackets(line):
        inside = {_as_letter(kind) for kind in settled[opening + 1 : closing] if kind}
        if not inside:
            continue
        before = next((_as_letter(kind) for kind in reversed(settled[:opening]) if kind), base)
        settled[opening] = settled[closing] = base if base in inside else before
    return settled


def _pair_brackets(line: str) -> list[tuple[int, int]]:
    """Return the places of the brackets that belong together, in the order of the opening ones (BD16)."""
    pairs: list[tuple[int, int]] = []
    waiting: list[int] = []
    for place, character in enumerate(line):
        if character in BRACKETS:
            waiting.append(place)
        for depth in range(len(waiting) - 1, -1, -1):
            if BRACKETS[line[waiting[depth]]] == character:
                pairs.append((waiting[depth], place))
                del waiting[depth:]
                break
    return sorted(pairs)


def _settle_neutrals(kinds: list[str], base: str) -> list[str]:
    """Make what stands between two kinds of one direction of that direction, and the rest the line's (N1, N2)."""
    settled = list(kinds)
    place = 0
    while place < len(settled):
        end = place
        while end < len(settled) and not settled[end]:
            end += 1
        if end > place:
            before = _as_letter(settled[place - 1]) if place else base
            after = _as_letter(settled[end]) if end < len(settled) else base
            settled[place:end] = [before if before == after else base] * (end - place)
        place = end + 1
    return settled


def _as_letter(kind: str) -> str:
    """Return the direction of a number or letter: numbers count as R."""
    return "R" if kind == "EN" else kind


def _find_level(kind: str, lowest: int) -> int:
    """Return the level of a character: odd from right to left (I1, I2)."""
    if kind == "R":
        return 1
    return 2 if kind == "EN" or lowest else 0


def _reverse_runs(order: list[int], levels: list[int], level: int) -> list[int]:
    result: list[int] = []
    run: list[int] = []
    for place in order:
        if levels[place] >= level:
            run.append(place)
        else:
            result += [*reversed(run), place]
            run = []
    return [*result, *reversed(run)]
