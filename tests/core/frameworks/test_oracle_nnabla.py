"""Code of nnabla, read and written, against the package itself, on a Python of its own."""

from __future__ import annotations

from hypothesis import given, seed
from kernelwalk.core import Layer

from . import layer_oracle as oracle
from .layer_oracle import Call, Deviation, Line, Oracle, lines
from .packages.client import DistantPackage

CONV = {
    "outmaps": oracle.OUTPUTS,
    "kernel": oracle.kernel_tuples,
    "pad": oracle.tuples(0, 2),
    "stride": oracle.tuples(1, 3),
    "dilation": oracle.tuples(1, 3),
    "group": oracle.GROUPS,
}
POOL = {
    "kernel": oracle.kernel_tuples,
    "stride": oracle.tuples(1, 3),
    "ignore_border": oracle.flags,
    "pad": oracle.tuples(0, 2),
}
CALLS = (
    Call("PF.convolution", CONV, 2, before="x"),
    Call("PF.deconvolution", {**CONV, "output_padding": oracle.tuples(0, 2)}, 2, before="x", named=("output_padding",)),
    Call("F.max_pooling", POOL, 1, before="x"),
    Call("F.average_pooling", {**POOL, "including_pad": oracle.flags}, 1, before="x", named=("including_pad",)),
)

NNABLA = Oracle(
    "nnabla",
    DistantPackage("nnabla"),
    (
        Deviation(
            "nnabla 1.39.0", "does not refuse a layer in which no window fits, and pools windows on padding alone",
            lambda text, layer, told: oracle.LARGER in told or ("pooling" in text and layer is None), runs=False,
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
