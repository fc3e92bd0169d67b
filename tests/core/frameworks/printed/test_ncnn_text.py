"""Lines of ncnn's param files: a whole file as a chain, and the places of errors."""

from __future__ import annotations

import pytest
from kernelwalk.core import SpecError, spec_from_table
from kernelwalk.core.frameworks.parsing.code_activations import read_followers
from kernelwalk.core.frameworks.parsing.code_parser import parse_layer
from kernelwalk.core.frameworks.parsing.sequential import read_chain

FILE = """\
7767517
8 9
Input       data  0 1 data 0=12 1=10 2=3
Split       copy  1 2 data a b
Convolution conv1 1 1 a conv1 0=8 1=3 4=-233 5=1 6=216 9=1
Padding     pad   1 1 conv1 pad 0=1 1=2
Pooling     pool1 1 1 pad pool1 0=1 1=3 2=2 5=1
ReLU        relu  1 1 pool1 relu 0=0.01
Deconvolution up  1 1 relu up 0=1 1=2 3=2 6=32
InnerProduct ip   1 1 up ip 0=10
"""


def test_a_file_is_a_chain_of_its_layers() -> None:
    chain = read_chain(FILE)
    assert [part.keys["op"] for part in chain.parts] == ["conv", "avg_pool", "conv_transpose"]
    assert chain.left_out == ("InnerProduct",)
    spec = spec_from_table({"layers": FILE})
    assert [layer.output for layer in spec.layers] == [(10, 12), (6, 5), (12, 10)]
    assert spec.layers[0].channels.inputs == 3
    conv, pool, _ = chain.parts
    assert read_followers(conv.code, conv.after).activation == "relu"
    assert read_followers(pool.code, pool.after).activation == "leaky_relu"


def test_an_activation_that_values_cannot_have_is_not_taken_for_another() -> None:
    assert parse_layer("Convolution c 1 1 x y 0=1 1=3 9=3 -23310=2,0.0,6.0")["op"] == "conv"
    with pytest.raises(Exception, match="clip"):
        read_followers("Convolution c 1 1 x y 0=1 1=3 9=3 -23310=2,0.0,6.0", [])


@pytest.mark.parametrize(
    ("line", "place", "what"),
    [
        ("Convolution conv1 1 in out 0=8 1=3", "column 21", "the number of outputs stands here"),
        ("Convolution conv1 1 1 in 0=8 1=3", "column 26", "need 2 names"),
        ("Convolution é 1 1 in out 0=8 1=a", "column 30", "the value is no number"),
        ("Convolution conv1 1 1 in out 0=8 kernel=3", "column 34", "this is no parameter"),
        ("Convolution conv1 1 1 in out 0=8 1=3 7=2", "column 38", "Convolution has no parameter 7"),
        ("Convolution conv1 1 1 in out 0=8 1=3 6=71", "column 38", "weight_data_size=71 is no number of weights"),
        ("Convolution conv1 1 1 in out 0=8 1=3 4=-233 15=1", "column 38", "pad_left=-233 stands beside other padding"),
        ("Convolution conv1 1 1 in out 0=8 1=3 -23310=2,1", "column 38", "2 values stand here, not 1"),
        ("Convolution conv1 1 1 in out 0=8", "column 1", "kernel_w is missing"),
        ("Deconvolution d 1 1 in out 0=8 1=3 20=4", "column 36", "output_w stands without padding"),
        ("Pooling p 1 1 in out 0=0 1=2 13=-1", "column 30", "pad_top=-1 is less than none"),
        ("Interp i 1 1 in out 0=2 2=1.5", "column 1", "a scale that is not whole"),
        ("Pooling p 1 1 in out 0=2 1=3", "column 22", "pooling_type cannot be 2"),
        ("Eltwise e 2 1 a b out 0=1", "column 1", "this layer is not supported"),
        ("Pooling p 1 1 a b 1=2\nEltwise e 2 1 b a out", "line 2, column 17", "two branches meet here"),
        ("Pooling p 1 1 a b 1=2\n\nPooling q 1 1 a c 1=2", "line 3, column 15", "does not read what the line before"),
    ],
)
def test_an_error_points_at_its_character(line: str, place: str, what: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_layer(line)
    (problem,) = caught.value.problems
    assert problem.what.startswith(f"{place}: ") and what in problem.what and problem.remedy, problem.what
