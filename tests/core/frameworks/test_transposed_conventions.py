"""Transposed convolutions of frameworks that read their kernel in reverse: sizes, and the taps that read cell 1."""

from __future__ import annotations

import numpy as np
import pytest
from kernelwalk.core import ConvTranspose, make_plan, spec_from_table
from kernelwalk.core.frameworks.code_emitter import emit_code

Pairs = list[tuple[int, int]]

KERNEL = "w = jnp.zeros((3, 1, 1)); "
SAME: Pairs = [(2, 2), (3, 1), (4, 0)]
"""Pairs (output, kernel index) of SAME with 5 inputs, a kernel of 3 and a stride of 2, measured in each package."""

MEASURED: dict[str, tuple[int, Pairs | None]] = {
    f"{KERNEL}lax.conv_transpose(x, w, (2,), 'SAME')": (10, SAME),
    f"{KERNEL}lax.conv_transpose(x, w, (2,), 'SAME', transpose_kernel=True)": (10, [(2, 0), (3, 1), (4, 2)]),
    f"{KERNEL}lax.conv_transpose(x, w, (2,), 'SAME', rhs_dilation=(2,))": (10, [(1, 2), (3, 1), (5, 0)]),
    f"{KERNEL}lax.conv_transpose(x, w, (2,), 'VALID')": (11, [(2, 2), (3, 1), (4, 0)]),
    f"{KERNEL}lax.conv_transpose(x, w, (2,), [(1, 1)], use_consistent_padding=True)": (9, [(1, 2), (2, 1), (3, 0)]),
    "nn.ConvTranspose(1, (3,), (2,))": (10, SAME),
    "nn.ConvTranspose(1, (3,), (2,), padding=1)": (9, [(1, 2), (2, 1), (3, 0)]),
    "nn.ConvTranspose(1, (3,), (2,), padding=[(2, 0)])": (9, [(2, 2), (3, 1), (4, 0)]),
    "nnx.ConvTranspose(1, 1, (3,), (2,), kernel_dilation=2, rngs=rngs)": (10, [(1, 2), (3, 1), (5, 0)]),
    "hk.Conv1DTranspose(1, 3, 2)": (10, SAME),
    "hk.Conv1DTranspose(1, 3, 2, output_shape=9)": (9, [(1, 2), (2, 1), (3, 0)]),
    "eqx.nn.ConvTranspose1d(1, 1, 3, 2)": (11, [(2, 2), (3, 1), (4, 0)]),
    "eqx.nn.ConvTranspose1d(1, 1, 3, 2, 1)": (12, [(2, 2), (3, 1), (4, 0)]),
    "eqx.nn.ConvTranspose1d(1, 1, 3, 2, 0, 'SAME_LOWER')": (10, [(1, 2), (2, 1), (3, 0)]),
    "eqx.nn.ConvTranspose1d(1, 1, 3, 2, 1, 'SAME')": (9, None),
}


@pytest.mark.parametrize("code", MEASURED)
def test_a_transposed_line_has_the_measured_pairs(code: str) -> None:
    size, pairs = MEASURED[code]
    layer = spec_from_table({"layer": code, "input": [5], "title": ""}).layer
    assert layer.output == (size,)
    read = [(at, kernel[0]) for at in range(size) for kernel, cell in layer.taps([at]) if cell == (1,)]
    assert pairs is None or read == pairs
    assert spec_from_table({"layer": {"op": layer.op, **layer.to_table()}}).layer == layer


@pytest.mark.parametrize(("code", "size"), [("nn.ConvTranspose(1, (2,), (3,), padding='VALID')", 12),
                                            ("eqx.nn.ConvTranspose1d(1, 1, 2, 3, padding='VALID')", 11)])  # fmt: skip
def test_valid_of_a_kernel_below_the_stride_is_each_framework_s_own(code: str, size: int) -> None:
    assert spec_from_table({"layer": code, "input": [4]}).layer.output == (size,)


def test_a_kernel_in_reverse_computes_what_reversed_weights_do() -> None:
    layer = ConvTranspose(5, 3, 2, 1, flip_kernel=True)
    usual = ConvTranspose(5, 3, 2, 1)
    mirrored = {tuple(2 - at for at in kernel): cell for kernel, cell in usual.taps((3, 4))}
    assert dict(layer.taps((3, 4))) == mirrored


def test_a_framework_that_reads_the_kernel_the_other_way_has_a_line_for_reversed_weights() -> None:
    codes = emit_code(ConvTranspose(5, 3, 2, 1), ("pytorch", "jax", "haiku", "equinox"))
    assert [code.is_supported for code in codes] == [True, True, False, False]
    assert "transpose_kernel=True" in codes[1].text
    assert codes[2].text.endswith("and write hk.Conv2DTranspose(1, 3, stride=2, padding=[(1, 1), (1, 1)])")
    assert "reverse the weights" in codes[3].text
    assert all(code.is_supported for code in emit_code(ConvTranspose(5, 1, 2), ("pytorch", "haiku", "equinox")))


@pytest.mark.parametrize("view", ["gather", "scatter"])
@pytest.mark.parametrize("flip", [False, True])
def test_the_kernel_that_is_drawn_has_each_weight_where_it_is_used(view: str, flip: bool) -> None:
    kernel = np.arange(9.0).reshape(3, 3)
    layer = {"op": "conv_transpose", "input": 3, "kernel": 3, "flip_kernel": flip}
    values = {"input": "ramp", "kernel": kernel.tolist()}
    plan = make_plan(spec_from_table({"layer": layer, "values": values, "show": {"transposed": view, "kernel": "on"}}))
    assert plan.kernel is not None and plan.kernel.values is not None
    pairs = zip(plan.kernel.cells, plan.kernel.values.numbers[0], strict=True)
    drawn = {tuple(map(int, cell[1::-1])): int(number) for cell, number in pairs}
    is_reversed = flip == (view == "scatter")
    assert drawn == {place: int(kernel[::-1, ::-1][place] if is_reversed else kernel[place]) for place in drawn}
    assert len(drawn) == 9
