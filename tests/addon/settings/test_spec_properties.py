# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings as a spec, which is read again only where the settings have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kernelwalk.core import SpecError

pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")


def _add_pooling(scene: Any) -> None:
    scene.kernelwalk.more_layers.add()
    scene.kernelwalk.more_layers[0].op = "max_pool"


CHANGES: dict[str, Callable[[Any], None]] = {
    "title": lambda scene: setattr(scene.kernelwalk, "title", "New"),
    "size": lambda scene: setattr(scene.kernelwalk.layer, "kernel", (2, 2, 2)),
    "one component": lambda scene: scene.kernelwalk.look.colors.input.__setitem__(0, 0.5),
    "option": lambda scene: setattr(scene.kernelwalk.labels, "legend", True),
    "switch": lambda scene: setattr(scene.kernelwalk.walk, "hold_auto", False),
    "angle": lambda scene: setattr(scene.kernelwalk.camera, "azimuth_angle", 1.0),
    "chain": _add_pooling,
    "layer of a chain": lambda scene: setattr(scene.kernelwalk.more_layers[0], "op", "avg_pool"),
    "default": lambda scene: scene.kernelwalk.layer.property_unset("kernel"),
}
"""Changes that are made one after the other, without Blender's updates."""


def test_each_change_is_read_and_nothing_else_is(scene: Any) -> None:
    from kernelwalk.ui.fields import properties
    from kernelwalk.ui.settings import spec_properties

    props = scene.kernelwalk
    known = spec_properties.read_spec(props)
    for name, change in CHANGES.items():
        with properties.without_updates():
            change(scene)
        read = spec_properties.read_spec(props)
        assert read != known, name
        assert spec_properties.read_spec(props) is read, name
        spec_properties._last.clear()
        assert spec_properties.read_spec(props) == read, name
        known = read


def test_invalid_settings_are_reported_until_they_are_valid(scene: Any) -> None:
    from kernelwalk.ui.settings import spec_properties

    props = scene.kernelwalk
    props.layer.kernel = (9, 9, 9)
    for _ in range(2):
        with pytest.raises(SpecError, match="kernel"):
            spec_properties.read_spec(props)
    props.layer.kernel = (3, 3, 3)
    assert spec_properties.find_problems(props) == ()


def test_walks_and_scenes_have_settings_of_their_own(scene: Any) -> None:
    import bpy
    from kernelwalk.ui.settings import spec_properties

    second = scene.kernelwalk_more_walks.add()
    third = scene.kernelwalk_more_walks.add()
    other = bpy.data.scenes.new("Other").kernelwalk
    settings = [scene.kernelwalk, second, third, other]
    for number, props in enumerate(settings):
        props.title = f"Walk {number}"
    for _ in range(2):
        assert [spec_properties.read_spec(props).title for props in settings] == [f"Walk {n}" for n in range(4)]
