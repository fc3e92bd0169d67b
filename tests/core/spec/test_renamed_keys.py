# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of earlier versions are errors that name the new key."""

from __future__ import annotations

from typing import Any

import pytest
from kernelwalk.core import Problem, SpecError, spec_from_table
from kernelwalk.core.layers.registry import LAYERS
from kernelwalk.core.spec.renamed_keys import RENAMED_KEYS, RENAMED_VALUES, upgrade_table
from kernelwalk.core.spec.sections import SECTIONS

LAYER: dict[str, Any] = {"op": "pixel_shuffle", "input": 3, "factor": 2}


def nested(key: str, value: Any) -> dict[str, Any]:
    """Return a spec in which a dotted key has this value."""
    table: dict[str, Any] = {"layer": dict(LAYER)}
    *path, last = key.split(".")
    section = table
    for name in path:
        section = section.setdefault(name, {})
    section[last] = value
    return table


def problems_of(table: dict[str, Any]) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        spec_from_table(table)
    return list(caught.value.problems)


@pytest.mark.parametrize("old", [key for key in RENAMED_KEYS if not key.startswith("words")])
def test_an_old_key_is_an_error_that_names_the_new_one(old: str) -> None:
    (problem,) = problems_of(nested(old, 1))
    assert problem.where == old
    assert problem.remedy == f"Write {RENAMED_KEYS[old]}"


def test_an_old_section_and_its_old_keys_are_errors_that_name_the_new_ones() -> None:
    problems = problems_of(nested("words", {"ticks": True, "title": False}))
    assert [problem.where for problem in problems] == ["words", "words.ticks"]
    assert [problem.remedy for problem in problems] == ["Write [labels]", "Write labels.indices"]


@pytest.mark.parametrize(("old", "new"), RENAMED_VALUES["show.channels"].items())
def test_an_old_value_is_answered_with_the_new_one(old: str, new: str) -> None:
    (problem,) = problems_of(nested("show.channels", old))
    assert problem.remedy == f'Write show.all_channels = "{new}"'


def test_an_old_key_in_a_chain_is_named_with_its_layer() -> None:
    table = {"layers": [{"op": "conv", "input": 3, "kernel": 1, "out_channels": 4}, {**LAYER, "mode": "DCR"}]}
    del table["layers"][1]["input"]
    (problem,) = problems_of(table)
    assert (problem.where, problem.remedy) == ("layers[1].mode", "Write layers[1].channel_order")


@pytest.mark.parametrize("new", RENAMED_KEYS.values())
def test_a_new_key_exists(new: str) -> None:
    section, _, key = new.rpartition(".")
    known = {"layer": [name for layer in LAYERS.values() for name in layer.PARAMETERS], "": list(SECTIONS)}
    assert key in known.get(section, SECTIONS.get(section, ()))


def test_the_schema_may_be_stated() -> None:
    assert spec_from_table({"schema": 1, "layer": LAYER}) == spec_from_table({"layer": LAYER})


@pytest.mark.parametrize("schema", [0, 2, "1", True, 1.5, [], None])
def test_another_schema_is_an_error_with_a_remedy(schema: Any) -> None:
    (problem,) = problems_of({"schema": schema, "layer": LAYER})
    assert problem.where == "schema"
    assert "schema = 1" in problem.remedy


@pytest.mark.parametrize("old", [key for key in RENAMED_KEYS if "." in key])
def test_a_stored_table_with_an_old_key_is_upgraded(old: str) -> None:
    upgraded = upgrade_table(nested(old, "value"))
    *path, last = RENAMED_KEYS[old].split(".")
    section = upgraded
    for name in path:
        section = section[name]
    assert section[last] == "value"
