# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable


def format_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table with a heading."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
