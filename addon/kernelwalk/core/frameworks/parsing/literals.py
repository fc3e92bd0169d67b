# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of a layer's code as values: numbers and arithmetic with them, words and lists. Nothing is executed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from .code_text import CodeError, find_dotted_name

MAX_NUMBER, MAX_EXPONENT, MAX_REPEATED = 10**12, 64, 8
"""Limits of a result, an exponent, and the entries of a repeated list."""

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {"int": int, "round": round, "abs": abs, "max": max, "min": min}
"""Python's functions of numbers that code may call."""

WORDS = (
    *("same", "valid", "zeros", "reflect", "replicate", "circular", "causal"),
    *("nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact"),
    *(f"{module}.pad.{name}" for module in ("hk", "haiku") for name in ("same", "valid", "full", "causal")),
    *("hk.pad.reverse_causal", "haiku.pad.reverse_causal"),
)
"""Words that PyTorch prints without quotes, and functions of padding in Haiku."""

ARRAY_MAKERS = ("zeros", "ones", "empty", "full", "rand", "randn", "random", "normal", "uniform", "Tensor")
"""Functions that make an array of a given shape, in all frameworks."""


class ArrayShape(tuple[int, ...]):
    """The shape of an array, in place of its numbers, which nobody needs."""


Names = Mapping[str, Any]
"""Values by their names in the code."""


def read_value(node: ast.expr, names: Names | None = None) -> Any:
    """Return the value of an argument: a number, a string, a boolean, None, or a list; a tuple is a list.

    names: values of names
    Raises CodeError for a name without a value, and for anything else.

    >>> read_value(ast.parse("(7 // 2, 2 * dim, -1)", mode="eval").body, {"dim": 64})
    [3, 128, -1]
    """
    names = names or {}
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [read_value(part, names) for part in parts]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            number = _check_number(operand, read_value(operand, names))
            return -number if isinstance(sign, ast.USub) else number
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
            return _calculate(node, type(sign), read_value(left, names), read_value(right, names))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS and arguments:
            numbers = [_check_number(each, read_value(each, names)) for each in arguments]
            return _limit(node, lambda: FUNCTIONS[name](*numbers))
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in ARRAY_MAKERS:
            return _read_shape(node, names)
        case ast.Name() | ast.Attribute():
            return _read_name(node, names)
    raise CodeError(node, "this is not a literal", "Write it as a number, a word in quotes, or a list of numbers")


def _read_shape(call: ast.Call, names: Names) -> ArrayShape:
    """Return the shape of an array that a call makes: of numbers one by one, or of the first list of numbers.

    >>> read_value(ast.parse("jax.random.normal(key, (3, 3, 1, 8))", mode="eval").body)
    (3, 3, 1, 8)
    """
    given = [word.value for word in call.keywords if word.arg in ("shape", "size")] or call.args
    lists = [each for each in given if isinstance(each, (ast.List, ast.Tuple))]
    shape = read_value(lists[0], names) if lists else [read_value(each, names) for each in given]
    if not shape or not all(type(size) is int and 0 < size <= MAX_NUMBER for size in shape):
        raise CodeError(call, "the shape of this array is unknown", "Write it in numbers, such as zeros((3, 3, 1, 8))")
    return ArrayShape(shape)


def _read_name(node: ast.expr, names: Names) -> Any:
    name = find_dotted_name(node)
    if name in names:
        return names[name]
    if name in WORDS:
        return name
    remedy = f"Write a number in its place, or {name} = 64 on a line of its own before"
    raise CodeError(node, f"the number that {name} stands for is unknown", remedy)


def _calculate(node: ast.expr, sign: type[ast.operator], left: Any, right: Any) -> Any:
    if sign is ast.Mult and isinstance(left, list) and type(right) is int and 0 < right * len(left) <= MAX_REPEATED:
        return left * right
    _check_number(node, left)
    _check_number(node, right)
    if sign is ast.Pow and abs(right) > MAX_EXPONENT:
        raise CodeError(node, f"this exponent is larger than {MAX_EXPONENT}", "Write the number itself")
    return _limit(node, lambda: OPERATORS[sign](left, right))


def _check_number(node: ast.expr, value: Any) -> Any:
    if type(value) not in (int, float) or abs(value) > MAX_NUMBER:
        raise CodeError(node, "this is not arithmetic with numbers", "Write the number itself")
    return value


def _limit(node: ast.expr, calculate: Callable[[], Any]) -> Any:
    try:
        result = calculate()
    except (ArithmeticError, ValueError, TypeError):
        result = None
    if type(result) not in (int, float) or not abs(result) <= MAX_NUMBER:
        raise CodeError(node, "this has no number as its result", "Write the number itself")
    return result
