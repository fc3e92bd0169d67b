# SPDX-License-Identifier: GPL-3.0-or-later
"""Title, caption, equations and legend have the texts that the spec asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernelwalk.core import SpecError, make_plan, spec_from_table

from .labeled_plans import load_table, make_labeled_plan

CAPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"op": "conv", "input": 5, "kernel": 3, "stride": 2, "padding": 1}, "Kernel 3×3 · stride 2 · padding 1"),
    ({"op": "conv", "input": [5, 7], "kernel": [3, 2], "stride": [2, 1]}, "Kernel 3×2 · stride 2×1 · padding 0"),
    ({"op": "conv", "input": [9], "kernel": 3, "padding": [[2, 0]]}, "Kernel 3 · stride 1 · padding 2 before"),
    (
        {"op": "conv", "input": 7, "kernel": 3, "padding": [[1, 0], [1, 1]], "padding_mode": "reflect", "dilation": 2},
        "Kernel 3×3 · stride 1 · reflecting padding y 1 and 0, x 1 and 1 · dilation 2",
    ),
    ({"op": "max_pool", "input": 6, "kernel": 2, "ceil_mode": True}, "Kernel 2×2 · stride 2 · rounded up"),
    ({"op": "upsample", "input": 3, "scale": 2}, "Scale 2"),
    ({"op": "pixel_shuffle", "input": 3, "channels": 4, "factor": 2}, "Factor 2"),
    (
        {"op": "conv", "input": 6, "kernel": 3, "stride": 2, "padding": [[0, 1], [0, 1]]},
        "Kernel 3×3 · stride 2 · padding 1 after",
    ),
    (
        {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
        "Kernel 3×3 · stride 2 · padding 1 · output padding 1",
    ),
]


@pytest.mark.parametrize(("layer", "text"), CAPTIONS)
def test_a_caption_has_the_parameters(layer: dict[str, Any], text: str) -> None:
    plan = make_plan(spec_from_table({"title": "Titled", "layer": layer}))
    assert " ".join(label.text for label in plan.labels if label.role == "caption") == text


CONV: dict[str, Any] = {"op": "conv", "kernel": 2}


@pytest.mark.parametrize(
    ("chain", "text"),
    [
        (
            [{**CONV, "input": [8], "padding": "causal"}, {**CONV, "padding": "causal", "dilation": 2}],
            "Convolution, kernel 2, padding 1 before → Convolution, kernel 2, padding 2 before, dilation 2",
        ),
        (
            [{**CONV, "input": [8]}, {"op": "max_pool", "kernel": 2}, {"op": "upsample", "scale": 2}],
            "Convolution, kernel 2 → Max pooling, kernel 2 → Nearest upsampling",
        ),
        (
            [{**CONV, "input": 8, "stride": 2, "padding": 1}, {"op": "max_pool", "kernel": 2}],
            "Convolution 2×2, stride 2, padding 1 → Max pooling 2×2",
        ),
    ],
)
def test_a_caption_has_each_layer_of_a_chain(chain: list[dict[str, Any]], text: str) -> None:
    plan = make_plan(spec_from_table({"title": "Titled", "layers": chain}))
    assert " ".join(label.text for label in plan.labels if label.role == "caption") == text


def test_without_a_title_a_caption_has_the_operation_too() -> None:
    plan = make_plan(spec_from_table({"layer": {"op": "max_pool", "input": 6, "kernel": 2}}))
    assert [label.text for label in plan.labels if label.role != "name"] == ["Max pooling · kernel 2×2 · stride 2"]


def test_equations_of_a_chain_are_named_like_its_grids() -> None:
    plan = make_labeled_plan("chain", "16:9", equation=True)
    starts = [label.text.partition(" = ")[0] for label in plan.labels if label.role == "equation"]
    assert starts == ["Convolution", "Max pooling", "Output"]
    assert starts == [grid.name for grid in plan.grids[1:]]


def texts_by_role(labels: dict[str, Any], layer: dict[str, Any] | None = None) -> dict[str, list[str]]:
    layer = layer or {"op": "conv", "input": 5, "kernel": 3, "padding": 1}
    plan = make_plan(spec_from_table({"title": "Half padding", "layer": layer, "labels": labels}))
    return {
        role: [label.text for label in plan.labels if label.role == role]
        for role in ("title", "name", "caption", "equation", "legend")
    }


def test_each_label_can_be_switched_off_or_reworded() -> None:
    assert not any(texts_by_role({"title": False, "names": False, "caption": False}).values())
    own = texts_by_role(
        {"title": "{title}, {op}", "names": "Image {size} | Features", "caption": "{kernel} by {stride}"}
    )
    assert own["title"] == ["Half padding, Convolution"]
    assert own["name"] == ["Image ", "5×5", "Features"]
    assert own["caption"] == ["3×3 by 1"]
    other = texts_by_role({"legend": "Padding = Border | Input =", "equation": "o: {equation}"})
    assert other["legend"] == ["Output", "Border"] or other["legend"] == ["Border", "Output"]
    assert other["equation"] == ["o: Output = ⌊(5 + 1 + 1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 5"]


@pytest.mark.parametrize("kernel", ["on", "off"])
def test_a_kernel_with_colors_has_a_bar_for_them(kernel: str) -> None:
    table = {
        "layer": {"op": "conv", "input": [2, 3], "kernel": 2},
        "values": {"input": [[1, 2, 3], [4, 5, 6]], "kernel": [[0.5, -2], [1, 0]]},
        "labels": {"legend": True},
        "show": {"kernel": kernel},
    }
    legend = [label.text for label in make_plan(spec_from_table(table)).labels if label.role == "legend"]
    assert ("Kernel, −2 to 2" in legend) == (kernel == "on")


def test_a_legend_has_the_colors_that_occur() -> None:
    assert sorted(texts_by_role({"legend": True}, {"op": "conv", "input": 5, "kernel": 3})["legend"]) == [
        "Input",
        "Output",
    ]
    transposed = {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}
    assert set(texts_by_role({"legend": True}, transposed)["legend"]) == {
        "Input",
        "Inserted zero",
        "Padding",
        "Output",
        "Output padding",
    }


@pytest.mark.parametrize("transposed", ["gather", "scatter"])
@pytest.mark.parametrize("appear", [False, True])
@pytest.mark.parametrize("trail", [False, True])
def test_a_legend_has_each_color_that_a_tile_has_at_any_step(transposed: str, appear: bool, trail: bool) -> None:
    layer = {"op": "conv_transpose", "input": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}
    walk = {"appear": appear, "trail": trail, "frames_per_step": 1, "lead_in": 2}
    plan = make_plan(
        spec_from_table({"layer": layer, "walk": walk, "show": {"transposed": transposed}, "labels": {"legend": True}})
    )
    swatch_colors = np.array([swatch.color for swatch in plan.swatches])
    has_stamps = any(label.text.startswith("1 to ") for label in plan.labels)
    assert has_stamps == (transposed == "scatter")
    tile_colors = []
    for frame in plan.frames:
        state = plan.state_at(frame)
        for grid in plan.grids:
            # stamped tiles have colors between the two of the legend
            is_plain = (
                grid.visit_counts.count_at(state.last_position, state.reversed_axes) < 1
                if has_stamps and grid.visit_counts
                else np.full(len(grid.cells), True)
            )
            tile_colors.append(grid.colors_at(state)[is_plain])
    colors = np.unique(np.concatenate(tile_colors).round(6), axis=0)
    differences = np.abs(colors[:, None] - swatch_colors[None]).max(axis=2)
    assert differences.min(axis=1).max() < 1e-5
    if not has_stamps:
        assert differences.min(axis=0).max() < 1e-5, "a color that no tile has"


@pytest.mark.parametrize(
    ("labels", "where", "problem_part"),
    [
        ({"caption": "{colour}"}, "labels.caption", "{colour} is not known here"),
        ({"names": "a { b"}, "labels.names", "a single brace opens no placeholder"),
        ({"names": "{name!r}"}, "labels.names", "is not known here"),
        ({"title": "{title.__class__}"}, "labels.title", "is not known here"),
        ({"indices": "yes"}, "labels.indices", "neither true nor false"),
        ({"legend": 3}, "labels.legend", "3 is neither true, false, nor text"),
        ({"captoin": True}, "labels.captoin", "there is no such key"),
        ({"size": 9}, "labels.size", "too large"),
    ],
)
def test_invalid_labels_are_reported(labels: dict[str, Any], where: str, problem_part: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_table({"layer": {"op": "conv", "input": 5, "kernel": 3}, "labels": labels})
    (problem,) = caught.value.problems
    assert problem.where == where
    assert problem_part in problem.what


def test_a_spec_with_labels_survives_a_round_trip() -> None:
    spec = spec_from_table(
        {**load_table("chain"), "labels": {"names": "{name}", "legend": True, "caption": False, "size": 1.25}}
    )
    assert spec_from_table(spec.to_table()) == spec
