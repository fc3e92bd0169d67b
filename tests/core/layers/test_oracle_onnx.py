# SPDX-License-Identifier: GPL-3.0-or-later
"""The mapping against ONNX Runtime, which pads each side natively: a light oracle that is always installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import Conv, ConvTranspose, SpecError

from .onnx_runtime import run

SETTINGS = 40


def computed(op: str, layer: Conv | ConvTranspose) -> Any:
    """Return ONNX Runtime's outputs for impulses: 1 where a tap of an input reaches them; (inputs, taps, *output)."""
    cells, taps = int(np.prod(layer.input)), int(np.prod(layer.kernel))
    values = np.eye(cells, dtype=np.float32).reshape(cells, 1, *layer.input)
    weight = np.eye(taps, dtype=np.float32)
    weight = weight.reshape((taps, 1, *layer.kernel) if op == "Conv" else (1, taps, *layer.kernel))
    befores, afters = zip(*layer.padding, strict=True)
    attributes: dict[str, Any] = {
        "strides": layer.stride,
        "dilations": layer.dilation,
        "pads": [*befores, *afters],
        "kernel_shape": layer.kernel,
    }
    if isinstance(layer, ConvTranspose):
        attributes["output_padding"] = layer.output_padding
    return run(op, values, weight, **attributes)


@pytest.mark.parametrize("op", ["Conv", "ConvTranspose"])
def test_sizes_and_taps_are_those_of_onnx_runtime(op: str) -> None:
    random = np.random.default_rng(7)
    compared = 0
    while compared < SETTINGS:
        sizes, kernel, stride, dilation = (random.integers(1, most, 2) for most in (7, 5, 4, 4))
        padding = random.integers(0, 3, (2, 2)).tolist()
        try:
            if op == "Conv":
                layer: Conv | ConvTranspose = Conv(sizes, kernel, stride, padding, dilation)
            else:
                # ONNX Runtime requires an output padding below the stride; PyTorch also accepts one below the dilation
                extra = [int(random.integers(0, s)) for s in stride]
                layer = ConvTranspose(sizes, kernel, stride, padding, dilation, extra)
        except SpecError:
            continue
        reached = computed(op, layer)
        assert reached.shape[2:] == layer.output, layer
        expected = np.zeros_like(reached)
        for output in np.ndindex(*layer.output):
            for tap, cell in layer.taps(output):
                if cell is not None:
                    expected[np.ravel_multi_index(cell, layer.input), np.ravel_multi_index(tap, layer.kernel)][
                        output
                    ] = 1
        assert np.array_equal(reached, expected), layer
        compared += 1
