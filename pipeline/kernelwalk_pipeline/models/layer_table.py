# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers as the lines of a table, for people."""

from __future__ import annotations

from collections.abc import Sequence

UNKNOWN = "?"


def format_rows(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], remarks: Sequence[str]) -> list[str]:
    """Return the lines of a table: the first column to the right, others to the left; under a row its remark."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    lines = []
    for row, remark in zip((headings, *rows), ("", *remarks), strict=True):
        others = [f"{cell:<{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([f"{row[0]:>{widths[0]}}", *others]).rstrip())
        if remark:
            lines.append(f"{'':>{widths[0]}}  {remark}")
    return lines
