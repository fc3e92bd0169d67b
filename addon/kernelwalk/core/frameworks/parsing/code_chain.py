# SPDX-License-Identifier: GPL-3.0-or-later
"""Code as a chain of calls: what it does to one tensor, one layer after the other.

The statements are followed as far as they are a chain: containers, `model.add(...)`, `x = layer(x)`, functions of
tensors, classes with `forward`. Nothing is executed. Where two branches meet, and at conditions and loops, it says so.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from .chain_names import CONTAINERS, FUNCTIONS, SAME_MODULE, WRAPPERS
from .code_text import (
    WRITE_ONE_LAYER,
    CodeError,
    clean_code,
    find_dotted_name,
    is_param_text,
    locate_error,
    make_error,
    parse_python,
)
from .imports import expand_imports
from .literals import ARRAY_MAKERS, Names, read_value
from .number_writer import write_numbers

MAX_STEPS = 500
"""Layers of code, with those that are element-wise."""


class Step(NamedTuple):
    """A layer of the chain.

    node:  the call that makes it
    code:  the same as text that stands alone, with the numbers of names
    called: arguments of the call on the layer, by name; those without a name by their number
    names: values of the names in it
    """

    node: ast.Call
    code: str
    called: Mapping[str | int, ast.expr] = MappingProxyType({})
    names: Names = MappingProxyType({})


Steps = tuple[Step, ...]


def read_steps(text: Any) -> tuple[str, list[Step]]:
    """Return the text without prompts, and its layers one after another. Raises SpecError.

    >>> [step.code for step in read_steps("c = 8; x = nn.Conv2d(c, c, 3)(x); x = F.relu(x)")[1]]
    ['nn.Conv2d(8, 8, 3)', 'nn.ReLU()']
    """
    if isinstance(text, str) and is_param_text(text):
        from ..printed.ncnn_text import find_param_calls  # only now: most code needs no such module

        return text, [Step(node, line) for node, line in find_param_calls(text)]
    calls = _find_calls(text) if isinstance(text, str) else None
    if calls:
        return text, [Step(node, ast.unparse(node)) for node in calls]
    text = clean_code(text)
    try:
        return text, _ChainReader(text).read(parse_python(text))
    except CodeError as error:
        raise locate_error(text, error) from None
    except RecursionError:
        raise make_error("this code is nested too deep", WRITE_ONE_LAYER) from None


def _find_calls(text: str) -> list[ast.Call] | None:
    """Return the calls of a text that is no Python: a printed model, or nodes of ONNX; None for other text."""
    if "): " in text:
        from ..printed.module_flow import find_printed_calls  # only now: most code needs no such module

        calls = find_printed_calls(text)
        if calls:
            return calls
    if "%" in text or "<" in text:
        from ..printed.onnx_text import find_node_calls

        return find_node_calls(text)
    return None


Result = TypeVar("Result")


def parse_code(text: Any, use: Callable[[str, ast.Call], Result]) -> Result:
    """Parse the code of one layer, call `use` with the text and the call in it, and return the result.

    Raises SpecError, at `layer.code`.
    """
    text, steps = read_steps(text)
    try:
        if len(steps) > 1:
            raise CodeError(steps[1].node, "this is not one layer", WRITE_ONE_LAYER)
        return use(text, steps[0].node)
    except CodeError as error:
        raise locate_error(text, error) from None


class _ChainReader:
    """The values of names while statements are followed.

    names:   numbers, words and lists
    chains:  layers, containers and tensors, as the steps that they stand for
    unused:  chains that no other has taken up, by their names
    result:  what the last `return` gives
    tensor:  the last tensor that a layer made
    renamed: calls that are not in the text, by their id()
    is_expanded: True if names in the text were written out by its imports
    """

    def __init__(self, text: str) -> None:
        self.lines = [line.encode() for line in text.split("\n")]
        self.names: dict[str, Any] = {}
        self.chains: dict[str, Steps] = {}
        self.unused: dict[str, Steps] = {}
        self.result: Steps | None = None
        self.tensor: Steps = ()
        self.renamed: dict[int, ast.Call] = {}
        self.is_expanded = False

    def read(self, body: Sequence[ast.stmt]) -> list[Step]:
        self.is_expanded = expand_imports(body)
        self._follow(body)
        steps = self.result or self.tensor or tuple(step for chain in self.unused.values() for step in chain)
        if len(steps) > MAX_STEPS:
            raise CodeError(steps[MAX_STEPS].node, f"there are {len(steps):,} layers", f"Give at most {MAX_STEPS}")
        if not steps:
            raise CodeError(body[0] if body else ast.Module([], []), "there is no layer", WRITE_ONE_LAYER)
        return list(steps)

    def _follow(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Assert():
                    pass
                case ast.ClassDef(body=inner) | ast.FunctionDef(body=inner) | ast.With(body=inner):
                    self._follow(inner)
                case ast.Expr(value=ast.Constant(value=str())) if len(body) > 1:
                    pass  # a docstring
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"))))):
                    pass
                case ast.Expr(value=value):
                    self._keep(f"#{len(self.unused)}", self._evaluate(value))
                case ast.Return(value=value) if value is not None:
                    self.result = self._evaluate(value) or None
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._assign(target, value)
                case ast.AnnAssign(target=target, value=value) if value is not None:
                    self._assign(target, value)
                case ast.If() | ast.For() | ast.While() | ast.Try() | ast.Match():
                    raise CodeError(statement, "this cannot be followed", "Write the layers one after another")
                case ast.AugAssign():
                    raise CodeError(statement, "two branches meet here", "Write the layers of one of them")
                case _:
                    raise CodeError(statement, "this is not one layer", WRITE_ONE_LAYER)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for pair in zip(target.elts, value.elts, strict=True):
                self._assign(*pair)
            return
        try:
            name = find_dotted_name(target)
        except CodeError:
            name = f"#{len(self.unused)}"
        try:
            self.names[name] = read_value(value, self.names)
        except CodeError:
            if isinstance(value, (ast.BinOp, ast.Subscript, ast.Compare, ast.IfExp)) and not _has_call(value):
                return  # a number that is unknown, which matters only where it is used
            self.chains[name] = self._evaluate(value)
            self._keep(name, self.chains[name])

    def _keep(self, name: str, chain: Steps) -> None:
        if chain:
            self.unused[name] = chain

    def _evaluate(self, node: ast.expr) -> Steps:
        """Return the steps that an expression stands for."""
        match node:
            case ast.Name() | ast.Attribute():
                return self._take(find_dotted_name(node)) or ()
            case ast.Call():
                return self._call(node)
            case ast.List() | ast.Tuple():
                return self._join(node.elts)
            case ast.Subscript(value=value):
                return self._evaluate(value)
            case ast.BinOp(left=left, right=right):
                if self._evaluate(left) and self._evaluate(right):
                    raise CodeError(node, "two branches meet here", "Write the layers of one of them")
        raise CodeError(node, "this is not a layer", 'Write a call, such as "nn.Conv2d(1, 1, 3)"')

    def _take(self, name: str) -> Steps | None:
        """Return the chain of a name; it counts as used. None if there is none."""
        self.unused.pop(name, None)
        return self.chains.get(name)

    def _call(self, call: ast.Call) -> Steps:
        function = call.func
        if isinstance(function, ast.Call):
            return self._apply(self._evaluate(function), call)
        if isinstance(function, ast.Attribute):
            method, owner = function.attr, function.value
            if method in SAME_MODULE and not (isinstance(owner, ast.Name) and owner.id in ("torch", "nn")):
                return self._evaluate(owner)
            if method in ("add", "append", "add_module") and call.args and isinstance(owner, (ast.Name, ast.Attribute)):
                return self._append(find_dotted_name(owner), call)
            if isinstance(owner, ast.Call) and method in FUNCTIONS:
                return self._compute(self._call(owner), self._rename(call, method, call.args))
        path = find_dotted_name(function)
        chain, name = self._take(path), path.rpartition(".")[2]
        if chain is not None:
            return self._apply(chain, call)
        owner_chain = self._take(path.rpartition(".")[0])
        if owner_chain is not None and name in FUNCTIONS:
            return self._compute(owner_chain, self._rename(call, name, call.args))
        if name in CONTAINERS:
            return self._join(
                [*call.args, *(word.value for word in call.keywords if word.arg in ("layers", "modules"))]
            )
        if name in WRAPPERS and call.args:
            return self._evaluate(call.args[0])
        if name == "Model" and len(call.args) > 1:
            return self._evaluate(call.args[1])
        if name == "Model":
            given = [word.value for word in call.keywords if word.arg == "outputs"]
            return self._evaluate(given[0]) if given else ()
        if name.islower() or name[:1].islower():
            return self._call_function(name, call)
        return (self._make_step(call),)

    def _call_function(self, name: str, call: ast.Call) -> Steps:
        if name == "make_node":
            return (self._make_step(call),)
        if name in ARRAY_MAKERS:
            return ()  # an input
        tensor = self._read_tensor(call.args[0]) if call.args else ()
        given = self._rename(call, name, call.args[1:]) if name in FUNCTIONS else call
        return self._compute(tensor, given)

    def _read_tensor(self, node: ast.expr) -> Steps:
        """Return the steps of a tensor; an expression that is none of them is another input."""
        if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) > 1:
            raise CodeError(node, "several branches meet here", "Write the layers of one of them")
        return self._evaluate(node) if isinstance(node, (ast.Call, ast.Name, ast.Attribute, ast.BinOp)) else ()

    def _compute(self, tensor: Steps, call: ast.Call) -> Steps:
        """Return the steps of a function of a tensor."""
        self.tensor = (*tensor, self._make_step(call))
        return self.tensor

    def _apply(self, chain: Steps, call: ast.Call) -> Steps:
        """Return the steps of a layer that is called on a tensor."""
        tensor = self._read_tensor(call.args[0]) if call.args else ()
        if chain:
            called: dict[str | int, ast.expr] = dict(enumerate(call.args[1:], start=1))
            called |= {word.arg: word.value for word in call.keywords if word.arg}
            chain = (*chain[:-1], chain[-1]._replace(called=called, names=dict(self.names)))
            self.tensor = (*tensor, *chain)
        return (*tensor, *chain)

    def _append(self, owner: str, call: ast.Call) -> Steps:
        """Add layers to a container; a container that is not in the code begins with them."""
        added = self._evaluate(call.args[-1])
        self.chains[owner] = (*self.chains.get(owner, ()), *added)
        self.unused[owner] = self.chains[owner]
        return ()

    def _join(self, nodes: Sequence[ast.expr]) -> Steps:
        """Return the steps of layers one after another: in lists, pairs with names, and dictionaries."""
        steps: list[Step] = []
        for node in nodes:
            match node:
                case ast.Starred(value=value):
                    steps += self._join([value])
                case ast.Tuple(elts=[ast.Constant(value=str()), layer]):
                    steps += self._join([layer])
                case ast.List(elts=inner) | ast.Tuple(elts=inner) | ast.Dict(values=inner):
                    steps += self._join(inner)
                case ast.Call(func=ast.Name(id="OrderedDict" | "list" | "tuple") | ast.Attribute(attr="OrderedDict")):
                    steps += self._join(node.args)
                case ast.Call():
                    steps += self._call(node)
                case ast.Name() | ast.Attribute() if (chain := self._take(find_dotted_name(node))) is not None:
                    steps += chain
                case _:
                    raise CodeError(node, "this is not a layer", 'Write calls, such as "nn.Conv2d(1, 1, 3)"')
        return tuple(steps)

    def _rename(self, call: ast.Call, name: str, arguments: Sequence[ast.expr]) -> ast.Call:
        """Return a call of a function of a tensor as that of the layer that does the same."""
        function = ast.parse(FUNCTIONS[name], mode="eval").body
        keywords = [word for word in call.keywords if word.arg not in ("input", "training", "name")]
        renamed = ast.Call(function, list(arguments), keywords)
        for node in (*ast.walk(function), renamed):
            ast.copy_location(node, call)
        self.renamed[id(renamed)] = renamed
        return renamed

    def _make_step(self, call: ast.Call) -> Step:
        names = dict(self.names)
        written, has_numbers = write_numbers(call, names)
        is_written = has_numbers or self.is_expanded or id(call) in self.renamed
        code = written if is_written else self._read_segment(call)
        return Step(call, code, {}, names)

    def _read_segment(self, call: ast.Call) -> str:
        """Return the text of a call, as ast.get_source_segment does, which splits the whole text each time."""
        first, last = call.lineno - 1, (call.end_lineno or call.lineno) - 1
        lines = self.lines[first : last + 1]
        lines[-1] = lines[-1][: call.end_col_offset]
        lines[0] = lines[0][call.col_offset :]
        return b"\n".join(lines).decode()


def _has_call(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))
