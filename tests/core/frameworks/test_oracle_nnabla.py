"""Code of nnabla, read and written, against the package itself, on a Python of its own."""

from __future__ import annotations

from typing import Any

from hypothesis import given, seed
from hypothesis import strategies as st
from kernelwalk.core import Layer

from . import layer_oracle as oracle
from .layer_oracle import Call, Deviation, Line, Oracle, lines, per_axis
from .packages.client import DistantPackage


def tuples(least: int, most: int) -> Any:
    """Return the strategy of a size as a tuple, which nnabla always needs."""
    return lambda dims: per_axis(least, most, dims)


def kernels(dims: int) -> st.SearchStrategy[Any]:
    """Return the strategy of a kernel, whose length is the number of axes."""
    return per_axis(1, oracle.LARGEST[dims][1], dims)


CONV = {
    "outmaps": oracle.OUTPUTS,
    "kernel": kernels,
    "pad": tuples(0, 2),
    "stride": tuples(1, 3),
    "dilation": tuples(1, 3),
    "group": oracle.GROUPS,
}
POOL = {"kernel": kernels, "stride": tuples(1, 3), "ignore_border": oracle.flags, "pad": tuples(0, 2)}
CALLS = (
    Call("PF.convolution", CONV, 2, before="x"),
    Call("PF.deconvolution", {**CONV, "output_padding": tuples(0, 2)}, 2, before="x", named=("output_padding",)),
    Call("F.max_pooling", POOL, 1, before="x"),
    Call("F.average_pooling", {**POOL, "including_pad": oracle.flags}, 1, before="x", named=("including_pad",)),
)

NNABLA = Oracle(
    "nnabla",
    DistantPackage("nnabla"),
    (
        oracle.windows_on_padding("nnabla 1.39.0"),
        Deviation(
            "nnabla 1.39.0", "does not refuse a pooling in which no window fits",
            lambda text, layer, told: "pooling" in text and oracle.LARGER in told, runs=False,
        ),
    ),
)  # fmt: skip


@seed(1)
@oracle.tries(300)
@given(lines(CALLS))
def test_a_line_is_read_as_what_nnabla_computes(line: Line) -> None:
    NNABLA.compare_reading(line)


@seed(2)
@oracle.tries(200)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_nnabla(layer: Layer) -> None:
    NNABLA.compare_writing(layer)
