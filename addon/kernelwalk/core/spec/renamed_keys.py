# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of earlier versions and the names that replaced them, so that an error can name the new one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

RENAMED_KEYS = {
    "words": "labels",
    "words.ticks": "labels.indices",
    "layer.mode": "layer.channel_order",
    "show.channels": "show.all_channels",
    "show.copies": "show.arches",
    "look.line_width": "look.connector_width",
    "look.colors.line": "look.colors.connector",
    "look.colors.feature": "look.colors.feature_map",
    "look.colors.feature_active": "look.colors.feature_map_active",
    "look.colors.extra": "look.colors.output_padding",
    "look.colors.extra_active": "look.colors.output_padding_active",
    "look.colors.heat_low": "look.colors.one_stamp",
    "look.colors.heat_high": "look.colors.most_stamps",
    "camera.kind": "camera.projection",
    "camera.angle": "camera.field_of_view",
}
"""New name of each key that version 0.2.0 renamed."""

RENAMED_VALUES = {"show.channels": {"all": "on", "one": "off"}}
"""New value of each value of a renamed key, where it changed too."""


def find_new_key(where: str) -> str | None:
    """Return the new name of a key, or None if it was not renamed. Keys of a chain's layers keep their number.

    >>> find_new_key("camera.kind"), find_new_key("layers[1].mode"), find_new_key("camera.view")
    ('camera.projection', 'layers[1].channel_order', None)
    """
    in_chain = re.match(r"layers\[\d+\]", where)
    key = "layer" + where[in_chain.end() :] if in_chain else where
    new = RENAMED_KEYS.get(key)
    return in_chain[0] + new.removeprefix("layer") if new and in_chain else new


def upgrade_table(table: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """Return a spec's table, as an earlier version stored it in a .blend file, with the keys of this version.

    >>> upgrade_table({"words": {"ticks": True}, "show": {"channels": "all"}, "layers": [{"mode": "DCR"}]})
    {'labels': {'indices': True}, 'show': {'all_channels': 'on'}, 'layers': [{'channel_order': 'DCR'}]}
    """
    upgraded = {}
    for key, value in table.items():
        path = f"{where}.{key}" if where else key
        if isinstance(value, Mapping):
            value = upgrade_table(value, path)
        elif isinstance(value, list):
            value = [
                upgrade_table(item, f"{path}[{index}]") if isinstance(item, Mapping) else item
                for index, item in enumerate(value)
            ]
        elif isinstance(value, str):
            value = RENAMED_VALUES.get(path, {}).get(value, value)
        upgraded[(find_new_key(path) or path).rpartition(".")[2]] = value
    return upgraded
