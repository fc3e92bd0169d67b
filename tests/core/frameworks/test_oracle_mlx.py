"""Code of MLX, read and written, against the package itself."""

from __future__ import annotations

import pytest
from hypothesis import given, seed
from kernelwalk.core import Layer
from kernelwalk.core.frameworks.mlx import FRAMEWORK

from . import layer_oracle as oracle
from .layer_oracle import Call, Deviation, Line, Oracle, lines

pytest.importorskip("mlx.core", reason="the oracle is MLX: install the extra kernelwalk[mlx]")
from .packages.mlx import run

CONV = {
    "in_channels": oracle.INPUTS,
    "out_channels": oracle.OUTPUTS,
    "kernel_size": oracle.kernels,
    "stride": oracle.STRIDES,
    "padding": oracle.PADDINGS,
    "dilation": oracle.DILATIONS,
}
POOL = {"kernel_size": oracle.kernels, "stride": oracle.STRIDES, "padding": oracle.PADDINGS}
CALLS = (
    Call("mlx.nn.Conv{dims}d", {**CONV, "groups": oracle.GROUPS}, 3, dims=(1, 2)),
    Call("mlx.nn.Conv{dims}d", CONV, 3, dims=(3,)),
    Call("mlx.nn.ConvTranspose{dims}d", {**CONV, "output_padding": oracle.EXTRAS}, 3),
    Call("mlx.nn.MaxPool{dims}d", POOL, 1),
    Call("mlx.nn.AvgPool{dims}d", POOL, 1),
)

MLX = Oracle(
    "mlx",
    run,
    (
        Deviation(
            "mlx 0.32.4", "computes something for a kernel larger than its input, where no window fits",
            lambda text, layer, told: ".Conv" in text and oracle.LARGER in told, runs=False,
        ),
        Deviation(
            "mlx 0.32.4", "crops whole input cells where padding is larger than the kernel reaches",
            lambda text, layer, told: layer is not None and any(each.applies(layer) for each in FRAMEWORK.remarks),
        ),
        oracle.windows_on_padding("mlx 0.32.4"),
    ),
)  # fmt: skip


@seed(1)
@oracle.tries(300)
@given(lines(CALLS))
def test_a_line_is_read_as_what_mlx_computes(line: Line) -> None:
    MLX.compare_reading(line)


@seed(2)
@oracle.tries(200)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_mlx(layer: Layer) -> None:
    MLX.compare_writing(layer)
