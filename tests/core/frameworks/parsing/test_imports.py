"""The modules that names in code stand for: by imports, and by the framework that is asked for."""

from __future__ import annotations

import pytest
from kernelwalk.core import SpecError, spec_from_table
from kernelwalk.core.frameworks.known_frameworks import FRAMEWORKS, parse_framework_keys
from kernelwalk.core.frameworks.parsing.sequential import prefer_framework, read_chain

IMPORTS = {
    "from flax import linen as nn\nnn.Conv(8, (3, 3))": "flax",
    "import flax.linen as nn; layer = nn.ConvTranspose(8, (3,))": "flax",
    "from flax import nnx\nnnx.Conv(3, 8, kernel_size=(3, 3), rngs=nnx.Rngs(0))": "nnx",
    "import haiku as hk\nclass Net(hk.Module):\n  def __call__(self, x):\n    return hk.Conv2D(8, 3)(x)": "haiku",
    "from haiku import Conv2D\nConv2D(8, 3)": "haiku",
    "from equinox import nn\nnn.Conv2d(3, 8, 3, key=key)": "equinox",
    "import equinox\nequinox.nn.MaxPool2d(3)": "equinox",
    "import jax\nw = jax.numpy.ones((8, 3, 3, 3))\ny = jax.lax.conv(x, w, (1, 1), 'SAME')": "jax",
    "import torch.nn as nn\nnn.Conv2d(3, 8, 3)": "pytorch",
    "nn.Conv2d(3, 8, 3)": "pytorch",
    "nn.Conv(8, (3, 3))": "flax",
    "Conv(kernel_shape=[3, 3])": "onnx",
}


@pytest.mark.parametrize("code", IMPORTS)
def test_imports_say_whose_layer_it_is(code: str) -> None:
    assert read_chain(code).parts[0].framework == IMPORTS[code]
    assert spec_from_table({"layer": code, "input": [9] * _count_axes(code)}).layer.kernel[0] == 3


def _count_axes(code: str) -> int:
    return 1 if "(3,)" in code else 2


def test_a_framework_that_is_asked_for_has_the_names_that_it_knows() -> None:
    layer = "nn.MaxPool2d(3)"
    assert read_chain(prefer_framework(layer, "equinox")).parts[0].keys["stride"] == 1
    assert "stride" not in read_chain(prefer_framework(layer, "pytorch")).parts[0].keys
    assert prefer_framework("nn.AdaptiveAvgPool2d(1)", "equinox") == "nn.AdaptiveAvgPool2d(1)", "it has no such layer"
    assert parse_framework_keys("all") == tuple(known.key for known in FRAMEWORKS)
    with pytest.raises(SpecError, match="some of pytorch, keras"):
        parse_framework_keys("flax,caffe")


def test_an_array_gives_the_kernel_and_its_name_alone_does_not() -> None:
    call = 'lax.conv_general_dilated(x, w, (1, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))'
    keys = read_chain(f"w = jax.random.normal(key, (3, 5, 2, 8))\n{call}").parts[0].keys
    assert (keys["kernel"], keys["in_channels"], keys["out_channels"]) == ([3, 5], 2, 8)
    with pytest.raises(SpecError, match=r"column 29: the shape of the array w is unknown.*zeros"):
        read_chain(call)


@pytest.mark.parametrize(
    ("call", "layer"),
    [("nn.conv2d(1, 1, 3)", "nn.Conv2d"), ("F.conv_transpose2d(1, 1, [3, 3])", "nn.ConvTranspose2d")],
)
def test_a_function_with_a_layer_s_numbers_proposes_the_layer(call: str, layer: str) -> None:
    with pytest.raises(SpecError, match=rf"takes an array here, not 1.*Write {layer}$"):
        read_chain(call)


def test_a_function_without_such_a_layer_proposes_an_array() -> None:
    with pytest.raises(SpecError, match=r"takes an array here, not 3.*Write an array"):
        read_chain("tf.nn.conv2d(x, 3, 1, 'SAME')")
