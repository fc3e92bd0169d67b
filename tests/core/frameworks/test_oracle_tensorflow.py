"""Code of TensorFlow's tf.nn, read and written, against the package itself."""

from __future__ import annotations

from typing import Any

from hypothesis import given, seed
from hypothesis import strategies as st
from kernelwalk.core import ConvTranspose, Layer
from kernelwalk.core.frameworks.tensorflow import CROPPED_SAME

from ..helpers import per_axis
from . import layer_oracle as oracle
from .layer_oracle import Deviation, Line, Oracle
from .packages.client import DistantPackage

VERSION = "tensorflow 2.21.0"


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Draw a line of tf.nn, with sizes as numbers, one for each axis, or one for each axis of the tensor."""
    dims = draw(st.sampled_from([1, 2, 3]))
    inputs, outputs = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    size, kernel = draw(per_axis(1, oracle.LARGEST[dims][0], dims)), draw(per_axis(1, oracle.LARGEST[dims][1], dims))

    def sizes(least: int, most: int) -> Any:
        given = list(draw(per_axis(least, most, dims)))
        if dims == 2 and draw(st.booleans()):
            return draw(st.sampled_from([given, given[0]]))
        return given[0] if dims == 1 else [1, *given, 1]

    kind = draw(st.sampled_from(["conv", "transposed", "depthwise", "max", "avg", "convolution", "atrous", "pool"]))
    padding: Any = draw(st.sampled_from(["SAME", "VALID"]))
    strides, named = sizes(1, 3), ""
    if dims == 2 and kind in ("conv", "max") and draw(st.booleans()):
        padding = [[0, 0], *(list(pair) for pair in draw(st.tuples(per_axis(0, 2), per_axis(0, 2)))), [0, 0]]
    if kind == "conv" and dims < 3 and draw(st.booleans()):
        named = f", dilations={sizes(1, 2)}"
    shape: tuple[int, ...] = (*kernel, inputs, outputs)
    match kind:
        case "conv":
            call = f"conv{dims}d(x, w, {strides}, {padding!r}{named})"
        case "convolution":
            pair = list(draw(per_axis(1, 3, dims)))
            call = f"convolution(x, w, strides={pair}, padding={padding!r})"
        case "transposed":
            steps = strides if isinstance(strides, list) else [strides] * dims
            steps = steps if len(steps) == dims else steps[1:-1]
            whole = [(i - 1) * s + k for i, s, k in zip(size, steps, kernel, strict=True)]
            target = [max(w + draw(st.integers(-3, 2)), 1) for w in whole]
            shape = (*kernel, outputs, inputs)
            call = f"conv{dims}d_transpose(x, w, {[1, *target, outputs]}, {strides}, {padding!r})"
        case "depthwise" if dims == 2:
            step = draw(st.integers(1, 3))
            call = f"depthwise_conv2d(x, w, {[1, step, step, 1]}, {padding!r})"
        case "atrous" if dims == 2:
            call = f"atrous_conv2d(x, w, {draw(st.integers(1, 3))}, {padding!r})"
        case "pool":
            pair, word = list(draw(per_axis(1, 3, dims))), draw(st.sampled_from(["MAX", "AVG"]))
            call = f"pool(x, {list(kernel)}, {word!r}, strides={pair}, padding={padding!r})"
        case _:
            kind = kind if kind in ("max", "avg") else "max"
            call = f"{kind}_pool{dims}d(x, {list(kernel)}, {strides}, {padding!r})"
    return Line(f"w = tf.zeros({shape}); tf.nn.{call}", size, inputs)


def has_other_shape(text: str, layer: Layer | None, told: str) -> bool:
    return "_transpose" in text and isinstance(layer, ConvTranspose)


TENSORFLOW = Oracle(
    "tensorflow",
    DistantPackage("tensorflow"),
    (
        Deviation(VERSION, "gives an output without cells for a window larger than its input",
                  lambda text, layer, told: oracle.LARGER in told),
        Deviation(VERSION, "refuses an output_shape whose convolution does not give the input back", has_other_shape),
        Deviation(VERSION, "skips cells along three axes, as a remark says",
                  lambda text, layer, told: layer is not None and CROPPED_SAME.applies(layer)),
        Deviation(VERSION, "refuses strides of tf.nn.pool that are larger than the window",
                  lambda text, layer, told: ".pool(" in text and layer is not None
                  and any(s > k for s, k in zip(layer.stride, layer.kernel, strict=True))),
        oracle.windows_on_padding(VERSION),
    ),
)  # fmt: skip


@seed(1)
@oracle.tries(300)
@given(lines())
def test_a_line_is_read_as_what_tensorflow_computes(line: Line) -> None:
    TENSORFLOW.compare_reading(line)


@seed(2)
@oracle.tries(200)
@given(oracle.layers())
def test_a_written_line_computes_the_layer_in_tensorflow(layer: Layer) -> None:
    TENSORFLOW.compare_writing(layer)
