# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels of the panel: each is its key of a spec, and no two in a panel are the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.core import spec_from_table  # noqa: E402  # only where there is a Blender
from kernelwalk.core.spec import layer_section, values_section  # noqa: E402
from kernelwalk.core.spec.sections import SECTIONS, TITLE  # noqa: E402

from .test_panel import LAYER_TABLES  # noqa: E402

NOT_IN_PANEL = ("code", "depth_multiplier")
"""Keys of a layer that other keys of the panel express."""


def key_properties(scene: Any) -> dict[str, tuple[Any, str]]:
    """Return the property and the meaning of every key of a spec, by the key with its section."""
    props = scene.kernelwalk
    groups = {"look.colors": props.look.colors, **{name: getattr(props, name) for name in SECTIONS if "." not in name}}
    properties = {"title": (props.bl_rna.properties["title"], TITLE.meaning)}
    for section, fields in SECTIONS.items():
        rna = groups[section].bl_rna.properties
        properties |= {f"{section}.{key}": (rna[key], field.meaning) for key, field in fields.items()}
    for key, field in layer_section.FIELDS.items():
        if key not in NOT_IN_PANEL:
            properties[f"layer.{key}"] = (props.layer.bl_rna.properties[key], field.meaning)
    weights = props.layer.weights.bl_rna.properties
    for key, field in values_section.FIELDS.items():
        rna = weights if key in ("kernel", "activation") else props.values.bl_rna.properties
        properties[f"values.{key}"] = (rna[key], field.meaning)
    return properties


class RecordingLayout:
    """A panel's layout that records the labels of properties and toggles, in order."""

    def __init__(self) -> None:
        self.labels: list[str] = []

    def row(self, heading: str = "", **_: Any) -> RecordingLayout:
        self.labels += [heading] if heading else []
        return self

    def column(self, heading: str = "", **_: Any) -> RecordingLayout:
        return self.row(heading)

    def box(self) -> RecordingLayout:
        return self

    def label(self, **_: Any) -> None:
        pass

    def operator(self, _name: str, **_: Any) -> Any:
        return SimpleNamespace()

    def prop(self, group: Any, key: str, text: str | None = None, expand: bool = False, **_: Any) -> None:
        label = group.bl_rna.properties[key].name if text is None else text
        if label and not expand and label not in ("X", "Y", "Z"):  # further axes of a size
            self.labels.append(label)


def test_every_label_is_its_key_in_title_case(scene: Any) -> None:
    properties = key_properties(scene)
    assert len(properties) > 90
    for key, (prop, _) in properties.items():
        name = key.rpartition(".")[2]
        assert prop.name.lower() == name.replace("_", " "), key
        assert prop.name[0].isupper()


def test_every_tooltip_is_the_meaning_of_the_key(scene: Any) -> None:
    for key, (prop, meaning) in key_properties(scene).items():
        if key != "layer.padding":  # a choice of names; numbers are in other properties
            assert prop.description == meaning, key


def test_no_label_occurs_twice_in_a_panel(scene: Any) -> None:
    from kernelwalk.ui import panels

    props = scene.kernelwalk
    for panel in panels.CLASSES:
        if hasattr(panel, "spec_keys"):
            labels = [getattr(props, panel.section).bl_rna.properties[key].name for key in panel.spec_keys]
            assert len(set(labels)) == len(labels), panel
    titles = [panel.bl_label for panel in panels.CLASSES]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("is_automatic", [True, False])
@pytest.mark.parametrize("number", range(len(LAYER_TABLES)))
def test_no_label_is_drawn_twice_for_a_layer(scene: Any, number: int, is_automatic: bool) -> None:
    from kernelwalk.ui.layers import layer_panel
    from kernelwalk.ui.settings import spec_properties
    from kernelwalk.ui.settings.layer_properties import AUTO_SWITCHES

    spec_properties.write_spec(spec_from_table({"layer": LAYER_TABLES[number]}), scene.kernelwalk)
    for key in AUTO_SWITCHES:
        setattr(scene.kernelwalk.layer, f"{key}_auto", is_automatic)
    layout = RecordingLayout()
    system = SimpleNamespace(ui_scale=1.0)  # without a window, Blender's is 0
    context = SimpleNamespace(scene=scene, region=None, preferences=SimpleNamespace(system=system))
    layer_panel.KERNELWALK_PT_layer.draw(SimpleNamespace(layout=layout), context)
    assert len(layout.labels) > 3
    assert len(set(layout.labels)) == len(layout.labels), layout.labels


def test_channels_is_the_label_of_one_property(scene: Any) -> None:
    labels = [prop.name for prop, _ in key_properties(scene).values()]
    assert labels.count("Channels") == 1
