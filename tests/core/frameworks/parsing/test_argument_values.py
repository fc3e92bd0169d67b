# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of arguments, whatever they are, in the layers of all frameworks: they make a layer, or an error."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from kernelwalk.core import SpecError
from kernelwalk.core.frameworks.known_frameworks import FRAMEWORKS, KnownFramework
from kernelwalk.core.frameworks.layer_signature import LayerSignature
from kernelwalk.core.frameworks.parsing.code_parser import parse_layer

VALUES = ("'same'", "None", "True", "2.5", "(1, 2)", "((1, 2), (3, 4))", "('a', 'b')", "[]", "zeros((3,))")

PLAIN = {"op": "'AVG'", "pooling_type": "'AVG'", "padding": "'VALID'"}
"""Values of arguments that a number does not fit."""


def write_call(known: KnownFramework, name: str, signature: LayerSignature, values: dict[str, str]) -> str:
    """Return the code of a layer with the arguments that it needs, and these."""
    needed = {each: "zeros((4, 4, 3, 3))" if each in signature.arrays else PLAIN.get(each, "2")
              for each in signature.required}  # fmt: skip
    given = ", ".join(f"{argument}={value}" for argument, value in {**needed, **values}.items())
    return f"{known.modules[0]}.{name}({given})"


def list_calls(known: KnownFramework) -> Iterator[str]:
    """Yield calls of all layers of two axes, in which one argument or two have a value of VALUES."""
    for name, signature in known.framework.signatures.items():
        if signature.dims not in (2, None) or " " in name:
            continue
        arguments = [*signature.arguments, *signature.fixed]
        for argument, value in itertools.product(arguments, VALUES):
            yield write_call(known, name, signature, {argument: value})
        for first, second in itertools.combinations(arguments, 2):
            yield write_call(known, name, signature, {first: "(3, 3)", second: "'same'"})


@pytest.mark.parametrize("known", [each for each in FRAMEWORKS if each.key != "ncnn"], ids=lambda known: known.key)
def test_any_value_of_an_argument_makes_a_layer_or_an_error(known: KnownFramework) -> None:
    calls = 0
    for code in list_calls(known):
        calls += 1
        try:
            parse_layer(code)
        except SpecError as error:
            assert all(problem.what and problem.remedy for problem in error.problems), code
    assert calls > 50
