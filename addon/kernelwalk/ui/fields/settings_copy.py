# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of settings from one property group to another of the same type."""

from __future__ import annotations

from typing import Any

import bpy

from . import properties


def copy_settings(source: Any, target: Any) -> None:
    """Set all properties of `target` to those of `source`, without what else follows from a change by hand.

    Properties with the option SKIP_SAVE are left alone: they are computed, or belong to the moment.
    """
    with properties.without_updates():
        _copy_group(source, target)


def _copy_group(source: Any, target: Any) -> None:
    for prop in source.bl_rna.properties:
        name = prop.identifier
        if name == "rna_type" or prop.is_skip_save:
            continue
        value = getattr(source, name)
        if prop.type == "COLLECTION":
            items = getattr(target, name)
            items.clear()
            for item in value:
                _copy_group(item, items.add())
        elif isinstance(value, bpy.types.PropertyGroup):
            _copy_group(value, getattr(target, name))
        elif source.is_property_set(name):
            setattr(target, name, value)
        else:
            target.property_unset(name)
