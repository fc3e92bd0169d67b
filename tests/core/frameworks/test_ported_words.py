"""The words of another framework, as they stand, in packages: they are refused, or compute something else, as a remark
says. The same layer in the package's own words computes what was meant.

test_oracle_onnx.py does the same with ONNX Runtime.
"""

from __future__ import annotations

import importlib
from typing import NamedTuple

import numpy as np
import pytest
from kernelwalk.core import ConvTranspose, spec_from_table
from kernelwalk.core.frameworks.known_frameworks import BY_KEY
from kernelwalk.core.frameworks.remarks import list_remarks

from .layer_oracle import is_output, number_cells, order_axes

RUNNERS = {
    "jax": ("equinox", "jax", "run_lax"),
    "flax": ("equinox", "jax", "run_linen"),
    "nnx": ("equinox", "jax", "run_nnx"),
    "haiku": ("equinox", "jax", "run_haiku"),
    "equinox": ("equinox", "jax", "run_equinox"),
    "openvino": ("openvino", "openvino", "run"),
    "paddle": ("paddle", "paddle", "run"),
    "tinygrad": ("tinygrad", "tinygrad", "run"),
}
"""The package that must be there, the module of packages/ that runs its code, and the function."""


class Port(NamedTuple):
    """A layer, and a line of a framework with its words.

    code:   the layer, as its own framework has it
    ported: the line with the same words, which the framework refuses or computes otherwise
    meant:  the line that computes the layer; empty where there is none
    remark: what is told, after package and version
    """

    framework: str
    code: str
    ported: str
    meant: str
    remark: str


SAME = 'layers.Conv2DTranspose(1, 2, padding="same")'
VALID = "layers.Conv2DTranspose(1, 2)"
STRIDED = 'layers.Conv2DTranspose(1, 2, strides=2, padding="same")'
LOWER = (
    'helper.make_node("ConvTranspose", ["x", "w"], ["y"], kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_LOWER")'
)
CROPPED = "nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1)"
PLAIN = "nn.Conv2d(1, 1, 3)"
COPIED = 'eqx.nn.Conv2d(1, 1, 3, stride=2, padding="SAME", padding_mode="CIRCULAR", key=key)'
UNEVEN = "nn.Conv2d(1, 1, 3, padding=(1, 2))"
SIDES = "paddle.nn.Conv2D(1, 1, 3, padding=[0, 1, 2, 0])"
OTHER_SIDES = "tinygrad.nn.Conv2d(1, 1, 3, padding=(2, 0, 0, 1))"
NODE = 'helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3], pads=[0, 2, 1, 0])'
POOL = "nn.MaxPool2d(2)"
CEIL = "nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True)"
LATE = "nn.MaxPool2d(2, stride=3, ceil_mode=True)"

TRANSPOSED = "of a transposed convolution"
SMALL_SAME = f'computes otherwise "same" in small letters {TRANSPOSED}: it crops an odd cell before'
SMALL_VALID = (
    f'computes otherwise "valid" in small letters {TRANSPOSED}: it crops what reads less than the whole kernel'
)
SMALL_STRIDED = f'refuses "same" and "valid" in small letters {TRANSPOSED} with strides'
SAME_LOWER = f"refuses SAME_LOWER {TRANSPOSED} with strides"
NO_PADDING = "computes otherwise a convolution without padding: its default is SAME"
NO_STRIDE = "computes otherwise a pooling without strides: its default is 1"
FOR_ONE = "computes otherwise CIRCULAR and REFLECT with strides: it copies as many cells as a stride of 1 needs"
SPREAD = "computes otherwise with the same padding in numbers: 10 × 10 outputs, not 12 × 12"
AVERAGE = "computes otherwise with the same padding in numbers: means are of other numbers of cells"
WINDOW = "computes otherwise with rounding up: 3 × 3 outputs, not 2 × 2"


def lax(kernel: int, rest: str) -> str:
    """Return a line of lax.conv_transpose, which reads its kernel as other frameworks do."""
    return f"w = jnp.zeros({(kernel, kernel, 1, 1)}); lax.conv_transpose(x, w, {rest}, transpose_kernel=True)"


