# SPDX-License-Identifier: GPL-3.0-or-later
"""The text that print(model) writes in PyTorch, as a tree of modules. Parts of it may be missing at both ends."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ...errors import format_value
from ..parsing.code_text import make_error

MAX_CHARACTERS, MAX_DEPTH, MAX_MODULES = 1_000_000, 60, 50_000
"""Limits of the text, of modules within modules, and of modules."""

MEMBER = re.compile(r"\s*\(([^\s():]+)\):\s*(?:(\d{1,4})\s*x\s+)?(.*)")
"""A line with a member: its name or range of names, how often it stands there, and the module."""

OPENING = re.compile(r"\s*([A-Za-z_]\w*)\((.*)")
"""A module: its kind, and what follows the bracket."""

BARE_WORD = re.compile(r"(?<==)(?!(?:True|False|None)\b)([A-Za-z_][\w.\-]*)(?=\s*[,)])")
"""A value that is printed without quotes, as in padding=same."""


@dataclass
class PrintedModule:
    """A module as it is printed.

    name:    with those of the modules around it: "layer1.0.conv1"
    kind:    its class
    text:    its arguments
    members: the modules in it
    line, column: the place of its kind in the text, from 0
    """

    name: str
    kind: str
    text: str = ""
    members: list[PrintedModule] = field(default_factory=list)
    line: int = 0
    column: int = 0

    @cached_property
    def call(self) -> ast.Call | None:
        """The call that would make it, with its place in the text; None if its arguments are no Python."""
        quoted = BARE_WORD.sub(r"'\1'", f"{self.kind}({self.text})")
        try:
            call = ast.parse(quoted, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
        if not isinstance(call, ast.Call):
            return None
        for node in ast.walk(call):
            if isinstance(node, (ast.expr, ast.keyword)):
                node.lineno, node.col_offset = self.line + 1, self.column
        return call

    @property
    def own_name(self) -> str:
        """The name without those of the modules around it."""
        return self.name.rpartition(".")[2]

    def iterate_leaves(self) -> Iterator[PrintedModule]:
        """Iterate over the modules that have no members, in the order in which they are printed."""
        if not self.members:
            yield self
        for member in self.members:
            yield from member.iterate_leaves()


def is_module_print(text: str) -> bool:
    """Return True for the print of a module that has members.

    >>> is_module_print("Net(\\n  (conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\\n)")
    True
    """
    return re.search(r"^\s*\([^\s():]+\): (\d+ x )?\w+\(", text, re.MULTILINE) is not None


def parse_module_print(text: str) -> PrintedModule:
    """Return the tree of a printed model, whose root has no name. Raises SpecError.

    >>> tree = parse_module_print("(0): Conv2d(3, 64, kernel_size=(3, 3), padding=same)\\n(1): ReLU()")
    >>> [(leaf.name, leaf.kind) for leaf in tree.iterate_leaves()]
    [('0', 'Conv2d'), ('1', 'ReLU')]
    """
    if len(text) > MAX_CHARACTERS:
        raise make_error(f"the text has {len(text):,} characters", f"Give at most {MAX_CHARACTERS:,}: a part of it")
    root = PrintedModule("", "")
    open_modules, repeats, count = [root], [1], 0
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines()):
        line = line.removeprefix(">>> ")
        stripped = line.strip()
        if not stripped or stripped.startswith((">>>", "#")):
            continue
        if set(stripped) <= {")", ","} and len(open_modules) > 1:
            _close(open_modules, repeats)
            continue
        if set(stripped) <= {")", ","}:
            continue  # the end of a module that began before this part
        member = MEMBER.fullmatch(line)
        opening = OPENING.fullmatch(member[3] if member else line)
        if not opening:
            if member:
                open_modules[-1].members.append(PrintedModule(_join(open_modules[-1], member[1]), member[3][:40]))
            elif len(open_modules) > 1 and not open_modules[-1].members:
                open_modules[-1].text += f"{', ' * bool(open_modules[-1].text)}{stripped.rstrip(',')}"
            elif len(open_modules) == 1:
                problem = f"line {number + 1}: print(model) writes no such line: {format_value(stripped[:60])}"
                raise make_error(problem, "Give what print(model) writes, or a part of it")
            continue
        count += 1
        if len(open_modules) > MAX_DEPTH or count > MAX_MODULES:
            raise make_error(f"line {number + 1}: there are too many modules, or in too many others", "Give a part")
        name = member[1] if member else ""
        kind, arguments = opening.groups()
        module = PrintedModule(_join(open_modules[-1], name), kind, line=number, column=line.index(kind + "("))
        open_modules[-1].members.append(module)
        open_modules.append(module)
        repeats.append(int(member[2]) if member and member[2] else 1)
        arguments = arguments.strip().rstrip(",")
        if arguments:
            is_whole = arguments.count("(") < arguments.count(")")
            module.text = arguments[:-1] if is_whole else arguments
            if is_whole:
                _close(open_modules, repeats)
    return root


def _join(outer: PrintedModule, name: str) -> str:
    return f"{outer.name}.{name}" if outer.name and name else outer.name or name


def _close(open_modules: list[PrintedModule], repeats: list[int]) -> None:
    """End the innermost module; "(0-2): 3 x Block(...)" becomes three members."""
    module, times = open_modules.pop(), repeats.pop()
    if times == 1:
        return
    siblings = open_modules[-1].members
    siblings.pop()
    outer, first = module.name.rpartition(".")[0], int((re.match(r"\d+", module.own_name) or ["0"])[0])
    for number in range(first, first + min(times, 1000)):
        siblings.append(_rename(module, f"{outer}.{number}" if outer else str(number)))


def _rename(module: PrintedModule, name: str) -> PrintedModule:
    inner = [_rename(member, name + member.name[len(module.name) :]) for member in module.members]
    return PrintedModule(name, module.kind, module.text, inner, module.line, module.column)
