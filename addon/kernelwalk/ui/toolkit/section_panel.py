# SPDX-License-Identifier: GPL-3.0-or-later
"""The bases of the panels in the sidebar's tab: any panel, and one with the keys of a section of a spec."""

from __future__ import annotations

from typing import Any

from ..fields.walk_settings import active_settings
from ..settings import spec_properties
from . import widgets
from .operator_utils import Context

CATEGORY = "Kernelwalk"


class TabPanel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


class SectionPanel(TabPanel):
    """A sub-panel with the keys of one section of a spec. Its header has an icon if one of them has a problem."""

    bl_parent_id = "KERNELWALK_PT_main"
    section: str
    spec_keys: tuple[str, ...]
    layout: Any

    def draw_header(self, context: Context) -> None:
        problems = spec_properties.find_problems(active_settings(context.scene))
        if any(problem.where.startswith((f"{self.section}.", f"{self.section}s[")) for problem in problems):
            self.layout.label(icon="ERROR")

    def draw(self, context: Context) -> None:
        column = widgets.property_column(self.layout, context)
        props = active_settings(context.scene)
        problems = spec_properties.find_problems(props)  # once, not per property
        for key in self.spec_keys:
            errors = widgets.errors_for(problems, f"{self.section}.{key}")
            widgets.draw_property(column, context, getattr(props, self.section), key, errors)
