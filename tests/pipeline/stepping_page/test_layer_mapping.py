# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's layers in JavaScript, compared with the core's on random layers of every operation."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import SpecError, spec_from_table
from kernelwalk.core.describe.mapping_document import export_layer, export_mapping, make_tables
from kernelwalk.core.describe.sentences import describe_step, describe_tile, find_fed_outputs
from kernelwalk.core.describe.summary import summarize_layers
from kernelwalk.core.describe.tile_query import describe_walk_step
from kernelwalk.core.layers.registry import LAYERS, Layer
from kernelwalk.core.spec.limits import Purpose
from kernelwalk.core.spec.spec import Spec
from kernelwalk.core.values.activations import ACTIVATIONS
from kernelwalk.core.values.compute import compute_values
from kernelwalk.core.values.partial_sums import compute_partial_sums
from kernelwalk.core.values.sum_text import SumWriter
from kernelwalk_pipeline.stepping_page.scripts import join_scripts

from .random_layers import LayerMaker, Table

quickjs = pytest.importorskip("quickjs", reason="needs kernelwalk[farms]")

BLOCKS, LAYERS_PER_BLOCK = 10, 1000
"""Blocks of random layers, which run beside each other, and the layers of each."""

SPECS_PER_BLOCK = 100
"""Walks with values that are computed for each block."""

CHANGED_LAYERS = 300
"""Layers of which one parameter is changed."""

MOST_TAPS = 3000
"""Bound of the taps of all outputs of such a walk."""

Answer = Callable[[str, Any], Any]
"""A function of answers.js by its name, with its argument; both in plain values."""


@pytest.fixture(scope="module")
def answer() -> Answer:
    """Return the function that asks the page's scripts."""
    context = quickjs.Context()
    context.eval(join_scripts() + (Path(__file__).parent / "answers.js").read_text())
    context.eval(f"const TABLES = {json.dumps(make_tables())}")

    def ask(function: str, argument: Any) -> Any:
        return json.loads(context.eval(f"JSON.stringify({function}({json.dumps(argument)}))"))

    return ask


def normalize(value: Any) -> Any:
    """Return a value as JSON returns it."""
    return json.loads(json.dumps(value, default=lambda each: each.tolist()))


def describe_layer(layer: Layer) -> Table:
    """Return what `describeLayer` of answers.js returns, from the core."""
    channels = layer.channels
    outputs = np.arange(channels.outputs)
    axes = [
        [axis.cells.start, axis.stride, axis.upsampling, axis.cell_kinds(), axis.cell_sources, axis.source_table()]
        for axis in layer.axes
    ]
    return {
        "sizes": [layer.input, layer.kernel, layer.stride, layer.padding, layer.dilation, layer.output],
        "channels": [list(each) for each in (channels, layer.drawn_channels)],
        "pairs": channels.group_inputs(channels.group_of(outputs)),
        "borders": layer.output_borders,
        "axes": axes,
        "windows": [axis.window_cells(np.arange(axis.output)) for axis in layer.axes],
        "equations": [
            [layer.size_equation(axis) for axis in range(layer.dims)],
            layer.channel_equation(),
            layer.weight_equation(),
        ],
    }


class Question:
    """A layer and the places that are asked about; and the core's answer."""

    def __init__(self, maker: LayerMaker):
        self.table = maker.make()
        self.positions: list[Table] = []
        self.cells: list[Table] = []
        self.held: list[Table] = []
        parameters = {"input": None} | self.table
        for key in ("input", "kernel"):
            if key in LAYERS[self.table["op"]].PARAMETERS:
                parameters.setdefault(key, None)
        del parameters["op"]
        try:
            layer = LAYERS[self.table["op"]](**parameters)
        except SpecError as error:
            problems = [[each.where, each.what, each.remedy] for each in error.problems]
            self.expected = {"problems": problems, "message": str(error)}
            return
        self._choose_places(maker, layer)
        steps = [
            [layer.taps(place), describe_step(layer, place), describe_step(layer, place, channel)]
            for place, channel in map(dict.values, self.positions)
        ]
        tiles = [
            [
                list(itertools.product(*find_fed_outputs(layer, cell))),
                describe_tile(layer, cell),
                describe_tile(layer, cell, channel),
            ]
            for cell, channel in map(dict.values, self.cells)
        ]
        moves = {"source": layer.source_of, "target": layer.target_of}
        held = [moves[at["move"]](at["channel"], at["position"]) for at in self.held]
        spec = spec_from_table({"layer": export_layer(layer)})
        self.expected = normalize(
            {
                **describe_layer(layer),
                "summary": [layer.display_name, summarize_layers(spec)],
                "steps": steps,
                "tiles": tiles,
                "held": held,
            }
        )

    def _choose_places(self, maker: LayerMaker, layer: Layer) -> None:
        for _ in range(2):
            output, source = (
                {"position": [maker.random.randrange(size) for size in sizes], "channel": maker.random.randrange(count)}
                for sizes, count in ((layer.output, layer.channels.outputs), (layer.input, layer.channels.inputs))
            )
            cell = [maker.random.choice(axis.cells) for axis in layer.axes]
            self.positions.append(output)
            self.cells.append({"cell": cell, "channel": source["channel"]})
            if layer.is_rearrangement:
                self.held.append({"move": "source", **output})
            if layer.has_targets:
                self.held.append({"move": "target", **source})

    def to_plain(self) -> Table:
        """Return the question."""
        return {"table": self.table, "positions": self.positions, "cells": self.cells, "held": self.held}


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_layers_are_the_cores(block: int, answer: Answer):
    """Sizes, cells, reads, readers, channels, equations, sentences; problems of layers that are not possible."""
    maker = LayerMaker(block)
    questions = [Question(maker) for _ in range(LAYERS_PER_BLOCK)]
    answers = answer("answerLayers", [each.to_plain() for each in questions])
    for question, given in zip(questions, answers, strict=True):
        assert given == question.expected, question.table
    kinds = {("problems" in each.expected, each.table["op"]) for each in questions}
    assert len(kinds) == 2 * len(LAYERS)


