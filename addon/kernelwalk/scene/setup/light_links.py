# SPDX-License-Identifier: GPL-3.0-or-later
"""Light linking between several walks of a scene: a template's lights shine on their own walk alone.

Else a second walk would change the first one's picture. EEVEE has light linking since Blender 4.3.
"""

from __future__ import annotations

from typing import Any

import bpy

from ..builds.ownership import find_other_roots, find_root_collections, get_built_objects


def link_lights(scene: bpy.types.Scene) -> None:
    """Link the lights of each walk in a scene to that walk; those of a single walk to nothing, since that costs less.

    Lights that a user has linked to something else stay so.
    """
    roots = [*find_root_collections(scene), *find_other_roots(scene)]
    for root in roots:
        wanted = root if len(roots) > 1 else None
        for light in get_built_objects(root):
            if light.type == "LIGHT" and get_link(light) in (None, root):
                _set_link(light, wanted)


def get_link(light: Any) -> bpy.types.Collection | None:
    """Return the collection on which alone a light shines, or None if it shines on everything."""
    linked: bpy.types.Collection | None = light.light_linking.receiver_collection
    return linked


def _set_link(light: Any, wanted: bpy.types.Collection | None) -> None:
    if get_link(light) != wanted:  # each change compiles the scene's shaders again
        light.light_linking.receiver_collection = wanted
