# SPDX-License-Identifier: GPL-3.0-or-later
"""Models as print(model) writes them, held against the sizes that PyTorch's hooks reported when they ran."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from kernelwalk.core import SpecError, spec_from_table
from kernelwalk.core.frameworks.printed.module_flow import follow_model
from kernelwalk.core.frameworks.printed.module_print import parse_module_print
from kernelwalk.core.layers.receptive_field import receptive_fields

FILES = sorted((Path(__file__).parent / "printed_models").glob("*.json.gz"))


def read_model(name: str) -> dict[str, Any]:
    path = next(file for file in FILES if file.name == f"{name}.json.gz")
    table: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return table


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_every_layer_of_a_printed_model_has_the_sizes_that_hooks_report(path: Path) -> None:
    table = json.loads(gzip.decompress(path.read_bytes()))
    tree = parse_module_print(table["text"])
    model = follow_model(tree, table["input"])
    for layer in model.layers:
        if layer.is_beside and layer.name not in table["sizes"]:
            assert layer.writes.sizes is None, "an auxiliary classifier, which does not run in evaluation"
            continue
        reads, writes = table["sizes"][layer.name]
        assert [layer.reads.sizes, layer.writes.sizes] == [tuple(reads[1:]), tuple(writes[1:])], layer.name
        assert layer.reads.channels in (None, reads[0]) and layer.writes.channels in (None, writes[0]), layer.name
        assert not layer.reason
    listed = {layer.name for layer in model.layers}
    unlisted = [leaf for leaf in tree.iterate_leaves() if leaf.name not in listed]
    assert len(unlisted) == sum(model.others.values()), "what is not listed is counted by its kind"
    assert not {leaf.kind for leaf in unlisted} & {layer.module.kind for layer in model.layers}
    assert not model.doubts


def test_twelve_models_are_held_against_hooks() -> None:
    assert len(FILES) >= 12 and sum(file.stat().st_size for file in FILES) < 400_000


def test_a_residual_network_is_the_chain_of_its_main_path() -> None:
    spec = spec_from_table({"layer": read_model("resnet18")["text"], "input": 224})
    assert len(spec.layers) == 19 and spec.layers[-1].output == (1, 1)
    assert (
        receptive_fields(spec.layers)[-2][0].size == 435
    )  # Araujo et al., Distill 2019: ResNet-18 without its pooling


def test_joined_tensors_are_no_chain() -> None:
    with pytest.raises(SpecError, match="conv1 does not read"):
        spec_from_table({"layer": read_model("densenet121")["text"], "input": 224})


def test_what_the_text_lacks_is_said() -> None:
    tree = parse_module_print(
        "Net(\n  (conv): Conv2d(1, 10, kernel_size=(5, 5), stride=(1, 1))\n"
        "  (fc): Linear(in_features=1440, out_features=10, bias=True)\n)"
    )
    (doubt,) = follow_model(tree, (28, 28)).doubts  # a pooling is in forward() only
    assert doubt.startswith("fc takes 1,440 numbers, and 10 × 24 × 24 come before it")


def test_a_module_whose_input_does_not_follow_has_no_size() -> None:
    tree = parse_module_print(
        "Net(\n  (a): Conv2d(1, 8, kernel_size=(3, 3), stride=(2, 2))\n  (b): Mystery()\n"
        "  (c): Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1))\n)"
    )
    model = follow_model(tree, (9, 9))
    assert model.layers[1].writes.sizes is None and "does not follow" in model.layers[1].reason
    assert model.others == {"Mystery": 1}


def test_repeated_modules_are_all_there() -> None:
    tree = parse_module_print(
        "(blocks): ModuleList(\n  (0-2): 3 x Block(\n    (c): Conv2d(1, 1, kernel_size=(3, 3))\n  )\n)"
    )
    names = [layer.name for layer in follow_model(tree, (9, 9)).layers]
    assert names == ["blocks.0.c", "blocks.1.c", "blocks.2.c"]
