# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that `--set` accepts, for completion: every key of a spec, and the values of those that have few."""

from __future__ import annotations

from kernelwalk.core.spec.all_fields import ALL_FIELDS
from kernelwalk.core.spec.fields import Field
from kernelwalk.core.spec.layer_section import PADDING_NAMES
from kernelwalk.core.spec.templates import list_templates
from kernelwalk.core.validation import AutoOr, Boolean, TextTemplate


def list_settings(incomplete: str) -> list[tuple[str, str]]:
    """Return the settings with which `incomplete` can go on, with their meanings: keys, or a key with its values.

    >>> list_settings("camera.projection=")[0]
    ('camera.projection=orthographic', 'Equal tiles have equal sizes in the picture')
    """
    key, equals, _ = incomplete.partition("=")
    if not equals:
        return [(f"{key}=", field.meaning) for key, field in ALL_FIELDS.items()]
    return [(f"{key}={word}", meaning) for word, meaning in _list_values(key).items()]


def _list_values(key: str) -> dict[str, str]:
    """Return the words that are values of a key, with their meanings."""
    field = ALL_FIELDS.get(key, Field(None, ""))
    if key == "look.template":
        return dict.fromkeys(list_templates(), "")
    if key == "layer.padding":
        return dict.fromkeys(PADDING_NAMES, "")
    if isinstance(field.check, (Boolean, TextTemplate)):
        return {"true": "", "false": ""}
    return {"auto": ""} if isinstance(field.check, AutoOr) else dict(field.options)
