# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports in code: the modules that its names stand for. Nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ..known_frameworks import BY_KEY, FIRST_KEYS, FRAMEWORKS, KnownFramework

KNOWN_ROOTS = {module.partition(".")[0] for each in FRAMEWORKS if each.key not in FIRST_KEYS for module in each.modules}
"""First names of the modules that are written out. Names of PyTorch, Keras and ONNX are known without imports."""


def add_import(text: str, key: str) -> str:
    """Return code with the import of a framework after it, so that its names are the framework's and its columns stay.

    >>> add_import("nn.Conv(8, (3, 3))", "flax")
    'nn.Conv(8, (3, 3))\\nfrom flax import linen as nn; from flax.linen import *'
    """
    line = BY_KEY[key].imports
    return f"{text.rstrip()}\n{line}" if line else text


def expand_imports(body: Sequence[ast.stmt]) -> bool:
    """Write the names in statements out, by the imports among them, and return True if any was.

    Names that earlier imports give win, and names of frameworks that need no import stay.
    """
    modules: dict[str, str] = {}
    opened: list[KnownFramework] = []
    for statement in body:
        match statement:
            case ast.Import(names=names):
                for each in names:
                    modules.setdefault(each.asname or each.name.partition(".")[0], each.name if each.asname else "")
            case ast.ImportFrom(module=str(module), names=names):
                for each in names:
                    if each.name == "*":
                        opened += [known for known in FRAMEWORKS if module in known.modules]
                    else:
                        modules.setdefault(each.asname or each.name, f"{module}.{each.name}")
    known_modules = {name: path for name, path in modules.items() if path.partition(".")[0] in KNOWN_ROOTS}
    if not known_modules and not opened:
        return False
    writer = _PathWriter(known_modules, opened)
    for statement in body:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            writer.visit(statement)
    return writer.has_changed


class _PathWriter(ast.NodeTransformer):
    """Writes names out.

    modules: paths by the names that they are imported as
    opened:  frameworks whose layers are called by their names alone
    """

    def __init__(self, modules: Mapping[str, str], opened: Sequence[KnownFramework]) -> None:
        self.modules, self.opened, self.has_changed = modules, opened, False

    def visit_Name(self, node: ast.Name) -> ast.expr:
        path = self.modules.get(node.id)
        return self._write(node, path) if path and path != node.id else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id not in self.modules:
            for known in self.opened:
                if known.framework.find_signature(node.func.id):
                    node.func = self._write(node.func, f"{known.modules[0]}.{node.func.id}")
                    break
        return self.generic_visit(node)  # type: ignore[return-value]  # the stubs do not say that it returns its node

    def _write(self, node: ast.Name, path: str) -> ast.expr:
        self.has_changed = True
        written = ast.parse(path, mode="eval").body
        for each in ast.walk(written):
            ast.copy_location(each, node)
        return written
