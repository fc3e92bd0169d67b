# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that a walk has in the user's scene: those for its own camera, if that is used, and a color that
can be read on the scene's world.

Source of the contrast: WCAG 2.2, relative luminance and contrast ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import bpy
import numpy as np

from ...core.plan.plan import Plan
from ...core.spec.colors_section import srgb_to_linear
from ...core.spec.spec import Spec
from .. import compat
from ..builds.ownership import TAG, WORLD_KEY, find_camera, find_other_roots, find_root_collections
from .scene_setup import SceneSetup, get_parts, is_set_up

WORDS_KEY = f"{TAG}_words"
"""Key of a root collection: its WalkWords, as text."""

BACKGROUND_KEY = f"{TAG}_background"
"""Key of a root collection: the color of the world in the walk's template, as #RRGGBB."""

MIN_CONTRAST = 3.0
"""Contrast of large text from which on it can be read."""

WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
"""Weights of linear red, green and blue in the luminance."""

GREYS = ("#FFFFFF", "#000000", *(f"#{level:02X}{level:02X}{level:02X}" for level in range(8, 255, 8)))
"""Colors of words that cannot be read in the look's: what is best on one background is the first or the second."""


class WalkWords(NamedTuple):
    """The words that a walk has, and their color, as #RRGGBB.

    for_own_camera: whether those fixed in the picture of the walk's camera are there, and lines through tiles
    """

    for_own_camera: bool
    color: str


def choose_words(scene: bpy.types.Scene, root: bpy.types.Collection | None, spec: Spec, setup: SceneSetup) -> WalkWords:
    """Return the words of a walk for a scene as it is now.

    root: of the walk, if it is built
    setup: parts of the scene that the walk sets up
    """
    for_own_camera = "camera" in setup.parts or (root is not None and _uses_camera(scene, find_camera(root)))
    colors = spec.look.colors
    if "world" in setup.parts or scene.render.film_transparent:
        return WalkWords(for_own_camera, colors.text)
    floor = [srgb_to_linear(colors.background).tolist()] if setup.lights and spec.look.shadows else []
    world = find_world_color(scene)
    return WalkWords(for_own_camera, colors.text if world is None else choose_color(colors.text, [world, *floor]))


def store_words(root: bpy.types.Collection, words: WalkWords, spec: Spec) -> None:
    """Store with a walk which words it has, and the color of its own world."""
    root[WORDS_KEY], root[BACKGROUND_KEY] = _write_words(words), spec.look.colors.background


def has_words(root: bpy.types.Collection, words: WalkWords) -> bool:
    """Return whether a walk has these words. One of an earlier version counts as having them."""
    return root.get(WORDS_KEY) in (None, _write_words(words))


def _write_words(words: WalkWords) -> str:
    return f"{words.color} {words.for_own_camera}"


def color_words(plan: Plan, words: WalkWords) -> Plan:
    """Return a plan whose labels have the color of words: all the same, if it is not that of the look."""
    look = plan.spec.look
    if words.color == look.colors.text:
        return plan
    red, green, blue = look.to_scene_rgb(words.color).tolist()
    sums = plan.sum_label
    return replace(
        plan,
        labels=tuple(replace(label, color=(red, green, blue)) for label in plan.labels),
        counter_labels={name: replace(label, color=(red, green, blue)) for name, label in plan.counter_labels.items()},
        sum_label=None if sums is None else replace(sums, color=(red, green, blue)),
        beside=None if plan.beside is None else color_words(plan.beside, words),
    )


def find_world_color(scene: bpy.types.Scene) -> Sequence[float] | None:
    """Return the linear RGB of a scene's world, black without one; None for a world with a picture or a sky."""
    world: Any = scene.world
    if world is None:
        return 0.0, 0.0, 0.0
    for root in (*find_root_collections(scene), *find_other_roots(scene)):
        background = root.get(BACKGROUND_KEY)
        if root.get(WORLD_KEY) == world and background is not None:
            red, green, blue = srgb_to_linear(background).tolist()
            return red, green, blue
    if not compat.uses_nodes(world) or world.node_tree is None:
        return tuple(world.color)
    output = next((node for node in world.node_tree.nodes if node.bl_idname == "ShaderNodeOutputWorld"), None)
    links = output.inputs["Surface"].links if output is not None else ()
    source = links[0].from_node if links else None
    if source is None:
        return 0.0, 0.0, 0.0
    if source.bl_idname != "ShaderNodeBackground" or any(socket.is_linked for socket in source.inputs):
        return None
    strength = source.inputs["Strength"].default_value
    return tuple(value * strength for value in source.inputs["Color"].default_value[:3])


def choose_color(color: str, backgrounds: Sequence[Sequence[float]]) -> str:
    """Return a color of text, as #RRGGBB, or the grey that can be read best if it cannot be read on all backgrounds.

    backgrounds: linear RGB of each

    >>> [choose_color("#333333", [[grey] * 3]) for grey in (0.8, 0.05)], choose_color("#EEEEEE", [[0.7] * 3])
    (['#333333', '#FFFFFF'], '#000000')
    """

    def find_least(text: str) -> float:
        return min(_find_contrast(srgb_to_linear(text), np.array(background)) for background in backgrounds)

    return color if find_least(color) >= MIN_CONTRAST else max(GREYS, key=find_least)


def _find_contrast(first: Any, second: Any) -> float:
    low, high = sorted(float(WEIGHTS @ each) + 0.05 for each in (first, second))
    return high / low


def _uses_camera(scene: bpy.types.Scene, camera: bpy.types.Object | None) -> bool:
    """Return whether a user has chosen a walk's camera for the scene, or a marker at which the scene changes to it."""
    has_set = is_set_up(scene) and "camera" in get_parts(scene)  # then it goes
    cameras = [marker.camera for marker in scene.timeline_markers] + ([] if has_set else [scene.camera])
    return camera is not None and camera in cameras
