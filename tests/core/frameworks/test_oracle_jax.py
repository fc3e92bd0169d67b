"""Code of JAX, read and written, against the package itself."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, seed
from kernelwalk.core import Layer
from kernelwalk.core.frameworks.jax import CHANNELS_LAST

from . import layer_oracle as oracle
from .layer_oracle import Deviation, Line, Oracle

pytest.importorskip("equinox", reason="the oracle is JAX and its libraries: install the extra kernelwalk[jax]")
from .packages.jax import run_lax

LAYOUTS = {
    1: [None, ("NCH", "OIH", "NCH"), ("NHC", "HIO", "NHC")],
    2: [None, ("NCHW", "OIHW", "NCHW"), ("NHWC", "HWIO", "NHWC"), ("CHWN", "IHWO", "NHWC")],
    3: [None, ("NCDHW", "OIDHW", "NCDHW"), ("NDHWC", "DHWIO", "NDHWC")],
}
"""Orders of axes; None is the default."""

WORDS = ["SAME", "VALID", "SAME_LOWER", "same", "Valid"]


NAMES = ("conv_general_dilated", "conv_general_dilated", "conv_transpose", "conv_transpose", "conv",
         "conv_with_general_padding")  # fmt: skip


def draw_call(chance: random.Random) -> Line:
    """Draw a call of a function of jax.lax with its kernel."""
    name, dims = chance.choice(NAMES), chance.randint(1, 3)
    is_transposed, is_general = name == "conv_transpose", name == "conv_general_dilated"
    groups = chance.randint(1, 2) if is_general else 1
    inputs, outputs = chance.randint(1, 2), groups * chance.randint(1, 2)
    named: dict[str, Any] = {}
    stride = oracle.tuples(1, 3)(chance, dims)
    if name != "conv" and chance.random() < 0.5:
        named["rhs_dilation"] = oracle.tuples(1, 3)(chance, dims)
    if is_general and chance.random() < 0.4:
        named["lhs_dilation"] = oracle.tuples(1, 3)(chance, dims)
        stride = stride if chance.random() < 0.2 else (1,) * dims
    if name == "conv_with_general_padding":
        named = {"lhs_dilation": None, "rhs_dilation": None, **named}
    layout = chance.choice(LAYOUTS[dims]) if is_transposed or is_general else None
    if layout:
        named["dimension_numbers"] = layout
    if groups > 1:
        named["feature_group_count"] = groups
    if is_transposed:
        named |= {key: True for key in ("transpose_kernel", "use_consistent_padding") if chance.random() < 0.5}
    padding = oracle.choices(*WORDS, *[oracle.pairs(0, 3)] * 4)(chance, dims)
    last = CHANNELS_LAST[dims][1]
    order = layout[1] if layout else last if is_transposed else "OI" + last[:dims]
    lengths = dict(zip(last, oracle.kernel_tuples(chance, dims), strict=False))
    is_swapped = named.get("transpose_kernel", False)
    lengths |= {"I": outputs if is_swapped else inputs, "O": inputs if is_swapped else outputs}
    shape = tuple(lengths[letter] for letter in order)
    more = "".join(f", {key}={value!r}" for key, value in named.items())
    text = f"w = jnp.zeros({shape}); lax.{name}(x, w, {stride}, {padding!r}{more})"
    return Line(text, oracle.tuples(1, oracle.LARGEST[dims][0])(chance, dims), groups * inputs)


JAX = Oracle(
    "jax",
    run_lax,
    [
        Deviation(
            "jax 0.12.0.1",
            "takes window_strides beside lhs_dilation, which has no picture",
            lambda text, layer, told: "window_strides beside lhs_dilation" in told,
        )
    ],
)


@seed(1)
@oracle.tries(130)
@given(oracle.SEEDS.map(lambda number: draw_call(random.Random(number))))
def test_a_line_is_read_as_what_jax_computes(line: Line) -> None:
    JAX.compare_reading(line)


@seed(2)
@oracle.tries(70)
@given(oracle.layers(("conv", "conv_transpose")))
def test_a_written_line_computes_the_layer_in_jax(layer: Layer) -> None:
    JAX.compare_writing(layer)
