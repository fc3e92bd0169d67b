# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences: settings of a user, for all files."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ...core.spec import templates

ADDON_ID = __package__.rpartition(".ui.")[0]
"""The add-on's name in Blender. It depends on the repository from which the add-on was installed."""

DEFAULTS = SimpleNamespace(
    template=templates.DEFAULT_TEMPLATE, live_tiles=20_000, show_colors="MATERIAL", camera_view=True
)

SHOW_COLORS_ITEMS = [
    ("OFF", "Off", "Leave the shading of 3D views as it is", 0),
    ("MATERIAL", "Material Preview", "Switch from Solid and Wireframe to Material Preview, as the picture will be", 1),
    ("SOLID", "Solid", "Switch from Wireframe to Solid, which shows the colors of the walk alone, and is fast", 2),
]


def search_templates(_owner: Any, _context: Any, _text: str) -> list[str]:
    """Return the suggestions for the name of a template; Blender calls this while the name is typed."""
    return templates.list_templates()


class KERNELWALK_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = ADDON_ID

    template: StringProperty(
        name="Default Template",
        description="Template of new files and scenes: the name of one that ships, or a .blend file",
        default=DEFAULTS.template,
        subtype="FILE_PATH",
        search=search_templates,
        search_options={"SUGGESTION"},
    )
    live_tiles: IntProperty(
        name="Live Up To",
        description="Number of tiles up to which a scene is updated after each change; larger ones wait for Generate",
        default=DEFAULTS.live_tiles,
        min=0,
        soft_max=200_000,
    )
    show_colors: EnumProperty(
        name="Show Colors",
        description="On Generate, 3D views show the colors of the walk, with the scene's world and lights",
        items=SHOW_COLORS_ITEMS,
        default=DEFAULTS.show_colors,
    )
    camera_view: BoolProperty(
        name="Camera View",
        description="On Generate, the 3D view looks through the camera. Numpad 0 returns to the former view",
        default=DEFAULTS.camera_view,
    )

    def draw(self, _context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "template")
        layout.prop(self, "live_tiles", text="Live Up To (Tiles)")
        layout.prop(self, "show_colors")
        layout.prop(self, "camera_view")


def get_preferences() -> Any:
    """Return the preferences, or their defaults if Kernelwalk was registered by a script."""
    addon = bpy.context.preferences.addons.get(ADDON_ID)
    return DEFAULTS if addon is None else addon.preferences


CLASSES = (KERNELWALK_AP_preferences,)