def make_random_spec(maker: LayerMaker) -> Spec:
    """Return the spec of a random layer with values and a walk, of those that have few products."""
    while True:
        try:
            layer = spec_from_table({"layer": maker.make()}).layer
            if layer.position_count * layer.channels.outputs * math.prod(layer.kernel) < MOST_TAPS:
                return spec_from_table({"layer": export_layer(layer), **make_random_sections(maker, layer)})
        except SpecError:
            continue


def make_random_sections(maker: LayerMaker, layer: Layer) -> Table:
    """Return the sections of a spec's table that hold values and set the walk."""
    random = maker.random

    def draw(*shape: int) -> Any:
        choices = (lambda: random.randint(-9, 9), lambda: random.randint(-40, 40) / 8)
        numbers = [random.choice(choices)() for _ in range(math.prod(shape))]
        return (np.array(numbers) * random.choice((1, 1, 1000, 2**-10, 2**-27))).reshape(shape).tolist()

    source = draw(layer.channels.inputs, *layer.input)
    values: Table = {
        "input": source if layer.channels.inputs > 1 else source[0],
        "activation": random.choice(("none", "none", *ACTIVATIONS)),
        "decimals": random.choice(("auto", "auto", random.randint(0, 6))),
        "channel": random.randrange(layer.channels.outputs),
    }
    if layer.has_weights:
        kernel = draw(*layer.kernel_shape)
        has_channels = layer.kernel_shape[:2] != (1, 1)
        values |= {"kernel": kernel if has_channels else kernel[0][0], "bias": draw(layer.channels.outputs)}
    if random.random() < 0.3:
        values["norm"] = {"mean": 0.5, "variance": 2.0, "weight": 1.5, "bias": 0.25}
    walk = {
        "order": random.choice(("rows", "columns", "serpentine")),
        "filters": random.choice(("together", "each")),
        "every": random.choice((1, 1, 2, 3)),
        "first": random.choice(("auto", 1, 4)),
    }
    show = {"transposed": random.choice(("gather", "scatter")), "all_channels": random.choice(("auto", "on", "off"))}
    return {"values": values, "walk": walk, "show": show}


def check_spec(spec: Spec, steps: list[int], given: Any) -> None:
    """Compare the page's answer about a walk with the core's."""
    order = spec.walk_order
    assert given["count"] == order.step_count
    assert given["positions"] == [order.position_at(step) for step in steps]
    assert given["steps"] == steps
    if len(spec.layers) == 1:
        assert given["sentences"] == [describe_walk_step(spec, step) for step in steps]
    values = compute_values(spec)
    if values is None:
        assert given["grids"] is given["sums"] is None
        return
    check_tensors(given["grids"], values.grids)
    if spec.is_scatter:
        check_tensors(given["stages"], compute_partial_sums(spec, values))
    writer = SumWriter(spec, values, max_terms=4)
    assert given["sums"] == [writer.write(step) for step in steps]


def check_tensors(given: Any, expected: Any) -> None:
    assert len(given) == len(expected)
    for (shape, numbers), tensor in zip(given, expected, strict=True):
        assert shape == list(tensor.shape)
        parsed = np.array([float(number.replace("Infinity", "inf")) for number in numbers])
        scale = np.abs(tensor[np.isfinite(tensor)]).max(initial=1e-30)
        np.testing.assert_allclose(parsed.reshape(shape), tensor, rtol=1e-12, atol=1e-13 * scale + 1e-14)


def test_a_layer_takes_what_a_panel_shows_and_one_change(answer: Answer):
    """A panel's own values make the same layer; another value makes the core's layer, or its problems."""
    maker = LayerMaker(BLOCKS)
    layers = [make_random_spec(maker).layer for _ in range(CHANGED_LAYERS)]
    tables = [export_layer(layer) for layer in layers]
    changes = [(maker.random.choice(LAYERS[layer.op].PARAMETERS), maker.random.randint(0, 4)) for layer in layers]
    answers = answer("answerChanges", [[table, *change] for table, change in zip(tables, changes, strict=True)])
    for layer, table, (key, value), given in zip(layers, tables, changes, answers, strict=True):
        assert [each["key"] for each in given["fields"]] == list(layer.PARAMETERS)
        assert given["same"] == normalize(describe_layer(layer))["sizes"], table
        try:
            expected = normalize(
                describe_layer(spec_from_table({"layer": {**table, key: value}}, Purpose.REPORT).layer)
            )["sizes"]
        except SpecError as error:
            expected = str(error)
        assert given["changed"] == expected, (table, key, value)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_values_and_walks_are_the_cores(block: int, answer: Answer):
    maker = LayerMaker(1000 + block)
    specs = [make_random_spec(maker) for _ in range(SPECS_PER_BLOCK)]
    steps = [sorted({maker.random.randrange(spec.step_count) for _ in range(3)}) for spec in specs]
    pairs = zip(specs, steps, strict=True)
    questions = [{"mapping": {**export_mapping(spec), "tables": None}, "steps": at} for spec, at in pairs]
    answers = answer("answerSpecs", questions)
    for spec, at, given in zip(specs, steps, answers, strict=True):
        check_spec(spec, at, given)
