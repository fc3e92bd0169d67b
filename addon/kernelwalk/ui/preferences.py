# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences: what holds for every file of a user."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ..core.spec import templates

ADDON_ID = __package__.rpartition(".")[0]
"""The add-on's name in Blender, which depends on the repository that it was installed from."""

DEFAULTS = SimpleNamespace(template=templates.DEFAULT_TEMPLATE, live_tiles=20_000, show_colors=True)


def search_templates(_owner: Any, _context: Any, _text: str) -> list[str]:
    """What is offered while a template's name is typed."""
    return templates.template_names()


class KERNELWALK_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = ADDON_ID

    template: StringProperty(
        name="Default Look",
        description="The look that new files and scenes begin with: a template that ships, or a .blend of your own",
        default=DEFAULTS.template,
        subtype="FILE_PATH",
        search=search_templates,
        search_options={"SUGGESTION"},
    )
    live_tiles: IntProperty(
        name="Live Up To",
        description="Tiles up to which a scene follows each change by itself; larger ones wait for Generate",
        default=DEFAULTS.live_tiles,
        min=0,
        soft_max=200_000,
    )
    show_colors: BoolProperty(
        name="Show Colors",
        description="On Generate, switch 3D views that show no colors (solid, wireframe) to Material Preview",
        default=DEFAULTS.show_colors,
    )

    def draw(self, _context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "template")
        layout.prop(self, "live_tiles", text="Live Up To (Tiles)")
        layout.prop(self, "show_colors")


def get_preferences() -> Any:
    """The preferences, or what they are at first where Kernelwalk was registered by a script."""
    addon = bpy.context.preferences.addons.get(ADDON_ID)
    return DEFAULTS if addon is None else addon.preferences


CLASSES = (KERNELWALK_AP_preferences,)
