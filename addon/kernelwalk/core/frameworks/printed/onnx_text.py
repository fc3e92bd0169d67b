# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of ONNX as text, as onnx.helper.printable_node, printable_graph and onnx.printer write them.

%y = Conv[kernel_shape = [3, 3], strides = [2, 2]](%x, %w)
y = Conv <kernel_shape: ints = [3, 3], strides = [2, 2]> (x, w)
"""

from __future__ import annotations

import ast
import re

from ..parsing.code_text import make_error

NODE = re.compile(r"\s*%?([\w./:\-]+(?:,\s*%?[\w./:\-]+)*)\s*=\s*([A-Za-z_][\w.]*)\s*(\[.*\]|<.*>)?\s*\((.*)\)\s*,?\s*")
"""A node: its outputs, kind, attributes and inputs."""

ATTRIBUTE = re.compile(r"\s*(\w+)\s*(?::\s*\w+)?\s*=\s*(\[[^\]]*\]|\"[^\"]*\"|'[^']*'|[^,]+?)\s*(?:,|$)")
"""An attribute with its value, and in onnx.printer's form its type."""

MAX_CHARACTERS = 1_000_000


def find_node_calls(text: str) -> list[ast.Call] | None:
    """Return calls such as Conv(kernel_shape=[3, 3]) for the nodes of a text; None if it holds no such nodes.

    Lines around the nodes, such as those of the graph, are skipped. Raises SpecError.

    >>> [ast.unparse(call) for call in find_node_calls("%y = Conv[kernel_shape = [3, 3]](%x, %w)") or []]
    ['Conv(kernel_shape=[3, 3])']
    """
    if not re.search(r"(%[\w./:\-]+\s*=\s*[A-Z]\w*\s*[\[(])|(=\s*[A-Z]\w*\s*<[^>]*>\s*\()", text[:MAX_CHARACTERS]):
        return None
    if len(text) > MAX_CHARACTERS:
        raise make_error(f"the text has {len(text):,} characters", f"Give at most {MAX_CHARACTERS:,}: a part of it")
    calls: list[ast.Call] = []
    for number, line in enumerate(text.splitlines()):
        node = NODE.fullmatch(line)
        if node is None or ("%" not in line and "<" not in line and not calls):
            continue
        call = ast.Call(
            ast.Name(node[2].rpartition(".")[2]), [], _read_attributes((node[3] or "  ")[1:-1], number, line)
        )
        for each in ast.walk(call):
            if isinstance(each, ast.expr) and not hasattr(each, "lineno"):
                each.lineno, each.col_offset = number + 1, len(line[: node.start(2)].encode())
        calls.append(call)
    return calls


def _read_attributes(text: str, number: int, line: str) -> list[ast.keyword]:
    keywords = []
    for match in ATTRIBUTE.finditer(text):
        try:
            value = ast.parse(match[2].strip(), mode="eval").body
        except (SyntaxError, ValueError):
            continue  # a tensor or a graph, which no layer needs
        if isinstance(value, ast.Name):
            value = ast.Constant(value.id)
        column = len(line[: line.find(match[1])].encode())
        keyword = ast.keyword(match[1], value)
        for each in (*ast.walk(value), keyword):
            if isinstance(each, (ast.expr, ast.keyword)):
                each.lineno, each.col_offset = number + 1, column
        keywords.append(keyword)
    return keywords
