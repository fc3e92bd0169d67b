# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls as text in which the values of names stand in the names' places."""

from __future__ import annotations

import ast

from .code_text import CodeError, find_dotted_name
from .literals import ArrayShape, Names


def write_numbers(call: ast.Call, names: Names) -> tuple[str, bool]:
    """Return the text of a call with the values of names in their places, and True if there are any.

    >>> write_numbers(ast.parse("nn.Conv2d(c, c, 3)", mode="eval").body, {"c": 8})
    ('nn.Conv2d(8, 8, 3)', True)
    """
    writer = _NumberWriter(names)
    copy = ast.parse(ast.unparse(call), mode="eval").body
    return ast.unparse(writer.visit(copy)), writer.has_changed


class _NumberWriter(ast.NodeTransformer):
    """Writes the values of names in their places."""

    def __init__(self, names: Names) -> None:
        self.names, self.has_changed = names, False

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._write(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._write(node)

    def _write(self, node: ast.Name | ast.Attribute) -> ast.expr:
        try:
            name = find_dotted_name(node)
        except CodeError:
            return node
        if name not in self.names or isinstance(self.names[name], ArrayShape):
            return node
        self.has_changed = True
        value = self.names[name]
        return ast.parse(repr(tuple(value) if isinstance(value, list) else value), mode="eval").body
