# SPDX-License-Identifier: GPL-3.0-or-later
"""Code of random nestings, arithmetic and wrappers, held against what PyTorch computes when it runs the same code."""

from __future__ import annotations

import ast
import collections
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from kernelwalk.core import SpecError, spec_from_table
from kernelwalk.core.frameworks.printed.module_flow import follow_model
from kernelwalk.core.frameworks.printed.module_print import parse_module_print

from ..helpers import example_count, per_axis
from . import layer_oracle as oracle
from .layer_oracle import Call, Deviation, Line, Oracle

torch = pytest.importorskip("torch", reason="the oracle is PyTorch: install the extra kernelwalk[torch]")
nn = torch.nn

NEUTRAL = ("nn.ReLU(inplace=True)", "nn.Identity()", "nn.Dropout(0.1)", "nn.LeakyReLU(0.1)", "nn.Sigmoid()")


FORMS = ("nested", "dictionary", "lines", "calls", "star")
PADS = ("Zero", "Replication", "Reflection", "Circular")


def write_number(number: int, chance: random.Random) -> str:
    """Return arithmetic whose result is a number."""
    part = chance.randint(1, 9)
    forms = (f"{number}", f"{number * part} // {part}", f"({number + part} - {part})", f"-(-{number})", f"{number}**1")
    return chance.choice(forms)


@st.composite
def layer_codes(draw: st.DrawFn, dims: int, channels: int, chance: random.Random) -> tuple[list[str], int]:
    """Draw the code of a layer, with padding before it in some, and the channels after it."""

    def number(least: int, most: int) -> str:
        return write_number(draw(st.integers(least, most)), chance)

    kind = draw(st.sampled_from(["conv", "conv", "lazy", "transposed", "max", "avg", "adaptive", "up", *NEUTRAL]))
    outputs, pads = draw(st.integers(1, 3)), []
    given = f"kernel_size={number(1, 3)}, stride={number(1, 2)}"
    match kind:
        case "conv" | "lazy":
            if draw(st.booleans()):
                sides = ", ".join(number(0, 2) for _ in range(2 * dims))
                pads = [f"nn.{draw(st.sampled_from(PADS))}Pad{dims}d(({sides}))"]
            given += f", dilation={number(1, 2)}" + ("" if pads else f", padding={number(0, 2)}")
            inputs = f"{write_number(channels, chance)}, " if kind == "conv" else ""
            name = "Conv" if kind == "conv" else "LazyConv"
            return [*pads, f"nn.{name}{dims}d({inputs}{write_number(outputs, chance)}, {given})"], outputs
        case "transposed":
            return [f"nn.ConvTranspose{dims}d({channels}, {outputs}, {given}, padding={number(0, 1)})"], outputs
        case "max" | "avg":
            return [f"nn.{kind.capitalize()}Pool{dims}d({given}, ceil_mode={draw(st.booleans())})"], channels
        case "adaptive":
            return [f"nn.Adaptive{draw(st.sampled_from(['Avg', 'Max']))}Pool{dims}d({number(1, 5)})"], channels
        case "up":
            return [f"nn.Upsample(scale_factor={number(1, 2)})"], channels
    return [kind], channels


@st.composite
def codes(draw: st.DrawFn, forms: Sequence[str] = FORMS) -> tuple[str, int, int]:
    """Draw code of several layers in one of the forms in which people write them, its channels and its axes."""
    dims, first = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    chance, channels, parts = draw(st.randoms()), first, []
    for _ in range(draw(st.integers(1, 4))):
        code, channels = draw(layer_codes(dims, channels, chance))
        parts.append(code)
    form = draw(st.sampled_from(forms))
    flat = [code for part in parts for code in part]
    if form == "lines":
        return "\n".join(f"x = {code}(x)  # {at}" for at, code in enumerate(flat)), first, dims
    if form == "calls":
        text = "x"
        for code in flat:
            text = f"{code}({text})"
        return f"x = {text}", first, dims
    if form == "dictionary":
        pairs = ", ".join(f"('layer{at}', {code})" for at, code in enumerate(flat))
        return f"x = nn.Sequential(OrderedDict([{pairs}]))(x)", first, dims
    inner = [code if len(flat) == 1 or draw(st.booleans()) else f"nn.Sequential({code},\n  )" for code in flat]
    if form == "star":
        return f"layers = [{', '.join(inner)}]\nmodel = nn.Sequential(*layers).eval()\nx = model(x)", first, dims
    at = draw(st.integers(0, len(inner)))
    groups = [f"nn.Sequential({', '.join(group)})" for group in (inner[:at], inner[at:]) if group]
    return f"x = nn.Sequential({', '.join(groups)}).to('cpu')(x)", first, dims


