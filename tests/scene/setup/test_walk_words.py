# SPDX-License-Identifier: GPL-3.0-or-later
"""Colors of words that can be read on a user's world."""

from __future__ import annotations

from typing import Any

import pytest
from kernelwalk.scene.setup import walk_words

from ..helpers import bpy


@pytest.mark.parametrize("text", ["#222222", "#777777", "#EEEEEE", "#C04020"])
@pytest.mark.parametrize("grey", [0.0, 0.05, 0.18, 0.5, 1.0, 3.0])
def test_words_have_contrast_in_any_world_and_keep_a_color_that_has(text: str, grey: float) -> None:
    chosen = walk_words.choose_color(text, [[grey] * 3])
    contrasts = [
        walk_words._find_contrast(walk_words.srgb_to_linear(color), walk_words.np.array([grey] * 3))
        for color in (text, chosen)
    ]
    assert contrasts[1] >= 3 and (chosen == text) == (contrasts[0] >= 3)


@pytest.mark.parametrize("world", [0.05, 1.0])
@pytest.mark.parametrize(("text", "floor"), [("#222222", 0.9), ("#EEEEEE", 0.01)])
def test_words_can_be_read_on_the_floor_and_beside_it(text: str, floor: float, world: float) -> None:
    chosen = walk_words.srgb_to_linear(walk_words.choose_color(text, [[world] * 3, [floor] * 3]))
    backgrounds = walk_words.np.array([[world] * 3, [floor] * 3])
    assert min(walk_words._find_contrast(chosen, each) for each in backgrounds) >= 2.9


def test_the_color_of_a_world_is_read_from_its_background_alone(scene: Any) -> None:
    world = scene.world = bpy.data.worlds.new("Mine")
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    background = next(node for node in nodes if node.bl_idname == "ShaderNodeBackground")
    background.inputs["Color"].default_value = (0.5, 0.25, 0.125, 1)
    background.inputs["Strength"].default_value = 2
    assert walk_words.find_world_color(scene) == pytest.approx((1, 0.5, 0.25))
    links.new(nodes.new("ShaderNodeTexSky").outputs[0], background.inputs["Color"])
    assert walk_words.find_world_color(scene) is None
    nodes.remove(background)
    assert walk_words.find_world_color(scene) == (0, 0, 0)
    scene.world = None
    assert walk_words.find_world_color(scene) == (0, 0, 0)
