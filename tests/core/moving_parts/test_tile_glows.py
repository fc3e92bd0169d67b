# SPDX-License-Identifier: GPL-3.0-or-later
"""Glows are few. Where they are at each step is tested by the files, in tests/core/gltf and tests/pipeline/usd."""

from __future__ import annotations

import pytest
from kernelwalk.core import make_plan, spec_from_table
from kernelwalk.core.arrays import Floats, Integers
from kernelwalk.core.font_metrics import Font
from kernelwalk.core.gltf.scene_writer import GltfWriter
from kernelwalk.core.moving_parts.tile_parts import add_tiles
from kernelwalk.core.plan.rests import list_rests


def make_no_words(font: Font, text: str) -> tuple[Floats, Integers]:
    raise AssertionError


@pytest.mark.parametrize(("glides", "count"), [(False, 9 + 1), (True, 2 * 9 + 2)], ids=["steps", "gliding"])
def test_there_are_as_many_bodies_as_tiles_are_active_at_a_time_or_twice_if_they_fade(glides, count):
    spec = spec_from_table({"layer": {"op": "conv", "input": [3, 40], "kernel": 3}, "labels": {"title": False}})
    plan = make_plan(spec)
    writer = GltfWriter("a", plan.frames, spec.walk.fps, glides_colors=glides)
    added: list[str] = []
    add_part = writer.add_part
    writer.add_part = lambda parent, name, *rest, **named: added.append(name) or add_part(parent, name, *rest, **named)
    add_tiles(writer, writer.root, plan, list_rests(spec), make_no_words)
    assert len([name for name in added if name.startswith("Tile")]) == 3 * 40 + 38
    assert 0 < len([name for name in added if name == "Glow"]) <= count
