# SPDX-License-Identifier: GPL-3.0-or-later
"""Receptive fields in models, held against the cells that change an output when ONNX Runtime runs the model."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from kernelwalk.core.frameworks.printed.module_flow import follow_model
from kernelwalk.core.frameworks.printed.module_print import parse_module_print
from kernelwalk_pipeline.models.field_spans import follow_printed, list_sizes
from kernelwalk_pipeline.models.layer_fields import FieldFinder
from kernelwalk_pipeline.models.model_file import load_model
from kernelwalk_pipeline.models.model_layers import list_layers
from onnx import numpy_helper

from .onnx_models import graph, node, save

SIZE = 160


def random_model(chance: random.Random) -> tuple[list[Any], list[Any]]:
    """Return nodes along one axis, some of which stand in branches that meet, and their weights."""
    nodes, weights, tensor = [], [], "x"

    def convolve(reads: str, stride: int) -> str:
        kernel, dilation = chance.choice([1, 3, 5]), chance.choice([1, 2])
        name, reach = f"c{len(weights)}", dilation * (kernel - 1) // 2
        weights.append(numpy_helper.from_array(np.ones((1, 1, kernel), np.float32), f"{name}w"))
        given = {"pads": [reach, reach], "strides": [stride], "dilations": [dilation]}
        nodes.append(node("Conv", reads, f"{name}w", output=name, name=name, **given))
        return name

    for number in range(chance.randint(1, 3)):
        tensor = convolve(tensor, chance.choice([1, 2]))
        if chance.random() < 0.6:
            other = convolve(convolve(tensor, 1), 1) if chance.random() < 0.5 else convolve(tensor, 1)
            nodes.append(node(chance.choice(["Add", "Max"]), tensor, other, output=f"j{number}"))
            tensor = f"j{number}"
    tensor = convolve(tensor, 1)
    nodes[-1].output[0] = "y"
    return nodes, weights


def test_fields_are_the_cells_that_onnx_runtime_reads(tmp_path: Path) -> None:
    chance = random.Random(1)
    for _ in range(20):
        nodes, weights = random_model(chance)
        path = save(tmp_path / "a.onnx", graph(nodes, weights, reads=(1, 1, SIZE)))
        model = load_model(path)
        layers = list_layers(model)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        rows = [session.run(None, {"x": row.reshape(1, 1, SIZE)})[0].ravel() for row in np.eye(SIZE, dtype=np.float32)]
        reading = np.flatnonzero(np.array(rows)[:, len(rows[0]) // 2])
        sizes = list_sizes(FieldFinder(layers).find_layer(layers[-1]))
        assert sizes == [reading[-1] - reading[0] + 1]


def test_fields_of_a_printed_model_go_on_along_the_main_path() -> None:
    lines = (
        "(0): Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2))",
        "(1): ReLU()",
        "(2): ChannelShuffle(groups=2)",
        "(3): MaxPool2d(kernel_size=2, stride=2)",
    )
    layers = follow_model(parse_module_print("\n".join(lines)), (32, 32)).layers
    assert [list_sizes(spans) for spans in follow_printed(layers)] == [[3, 3], [3, 3], [5, 5]]
