# SPDX-License-Identifier: GPL-3.0-or-later
"""F1 on a field leads to its place in the manual, which tells every key; angles are shown as Blender shows angles."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from math import radians
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.ui import manual  # noqa: E402  # only where there is a Blender


def test_f1_on_every_field_and_button_leads_to_its_place_in_the_manual(scene: Any) -> None:
    address, patterns = manual.map_fields()
    page = Path(unquote(urlparse(address).path)).read_text(encoding="utf-8")
    anchors = {f"#{anchor}" for anchor in re.findall(r"id='([\w.]+)'", page)}

    def find(asked: str) -> str:
        return next(anchor for pattern, anchor in patterns if fnmatchcase(asked.lower(), pattern))  # as Blender asks

    props = scene.kernelwalk
    for section, (_, fields) in manual.GROUPS.items():
        group = props.look.colors if section == "look.colors" else getattr(props, section)
        for key in fields.keys() & set(group.bl_rna.properties.keys()):
            assert find(f"bpy.types.{type(group).__name__}.{key}") == f"#{section}.{key}"
    assert find("bpy.types.KERNELWALK_PG_weights.activation") == "#values.activation"
    assert find("bpy.types.KERNELWALK_PG_kernel_grid.whole_row_3") == "#values.kernel"
    groups = [value for value in bpy.types.PropertyGroup.__subclasses__() if value.__name__.startswith("KERNELWALK_PG")]
    assert len(groups) > 12
    for group in groups:
        for prop in group.bl_rna.properties:
            if prop.type not in ("POINTER", "COLLECTION") and prop.identifier != "name" and not prop.is_hidden:
                anchor = find(f"bpy.types.{group.__name__}.{prop.identifier}")
                assert anchor in anchors and anchor != f"#{manual.PANEL}", (group, prop)
    for name in dir(bpy.ops.kernelwalk):
        assert find(f"bpy.ops.kernelwalk.{name}") in anchors
    assert find("bpy.types.WindowManager.kernelwalk_other_framework") in anchors


def test_an_angle_is_set_in_blenders_unit_and_stored_in_degrees(scene: Any) -> None:
    camera = scene.kernelwalk.camera
    for key, degrees in (("azimuth", -70.5), ("elevation", 41), ("field_of_view", 33), ("orbit", 720)):
        setattr(camera, f"{key}_angle", radians(degrees))
        assert getattr(camera, key) == pytest.approx(degrees, abs=1e-3)
        assert camera.bl_rna.properties[f"{key}_angle"].subtype == "ANGLE"
    assert manual.make_page().count("<dt") > 100


def test_a_template_is_chosen_by_its_button(scene: Any) -> None:
    bpy.ops.kernelwalk.choose_template(template="dark")
    assert scene.kernelwalk.look.template == "dark"
