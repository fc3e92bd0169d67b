# SPDX-License-Identifier: GPL-3.0-or-later
"""The template of an earlier build: another build uses its data again, if it is as that of the file would be."""

from __future__ import annotations

import bpy

from ...core.spec.look_section import Look
from ..builds import hand_changes
from ..builds.object_store import ROLE_KEY, load_stored
from ..builds.ownership import TAG, WORLD_KEY, get_built_objects
from .scene_setup import LIGHTS_KEY
from .template_loader import LINE_GROUP, TILE_GROUP, LoadedTemplate, describe_source, get_facts, has_background

GROUPS_KEY = f"{TAG}_groups"
"""Key of a root collection's pointers to the template's groups of nodes, by their names."""


def find_earlier_template(
    root: bpy.types.Collection, scene: bpy.types.Scene, look: Look, lights: bool
) -> LoadedTemplate | None:
    """Return the template's data in a build, or None if any of it is gone, has been changed, or must be another.

    lights: whether the template's lights and floor are to be shown
    """
    stored, facts, groups = load_stored(root), get_facts(look), root.get(GROUPS_KEY, {})
    tile_group, line_group = groups.get(TILE_GROUP), groups.get(LINE_GROUP)
    if facts is None or tile_group is None or line_group is None or root.get(LIGHTS_KEY) != lights:
        return None
    if stored.get("template") != describe_source(look):
        return None
    by_role = {each.get(ROLE_KEY): each for each in get_built_objects(root)}
    objects: list[bpy.types.Object] = []
    for role in (f"template {name}" for name in facts.object_names):
        built, state = by_role.get(role), stored["states"].get(role)
        if built is None or state is None or built in objects or built.name not in scene.objects:
            return None
        if role in stored["changes"] or hand_changes.find_change(state, built):
            return None
        objects.append(built)
    world = root.get(WORLD_KEY)
    if (world is not None) != facts.has_world:
        return None
    template = LoadedTemplate(facts, tile_group, line_group, tuple(objects), world)
    return template if has_background(template, look) else None


def store_groups(root: bpy.types.Collection, template: LoadedTemplate) -> None:
    """Store pointers to a template's groups in the root collection of a build that uses them."""
    root[GROUPS_KEY] = {TILE_GROUP: template.tile_group, LINE_GROUP: template.line_group}


def forget_groups(root: bpy.types.Collection) -> None:
    """Delete the pointers, which keep the groups from going."""
    root.pop(GROUPS_KEY, None)  # type: ignore[attr-defined]  # the stubs miss it on every datablock
