# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches of what Generate sets up in a scene, as the panel draws them."""

from __future__ import annotations

from typing import Any

import bpy

from ...scene.builds import ownership
from ...scene.builds.object_store import ROLE_KEY
from ...scene.setup import view_hiding
from ...scene.setup.scene_setup import SETUP_PARTS
from ...scene.setup.template_loader import FLOOR_OBJECT
from ..fields.walk_settings import active_settings
from ..settings import setup_properties
from ..toolkit import widgets
from ..toolkit.operator_utils import Context

COLUMN_WIDTHS = {5: 290, 3: 220, 2: 156}
"""Number of switches in a row → width of a sidebar, in unscaled pixels, from which on their words fit."""

CUT_OFF_FLOOR = "The floor's edges show without the template's world"


def count_columns(width: float) -> int:
    """Return the number of switches for which a row of a sidebar has room.

    >>> [count_columns(width) for width in (142, 160, 230, 292)]
    [1, 2, 3, 5]
    """
    return next((columns for columns, least in COLUMN_WIDTHS.items() if width >= least), 1)


def draw_setup(layout: Any, context: Context) -> None:
    """Draw the switches in as many rows as the sidebar's width needs, and what they do to the floor."""
    props = active_settings(context.scene)
    switches = layout.row(align=True)
    columns = count_columns(widgets.region_width(context))
    if columns <= len(SETUP_PARTS):
        switches = layout.grid_flow(row_major=True, columns=columns, even_columns=True, align=True)
    for part in SETUP_PARTS:
        switch = switches.row(align=True)
        switch.enabled = props.setup
        switch.prop(props, f"{setup_properties.PREFIX}{part}", toggle=True)
    switches.prop(props, "lights", toggle=True)
    if is_floor_cut_off(context.scene):
        is_due = "world" in setup_properties.read_setup(props).parts
        remedy = "Press Generate" if is_due else "Set up the World, or switch Lights off"
        widgets.draw_paragraph(layout, context, f"{CUT_OFF_FLOOR}. {remedy}", "INFO")


def is_floor_cut_off(scene: bpy.types.Scene) -> bool:
    """Return whether the active walk shows its floor, which merges with a template's world, without such a world."""
    roots = ownership.find_root_collections(scene)
    if not roots or (scene.world is not None and ownership.is_tagged(scene.world)):
        return False
    role = f"template {FLOOR_OBJECT}"
    floors = [built for built in ownership.get_built_objects(roots[0]) if built.get(ROLE_KEY) == role]
    return any(not floor.hide_viewport and not view_hiding.is_hidden_in_view(floor, scene) for floor in floors)
