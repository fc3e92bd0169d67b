# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers as plain data for pages. That pages compute with it as the core does: tests/pipeline/stepping_page."""

from __future__ import annotations

import json

import pytest
from kernelwalk.core import load_preset
from kernelwalk.core.describe.mapping_document import export_mapping
from kernelwalk.core.layers.problem_texts import PROBLEM_TEXTS
from kernelwalk.core.layers.registry import LAYERS
from kernelwalk.core.spec.presets import list_presets


@pytest.mark.parametrize("preset", [*list_presets()[::4], "receptive_field"])
def test_a_document_in_json_makes_the_same_layers(preset: str):
    spec = load_preset(preset)
    document = json.loads(json.dumps(export_mapping(spec), allow_nan=False))
    made = [LAYERS[table.pop("op")](**table) for table in document["layers"]]
    assert made == list(spec.layers)
    assert document["tables"]["problems"].keys() == PROBLEM_TEXTS.keys()
    assert (document["values"] is None) == (spec.values is None)
