"""Lines of ncnn's param files, read and written, against the package itself."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given, seed
from kernelwalk.core import AvgPool, Layer, MaxPool
from kernelwalk.core.frameworks.same_padding import find_least_same_padding, pads_to_same

from . import layer_oracle as oracle
from .layer_oracle import Deviation, Line, Oracle

pytest.importorskip("ncnn", reason="the oracle is ncnn: install the extra kernelwalk[frameworks]")
from .packages.ncnn import run

VERSION = "ncnn 1.0.20261020"

# numbers of parameters along w, h and d
KERNEL, DILATION, STRIDE, POOL_STRIDE, OUT = (1, 11, 21), (2, 12, 22), (3, 13, 23), (2, 12, 22), (8, 18, 28)
PADS, POOL_PADS = (4, 15, 14, 16, 24, 17), (3, 14, 13, 15, 23, 16)  # left, right, top, bottom, front, behind
EXTRAS, SIZES = (18, 19, 20), {1: (20,), 2: (20, 21), 3: (25, 26, 27)}
ENDS = ("", "1D", "", "3D")


def draw_line(chance: random.Random) -> Line:
    """Draw a line of a convolution, a transposed one or a pooling, with some of its parameters."""
    dims, groups = chance.randint(1, 3), chance.randint(1, 2)
    inputs, outputs = groups * chance.randint(1, 2), groups * chance.randint(1, 2)
    largest, most = oracle.LARGEST[dims]
    given: dict[int, int] = {}

    def draw(numbers: Sequence[int], least: int, most: int, needs_first: bool = False) -> None:
        for at, number in enumerate(numbers):
            if (needs_first and at == 0) or chance.random() < 0.4:
                given[number] = chance.randint(least, most)

    size = oracle.tuples(1, largest)(chance, dims)
    draw(KERNEL[:dims], 1, most, needs_first=True)
    kind = chance.choice(["Convolution", "Deconvolution", "Deconvolution", "Pooling", "Pooling", "Adaptive"])
    if kind == "Adaptive":
        given = {0: chance.randint(0, 1), chance.choice([4, 7, 7]): 1}
        draw(OUT[:dims], 1, 5, needs_first=True)
        if dims == 2 and chance.random() < 0.2:
            given[18] = -233
        return Line(_format(f"Pooling{ENDS[dims]}", given), size, inputs)
    if kind == "Pooling":
        draw(POOL_STRIDE[:dims], 1, 3)
        draw([0, 6], 0, 1)
        draw([5], 0, 3)
        if given.get(5, 0) < 2 or chance.random() < 0.2:
            draw(POOL_PADS[: 2 * dims], 0, 2)
        return Line(_format(f"Pooling{ENDS[dims]}", given), size, inputs)
    draw(DILATION[:dims], 1, 3)
    draw(STRIDE[:dims], 1, 3)
    if chance.random() < 0.3:
        given[4] = chance.choice([-233, -234])
    else:
        draw(PADS[: 2 * dims], 0, 2)
    if kind == "Deconvolution":
        draw(EXTRAS[:dims], 0, 2)
        if chance.random() < 0.4:
            draw(SIZES[dims], 1, 12, needs_first=True)
    taps = math.prod(given.get(number, given[1]) for number in KERNEL[:dims])
    name = kind
    if groups > 1 or chance.random() < 0.2:
        name, given[7] = f"{kind}DepthWise", groups
    given |= {0: outputs, 6: inputs * outputs // groups * taps}
    return Line(_format(f"{name}{ENDS[dims]}", given), size, inputs)


def _format(kind: str, given: Mapping[int, Any]) -> str:
    return f"{kind} layer 1 1 x y " + " ".join(f"{number}={value}" for number, value in given.items())


def draw_other(chance: random.Random) -> Line:
    """Draw a line of an upsampling, or of a layer that moves numbers alone."""
    kind = chance.choice(["Interp", "Interp", "PixelShuffle", "Reorg", "ShuffleChannel", "Unfold", "Fold"])
    size, factor, channels = oracle.tuples(4, 8)(chance, 2), chance.randint(1, 3), chance.randint(1, 2)
    given: dict[int, Any] = {0: factor}
    if kind == "Interp":
        given = {0: chance.randint(1, 3), 6: chance.randint(0, 1)}
        numbers = chance.choice([(1, 2), (3, 4)])
        scales = [1, 2, 3, 1.5, 2.4] if given[0] == 1 else [1, 2, 3]
        given |= {number: chance.choice(scales) if number < 3 else chance.randint(2, 14) for number in numbers}
    elif kind in ("PixelShuffle", "Reorg"):
        given[1] = chance.randint(0, 1)
        size = oracle.tuples(1, 3)(chance, 2)
        if kind == "Reorg":
            size = tuple(factor * cells for cells in size)
        channels *= factor * factor if kind == "PixelShuffle" else 1
    elif kind == "ShuffleChannel":
        channels *= factor
        size = oracle.tuples(1, 3)(chance, chance.randint(2, 3))
    else:
        given = {1: chance.randint(1, 3), 11: chance.randint(1, 3)}
        for number, most in ((2, 2), (12, 2), (3, 2), (13, 2), (4, 2), (14, 2), (15, 2), (16, 2)):
            if chance.random() < 0.4:
                given[number] = chance.randint(0 if number in PADS else 1, most)
        if kind == "Fold":
            given |= {20: size[1], 21: size[0]}
            size, channels = _count_blocks(given), channels * given[1] * given[11]
    return Line(_format(kind, given), size, channels)


def _count_blocks(given: Mapping[int, int]) -> tuple[int, int]:
    """Return the blocks of a fold along rows and columns."""
    left = given.get(4, 0)
    top = given.get(14, left)
    pads = top + given.get(16, top), left + given.get(15, left)
    blocks = []
    for at, (cells, padding) in enumerate(zip((given[21], given[20]), pads, strict=True)):
        columns = given.get(2, 1), given.get(3, 1)
        dilation, stride = columns if at else (given.get(12, columns[0]), given.get(13, columns[1]))
        extent = dilation * ((given[1] if at else given[11]) - 1) + 1
        blocks.append((cells + padding - extent) // stride + 1)
    return blocks[0], blocks[1]


LINES = oracle.SEEDS.map(lambda number: draw_line(random.Random(number)))
OTHERS = oracle.SEEDS.map(lambda number: draw_other(random.Random(number)))
OVERHANG = Line("Pooling1D layer 1 1 x y 0=1 1=3 2=2 3=1 6=1", (6,), 1)
"""An average that counts a cell past its padding, which is rarely drawn."""


def crops_columns(text: str, layer: Layer | None, told: str) -> bool:
    """Return True for padding by name where windows leave cells out."""
    return (
        layer is not None
        and layer.dims > 1
        and not text.startswith("Deconv")
        and pads_to_same(layer)
        and find_least_same_padding(layer) < 0
    )


def is_wider_than_its_input(text: str, layer: Layer | None, told: str) -> bool:
    """Return True for a pooling that rounds up, with a window that is larger than the padded input."""
    if not isinstance(layer, (AvgPool, MaxPool)):
        return False
    return any(k > i + sum(pair) for i, pair, k in zip(layer.input, layer.padding, layer.kernel, strict=True))


NCNN = Oracle(
    "ncnn",
    run,
    (
        oracle.windows_on_padding(VERSION),
        oracle.no_window_fits(VERSION),
        Deviation(
            VERSION, "crops the input where windows leave cells out, if another axis is padded", crops_columns,
            runs=False,
        ),
        Deviation(
            VERSION, "adds more cells to an input that is smaller than the window", is_wider_than_its_input, runs=False
        ),
        Deviation(
            VERSION, "pads odd planes of SAME_LOWER after",
            lambda text, layer, told: layer is not None and layer.dims == 3 and not text.startswith("Deconv")
            and layer.padding_name == "same_lower",
        ),
        Deviation(
            VERSION, "crops an output_w beyond the full result otherwise, which we refuse",
            lambda text, layer, told: "is no size of this output" in told, runs=False,
        ),
    ),
)  # fmt: skip


@seed(1)
@oracle.tries(300)
@given(LINES)
@example(OVERHANG)
def test_a_line_is_read_as_what_ncnn_computes(line: Line) -> None:
    NCNN.compare_reading(line)


@seed(2)
@oracle.tries(200)
@given(OTHERS)
def test_a_line_that_moves_or_weighs_cells_is_read_as_what_ncnn_computes(line: Line) -> None:
    NCNN.compare_reading(line)


@seed(3)
@oracle.tries(300)
@given(oracle.layers((*oracle.WINDOWS, *oracle.OTHERS)))
def test_a_written_line_computes_the_layer_in_ncnn(layer: Layer) -> None:
    NCNN.compare_writing(layer)