def linen(rest: str) -> str:
    """Return a line of linen's transposed convolution, which reads its kernel as other frameworks do."""
    return f"nn.ConvTranspose(1, {rest}, transpose_kernel=True)"


def turn_to_nnx(port: Port) -> Port:
    """Return the same with the lines of NNX, which have the channels of the input."""
    ported, meant = (line.replace("nn.", "nnx.").replace("(1,", "(1, 1,", 1) for line in (port.ported, port.meant))
    return port._replace(framework="nnx", ported=ported, meant=meant)


FLAX = [
    Port("flax", SAME, linen("(2, 2), padding='same'"), linen("(2, 2)"), SMALL_SAME),
    Port("flax", VALID, linen("(2, 2), padding='valid'"), linen("(2, 2), padding='VALID'"), SMALL_VALID),
    Port("flax", VALID, linen("(2, 2)"), linen("(2, 2), padding='VALID'"), NO_PADDING),
    Port(
        "flax", STRIDED, linen("(2, 2), (2, 2), padding='same'"), linen("(2, 2), (2, 2), padding='SAME'"), SMALL_STRIDED
    ),
    Port(
        "flax",
        LOWER,
        linen("(3, 3), (2, 2), padding='SAME_LOWER'"),
        linen("(3, 3), (2, 2), padding=((1, 2), (1, 2))"),
        SAME_LOWER,
    ),
    Port("flax", CROPPED, linen("(4, 4), (2, 2), padding=1"), linen("(4, 4), (2, 2), padding=2"), SPREAD),
    Port("flax", PLAIN, "nn.Conv(1, (3, 3))", "nn.Conv(1, (3, 3), padding='VALID')", NO_PADDING),
    Port("flax", COPIED, "nn.Conv(1, (3, 3), 2, padding='CIRCULAR')", "", FOR_ONE),
    Port("flax", POOL, "nn.max_pool(x, (2, 2))", "nn.max_pool(x, (2, 2), (2, 2))", NO_STRIDE),
]
PORTS = [
    Port("jax", SAME, lax(2, "(1, 1), 'same'"), lax(2, "(1, 1), 'SAME'"), SMALL_SAME),
    Port("jax", VALID, lax(2, "(1, 1), 'valid'"), lax(2, "(1, 1), 'VALID'"), SMALL_VALID),
    Port("jax", STRIDED, lax(2, "(2, 2), 'same'"), lax(2, "(2, 2), 'SAME'"), SMALL_STRIDED),
    Port("jax", LOWER, lax(3, "(2, 2), 'SAME_LOWER'"), lax(3, "(2, 2), ((1, 2), (1, 2))"), SAME_LOWER),
    Port("jax", CROPPED, lax(4, "(2, 2), ((1, 1), (1, 1))"), lax(4, "(2, 2), ((2, 2), (2, 2))"), SPREAD),
    *FLAX,
    *map(turn_to_nnx, FLAX),
    Port("haiku", SAME, "hk.Conv2DTranspose(1, 2, padding='same')", "hk.Conv2DTranspose(1, 2)", SMALL_SAME),
    Port("haiku", VALID, "hk.Conv2DTranspose(1, 2, padding='valid')", "hk.Conv2DTranspose(1, 2, padding='VALID')",
         SMALL_VALID),
    Port("haiku", STRIDED, "hk.Conv2DTranspose(1, 2, 2, padding='same')", "hk.Conv2DTranspose(1, 2, 2)", SMALL_STRIDED),
    Port("haiku", LOWER, "hk.Conv2DTranspose(1, 3, 2, padding='SAME_LOWER')",
         "hk.Conv2DTranspose(1, 3, 2, padding=[(1, 2), (1, 2)])", SAME_LOWER),
    Port("haiku", CROPPED, "hk.Conv2DTranspose(1, 4, 2, padding=[(1, 1)] * 2)",
         "hk.Conv2DTranspose(1, 4, 2, padding=[(2, 2)] * 2)", SPREAD),
    Port("haiku", PLAIN, "hk.Conv2D(1, 3)", "hk.Conv2D(1, 3, padding='VALID')", NO_PADDING),
    Port("haiku", UNEVEN, "hk.Conv2D(1, 3, padding=(1, 2))", "hk.Conv2D(1, 3, padding=[(1, 1), (2, 2)])",
         "computes otherwise two numbers of padding: they are before and after, on each axis"),
    Port("equinox", POOL, "eqx.nn.MaxPool2d(2)", "eqx.nn.MaxPool2d(2, 2)", NO_STRIDE),
    Port("equinox", CROPPED, "eqx.nn.ConvTranspose2d(1, 1, 4, 2, 1)", "eqx.nn.ConvTranspose2d(1, 1, 4, 2, padding=1)",
         "computes otherwise padding without its name: output_padding stands before it"),
    Port("equinox", CEIL, "eqx.nn.AvgPool2d(3, 2, 1, use_ceil=True)", "", AVERAGE),
    Port("openvino", CEIL, "opset15.avg_pool(x, [2, 2], [1, 1], [1, 1], [3, 3], False, rounding_type='ceil')", "",
         AVERAGE),
    Port("openvino", LATE,
         "opset15.max_pool(x, [3, 3], [1, 1], [0, 0], [0, 0], [2, 2], rounding_type='ceil')",
         "opset15.max_pool(x, [3, 3], [1, 1], [0, 0], [0, 0], [2, 2])", WINDOW),
    *(Port("paddle", code, f"paddle.nn.Conv2D(1, 1, 3, padding={numbers})", SIDES,
           "computes otherwise four numbers of padding: they are top, bottom, left, right")
      for code, numbers in ((OTHER_SIDES, "[2, 0, 0, 1]"), (NODE, "[0, 2, 1, 0]"))),
    *(Port("tinygrad", code, f"tinygrad.nn.Conv2d(1, 1, 3, padding={numbers})", OTHER_SIDES,
           "computes otherwise four numbers of padding: they are left, right, top, bottom")
      for code, numbers in ((SIDES, "(0, 1, 2, 0)"), (NODE, "(0, 2, 1, 0)"))),
    Port("paddle", LATE, "paddle.nn.MaxPool2D(2, 3, ceil_mode=True)", "paddle.nn.MaxPool2D(2, 3)", WINDOW),
]  # fmt: skip


