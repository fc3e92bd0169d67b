# SPDX-License-Identifier: GPL-3.0-or-later
"""The walks that a page draws for changed parameters, compared with what the core draws for the same layer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kernelwalk.core.spec import presets
from kernelwalk_pipeline.source import read_spec
from kernelwalk_pipeline.stepping_page.document import make_document
from kernelwalk_pipeline.stepping_page.page_builder import SCRIPTS
from kernelwalk_pipeline.stepping_page.scripts import join_scripts

quickjs = pytest.importorskip("quickjs", reason="needs kernelwalk[farms]")

Document = dict[str, Any]

CHANGES = {
    "padding_strides": [("stride", [1, 2]), ("padding", [[2, 0], [1, 1]])],
    "no_padding_no_strides": [("input", [6, 9]), ("kernel", [2, 3]), ("padding", "same")],
    "reflect": [("padding_mode", "circular"), ("padding", [[1, 1], [2, 2]])],
    "dilation": [("dilation", [3, 1]), ("kernel", [2, 4])],
    "output_padding": [("stride", [3, 3]), ("output_padding", [2, 1])],
    "scatter": [("kernel", [2, 2]), ("padding", [[0, 0], [0, 0]]), ("output_padding", [0, 0])],
    "checkerboard": [("stride", [3, 3])],
    "max_pool_values": [("stride", [1, 1])],
    "numerical": [("padding", [[1, 1], [1, 1]])],
    "avg_pool_ceil": [("ceil_mode", False), ("kernel", [2, 3])],
    "conv3d": [("kernel", [1, 2, 2])],
    "conv1d": [("dilation", [2]), ("padding", "same")],
    "grouped": [("groups", 1), ("kernel", [2, 2])],
    "channels": [("out_channels", 3), ("stride", [2, 2])],
    "pixel_shuffle": [("input", [2, 2])],
    "unfold": [("stride", [2, 1]), ("input", [5, 4])],
    "bilinear": [("scale", [3, 2])],
}
"""Presets, and parameters that are changed one after the other."""

LEAST_DISTANCE, LEAST_LINE_DISTANCE = 0.01, 0.06
"""Units of the tile pitch below which places of tiles, and ends of lines, are the same: the core's lines become
narrower, and longer by that, where more tiles are in the picture. Heights may differ: the core chooses them to fit
labels."""


@pytest.fixture(scope="module")
def change() -> Callable[[Document, list[tuple[str, Any]]], Document]:
    """Return the function that changes a document on the page."""
    context = quickjs.Context()
    context.set_max_stack_size(4_000_000)
    names = [name for name in SCRIPTS if name.startswith("changed_")]
    context.eval(join_scripts(names))
    context.eval(
        "function changeText(text, changes) { const base = JSON.parse(text);"
        " let layer = makeLayer(base.mapping.tables, base.mapping.layers[0]);"
        " for (const [key, value] of JSON.parse(changes)) layer = changeLayer(layer, key, value);"
        " return JSON.stringify(changeDocument(base, layer)); }"
    )
    function = context.get("changeText")
    return lambda document, changes: json.loads(function(json.dumps(document), json.dumps(changes)))


def write(name: str, settings: list[str] | None = None) -> Document:
    """Return the document of a preset as a page reads it."""
    document: Document = json.loads(json.dumps(make_document(name, read_spec(name, settings or []).spec)))
    return document


def read_colors(document: Document, looks: list[list[float]], places: slice) -> Any:
    """Return the colors (n, k, 3) at entries of looks; -1 for none."""
    table = np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in document["colors"]] + [[-1] * 3])
    return table[np.array([look[places] for look in looks], int)]


def list_steps(grid: Document) -> np.ndarray:
    """Return the number of the look of each tile at each step, shape (steps, tiles)."""
    current = np.array(grid["start"])
    steps = [current.copy()]
    for changes in grid["changes"]:
        current[changes[::2]] = changes[1::2]
        steps.append(current.copy())
    return np.array(steps)


def list_looks(document: Document, grid: Document) -> list[tuple[Any, ...]]:
    """Return each look of a grid in plain values: opacity, rise, active or not, its text and the way of its plate."""
    texts = [*document["texts"], None]
    return [
        (round(look[1], 2), round(look[2], 3), look[3], *([texts[look[4]], look[5] < 0, look[7]] if look[4:] else []))
        for look in grid["looks"]
    ]


def compare(own: Document, core: Document) -> None:
    """Fail if two documents show something else, apart from heights."""
    assert own["steps"] == core["steps"]
    assert own["sums"] == core["sums"]
    assert own["equations"] == core["equations"]
    assert [name for name, _ in own["legend"]] == [name for name, _ in core["legend"]]
    assert len(own["grids"]) == len(core["grids"])
    for mine, wanted in zip(own["grids"], core["grids"], strict=True):
        for key in ("label", "first", "sizes", "kinds", "sentences", "digits"):
            assert mine[key] == wanted[key], key
        assert np.allclose(mine["origin"][:2], wanted["origin"][:2], atol=LEAST_DISTANCE)
        spread = np.array(wanted["sizes"]) > 1
        assert np.allclose(np.array(mine["offsets"])[spread], np.array(wanted["offsets"])[spread], atol=LEAST_DISTANCE)
        shown, expected = list_steps(mine), list_steps(wanted)
        own_looks, core_looks = list_looks(own, mine), list_looks(core, wanted)
        own_colors, core_colors = (
            read_colors(document, grid["looks"], slice(0, 1))[:, 0] for document, grid in ((own, mine), (core, wanted))
        )
        for pair in {*zip(shown.ravel().tolist(), expected.ravel().tolist(), strict=True)}:
            assert own_looks[pair[0]] == core_looks[pair[1]], (mine["name"], pair)
            assert np.abs(own_colors[pair[0]] - core_colors[pair[1]]).max() <= 2, (mine["name"], pair)
    assert {lines["name"] for lines in own["lines"]} == {lines["name"] for lines in core["lines"]}
    for mine, wanted in zip(own["lines"], core["lines"], strict=True):
        for points, others in zip(mine["steps"], wanted["steps"], strict=True):
            assert len(points) == len(others), mine["name"]
            xy, other_xy = (np.array(each).reshape(-1, 3)[:, :2] for each in (points, others))
            assert np.allclose(xy, other_xy, atol=1000 * LEAST_LINE_DISTANCE), mine["name"]
        compare_fields(mine.get("fields"), wanted["fields"])


def compare_fields(own: Document | None, core: Document | None) -> None:
    """Fail if connectors keep clear of other digits."""
    assert (own is None) == (core is None)
    if own and core:
        assert own["down"] == core["down"]
        insets, others = (np.array(each["groups"], float) for each in (own, core))
        assert np.allclose(insets, others, atol=LEAST_LINE_DISTANCE, equal_nan=True)


@pytest.mark.parametrize("name", presets.list_presets()[::2])
def test_a_layer_without_changes_is_drawn_as_the_core_draws_it(name: str, change: Callable[..., Document]) -> None:
    document = write(name)
    if document["obstacle"] is None:
        made = change(document, [])
        compare(made, document)
        heights = [[grid["origin"][2] for grid in each["grids"]] for each in (made, document)]
        assert np.allclose(*heights, atol=LEAST_DISTANCE)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_layer_is_drawn_as_the_core_draws_it(name: str, change: Callable[..., Document]) -> None:
    settings = [f"layer.{key}={json.dumps(value)}" for key, value in CHANGES[name]]
    compare(change(write(name), CHANGES[name]), write(name, settings))


def test_a_layer_that_is_too_large_is_refused_with_its_size(change: Callable[..., Document]) -> None:
    with pytest.raises(quickjs.JSException, match="tiles are more than the 20000 that this page draws"):
        change(write("padding_strides"), [("input", [200, 200])])
