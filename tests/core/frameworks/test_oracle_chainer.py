"""Code of Chainer, read and written, against the package itself, on a Python of its own."""

from __future__ import annotations

from hypothesis import given, seed
from kernelwalk.core import Layer

from . import layer_oracle as oracle
from .layer_oracle import Call, Deviation, Line, Oracle, lines
from .packages.client import DistantPackage

CONV = {
    "in_channels": oracle.INPUTS,
    "out_channels": oracle.OUTPUTS,
    "ksize": oracle.kernels,
    "stride": oracle.STRIDES,
    "pad": oracle.PADDINGS,
    "nobias": oracle.choices(False),
}
ENDS = {"dilate": oracle.DILATIONS, "groups": oracle.GROUPS}
POOL = {"ksize": oracle.kernels, "stride": oracle.STRIDES, "pad": oracle.PADDINGS}
NAMED = {"named": ("dilate", "groups", "outsize")}
CALLS = (
    Call("L.Convolution{dims}D", {**CONV, **ENDS}, 3, **NAMED),
    Call("L.Deconvolution{dims}D", {**CONV, **ENDS}, 3, **NAMED),
    Call("L.Deconvolution{dims}D", {**CONV, "outsize": oracle.tuples(4, 20)}, 3, dims=(1,)),
    Call("L.ConvolutionND", {"ndim": oracle.count_axes, **CONV, **ENDS}, 4, **NAMED),
    Call("L.DeconvolutionND", {"ndim": oracle.count_axes, **CONV, **ENDS}, 4, **NAMED),
    Call("F.max_pooling_{dims}d", {**POOL, "cover_all": oracle.flags}, 1, before="x"),
    Call("F.average_pooling_{dims}d", POOL, 1, before="x"),
)

CHAINER = Oracle(
    "chainer",
    DistantPackage("chainer"),
    (
        oracle.windows_on_padding("chainer 7.8.1"),
        Deviation(
            "chainer 7.8.1", "takes an outsize that crops the end more than the beginning, which we refuse",
            lambda text, layer, told: "is no size of this output" in told,
        ),
    ),
)  # fmt: skip


@seed(1)
@oracle.tries(350)
@given(lines(CALLS))
def test_a_line_is_read_as_what_chainer_computes(line: Line) -> None:
    CHAINER.compare_reading(line)


@seed(2)
@oracle.tries(200)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_chainer(layer: Layer) -> None:
    CHAINER.compare_writing(layer)
