# SPDX-License-Identifier: GPL-3.0-or-later
"""Every key of a spec has a meaning and a label."""

from __future__ import annotations

import inspect

import pytest
from kernelwalk.core import spec_from_table
from kernelwalk.core.layers.axis import PADDING_MODES
from kernelwalk.core.layers.padding import CONV_PADDING
from kernelwalk.core.layers.registry import LAYERS
from kernelwalk.core.spec import layer_section, values_section
from kernelwalk.core.spec.camera_section import VIEWS
from kernelwalk.core.spec.fields import Field, format_label
from kernelwalk.core.spec.sections import SECTIONS
from kernelwalk.core.validation import Choice
from kernelwalk.core.walk.easing import EASINGS

SPEC = spec_from_table({"layer": {"op": "conv", "input": 5, "kernel": 3}})

FIELDS: dict[str, Field] = {
    f"{section}.{key}": field
    for section, fields in {"layer": layer_section.FIELDS, **SECTIONS, "values": values_section.FIELDS}.items()
    for key, field in fields.items()
}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_a_field_for_each_of_its_values(section: str) -> None:
    value = SPEC.look.colors if section == "look.colors" else getattr(SPEC, section)
    keys = {*inspect.signature(type(value)).parameters} - {"colors"}
    assert keys == set(SECTIONS[section])


def test_layers_have_a_field_for_each_of_their_parameters() -> None:
    parameters = {key for layer in LAYERS.values() for key in layer.PARAMETERS}
    assert parameters | {"op", "code"} == set(layer_section.FIELDS)


@pytest.mark.parametrize("key", FIELDS)
def test_a_meaning_is_one_line_that_begins_large_and_has_no_full_stop(key: str) -> None:
    for meaning in (FIELDS[key].meaning, *FIELDS[key].options.values()):
        assert meaning[0].isupper() or meaning[0] == '"'
        assert not meaning.endswith(".") and "\n" not in meaning
        assert "colour" not in meaning.lower(), "Blender uses American English"


@pytest.mark.parametrize("key", FIELDS)
def test_every_option_has_a_meaning(key: str) -> None:
    field = FIELDS[key]
    if isinstance(field.check, Choice):
        assert field.check.options == tuple(field.options)


def test_options_are_those_that_the_code_knows() -> None:
    assert tuple(FIELDS["walk.order"].options) == ("rows", "columns", "serpentine")
    assert set(FIELDS["walk.easing"].options) == set(EASINGS)
    assert set(FIELDS["camera.orbit_easing"].options) <= set(EASINGS)
    assert set(FIELDS["camera.view"].options) == set(VIEWS)
    assert set(FIELDS["layer.op"].options) == set(LAYERS)
    assert tuple(FIELDS["layer.padding_mode"].options) == PADDING_MODES
    assert set(layer_section.PADDING_NAMES) == set(CONV_PADDING)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("layer.in_channels", "In Channels"),
        ("walk.frames_per_step", "Frames per Step"),
        ("walk.filters", "Filters"),
        ("walk.fps", "FPS"),
        ("camera.field_of_view", "Field of View"),
        ("look.colors.input_active", "Input Active"),
        ("three-quarter", "Three-quarter"),
        ("eevee", "EEVEE"),
        ("onnx", "ONNX"),
    ],
)
def test_a_label_is_the_key_in_title_case(name: str, label: str) -> None:
    assert format_label(name) == label


@pytest.mark.parametrize("section", SECTIONS)
def test_no_two_keys_of_a_section_have_the_same_label(section: str) -> None:
    labels = [format_label(key) for key in SECTIONS[section]]
    assert len(set(labels)) == len(labels)
