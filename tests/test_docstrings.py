# SPDX-License-Identifier: GPL-3.0-or-later
"""Docstrings of the public interface begin with a verb or a noun phrase, as docs/contributing.md asks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [path for folder in ("addon", "pipeline") for path in sorted((ROOT / folder).rglob("*.py"))]

CLAUSES = ("What", "Whether", "How", "Of", "Which", "Who", "Whose", "Where", "When", "Why", "By which", "From which",
           "In which", "To which", "So", "As many", "Such", "There")  # fmt: skip
"""Beginnings of a clause instead of a verb or a noun phrase."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public_definitions(tree: ast.AST, path: str = "") -> Iterator[tuple[str, Definition]]:
    """Iterate over the public functions, methods and classes of a module, with their dotted names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Definition) and not node.name.startswith("_"):
            name = f"{path}.{node.name}" if path else node.name
            yield name, node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node, name)


def clauses(source: str) -> list[str]:
    """Return the names of definitions whose docstring begins with a clause, and of a module with such a docstring."""
    tree = ast.parse(source)
    described = [("module", ast.get_docstring(tree))]
    described += [(name, ast.get_docstring(node)) for name, node in public_definitions(tree)]
    return [name for name, text in described if text and begins_with_clause(text)]


def begins_with_clause(text: str) -> bool:
    words = text.replace(",", " ").replace(":", " ").split()
    return any(words[: len(clause.split())] == clause.split() for clause in CLAUSES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_begin_with_a_verb_or_a_noun(path: Path) -> None:
    assert clauses(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("docstring", "is_clause"),
    [
        ("What a layer computes.", True),
        ("Whether it fits.", True),
        ("Of a step, the place.", True),
        ("How high: in tiles.", True),
        ("By which positions a tile is active.", True),
        ("Return the place of a step.", False),
        ("The frame on which a step begins.", False),
        ("Whole numbers.", False),
        ("Offset of the kernel.", False),
    ],
)
def test_a_clause_is_distinguished_from_a_verb_and_a_noun(docstring: str, is_clause: bool) -> None:
    method = f'    def method(self):\n        """{docstring}"""\n'
    source = f'class Public:\n{method}\n    def _private(self):\n        """What."""\n'
    assert clauses(source) == (["Public.method"] if is_clause else [])