def run_code(text: str, x: Any) -> Any:
    """Run our own code, and return its tensor x."""
    names: dict[str, Any] = {"nn": nn, "x": x, "OrderedDict": collections.OrderedDict}
    try:
        exec(text, names)
    except (RuntimeError, ValueError, AssertionError):
        return None
    return names["x"]


@settings(max_examples=example_count(200))
@given(codes(), st.integers(5, 12))
def test_the_size_is_that_of_pytorch_running_the_same_code(drawn: tuple[str, int, int], size: int) -> None:
    text, channels, dims = drawn
    with torch.no_grad():
        right = run_code(text, torch.zeros(1, channels, *[size] * dims))
    assume(any(word in text for word in ("Conv", "Pool", "Upsample")) and right is not None)
    try:
        layers = spec_from_table({"layer": text, "input": [size] * dims}).layers
    except SpecError as error:
        told = str(error)
        refused = (
            "stands before",
            "pads what",
            "differ",
            "no layer follows",
            "between",
            "larger than the input",
            "Blender allows only",
        )
        assert any(reason in told for reason in refused), told
        return
    assert layers[-1].output == tuple(right.shape[2:])
    if "Lazy" not in text and any(layer.has_weights for layer in layers):
        assert layers[-1].channels.outputs == right.shape[1]


@settings(max_examples=example_count(100))
@given(codes(["star"]), st.integers(5, 12))
def test_printed_modules_have_the_sizes_of_pytorch(drawn: tuple[str, int, int], size: int) -> None:
    text, channels, dims = drawn
    names: dict[str, Any] = {"nn": nn, "x": torch.zeros(1, channels, *[size] * dims)}
    try:
        exec(text, names)
    except (RuntimeError, ValueError, AssertionError):
        assume(False)
    printed = str(names["model"])
    assume("ceil_mode=True" not in text or "AvgPool" not in printed)  # print does not tell an average's ceil_mode
    model = follow_model(parse_module_print(printed), (size,) * dims)
    assume(model.layers and "Pad" not in printed)
    assert model.layers[-1].writes.sizes == tuple(names["x"].shape[2:])


def run_function(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a function; a line before it makes the weights."""
    first, _, call = code.rpartition("; ")
    names: dict[str, Any] = {"torch": torch, "F": nn.functional, "nn": nn, "x": torch.tensor(values)}
    exec(first, names)
    if weight is not None:
        assert tuple(names["w"].shape) == weight.shape
        names["w"] = torch.tensor(weight)
    with torch.no_grad():
        return eval(call, names).numpy()


CONV = {"stride": oracle.STRIDES, "padding": oracle.PADDINGS, "dilation": oracle.DILATIONS, "groups": oracle.GROUPS}
TRANSPOSED = {
    **{name: CONV[name] for name in ("stride", "padding")},
    "output_padding": oracle.EXTRAS,
    **{name: CONV[name] for name in ("groups", "dilation")},
}
POOL = {"kernel_size": oracle.kernels, "stride": oracle.STRIDES, "padding": oracle.PADDINGS}
FUNCTIONS = (
    Call("F.conv{dims}d", CONV, 0, before="x, w, None"),
    Call("F.conv_transpose{dims}d", TRANSPOSED, 0, before="x, w, None"),
    Call("F.max_pool{dims}d", {**POOL, "dilation": oracle.DILATIONS, "ceil_mode": oracle.flags}, 1, before="x"),
    Call("F.avg_pool{dims}d", {**POOL, "ceil_mode": oracle.flags, "count_include_pad": oracle.flags}, 1, before="x"),
)

TORCH = Oracle(
    "pytorch",
    run_function,
    (
        Deviation("torch 2.13.0", "refuses a window of three axes that is larger than the input",
                  lambda text, layer, told: layer is not None and layer.op == "avg_pool" and layer.dims == 3
                  and any(k > i for k, i in zip(layer.kernel, layer.input, strict=True))),
    ),
)  # fmt: skip


@settings(max_examples=example_count(200), suppress_health_check=list(HealthCheck), deadline=None)
@given(oracle.lines(FUNCTIONS), st.data())
def test_functions_are_read_as_what_pytorch_computes(line: Line, data: st.DataObject) -> None:
    call = ast.parse(line.text, mode="eval").body
    assert isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    kind, dims = call.func.attr[:-2], int(call.func.attr[-2])
    if "conv" in kind:
        given = [word.value for word in call.keywords if word.arg == "groups"] or call.args[6:7]
        groups = ast.literal_eval(given[0]) if given else 1
        assume(line.channels % groups == 0)
        outputs = data.draw(st.integers(1, 2))
        kernel = data.draw(per_axis(1, oracle.LARGEST[dims][1], dims))
        pair = (line.channels, outputs) if "transpose" in kind else (outputs * groups, line.channels // groups)
        line = replace(line, text=f"w = torch.zeros({(*pair, *kernel)}); {line.text}")
    TORCH.compare_reading(line)