@pytest.mark.parametrize("port", PORTS, ids=lambda port: f"{port.framework}-{port.ported}")
def test_a_remark_tells_what_the_words_of_another_framework_become(port: Port) -> None:
    layer = spec_from_table({"layer": port.code, "input": [6, 6]}).layer
    framework = BY_KEY[port.framework].framework
    (version,) = (f"{package} {number}" for package, number in framework.versions.items())
    assert f"{version} {port.remark}" in [str(each) for each in list_remarks(framework, layer)]


@pytest.mark.parametrize("port", PORTS, ids=lambda port: f"{port.framework}-{port.ported}")
def test_a_package_does_with_them_what_the_remark_tells(port: Port) -> None:
    package, module, function = RUNNERS[port.framework]
    pytest.importorskip(package, reason=f"the oracle is {package}: install its extra")
    run = getattr(importlib.import_module(f".packages.{module}", __package__), function)
    layer = spec_from_table({"layer": port.code, "input": [6, 6]}).layer
    values, weight = number_cells((1, 1, 6, 6)), None
    if layer.has_weights:
        weight = order_axes(port.framework, layer)
        if isinstance(layer, ConvTranspose) and port.framework in ("haiku", "equinox"):
            axes = BY_KEY[port.framework].framework.weight_axes["conv_transpose"]
            weight = np.flip(weight, (axes.index("k"), axes.index("k") + 1))  # they read it in reverse
    if port.remark.startswith("refuses"):
        with pytest.raises(Exception, match=r"\S"):
            run(port.ported, values, weight)
    else:
        assert not is_output(layer, values, run(port.ported, values, weight))
    assert not port.meant or is_output(layer, values, run(port.meant, values, weight))
