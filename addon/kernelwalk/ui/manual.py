# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual of the panel: a page with the meaning of each field and button, which F1 on one of them opens.

The page is a file of the user's, so that it opens without a network. Blender asks for its address with each F1.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from html import escape
from inspect import cleandoc
from pathlib import Path
from typing import Any

import bpy

from ..core.spec import layer_section, values_section
from ..core.spec.fields import Field, Fields, format_label
from ..core.spec.sections import BESIDE, SECTIONS, TITLE
from .fields.preferences import ADDON_ID
from .toolkit.operator_utils import Context, Result

PAGE_NAME = "manual.html"

STYLE = "body{max-width:50em;margin:2em auto;font-family:sans-serif;line-height:1.5}dt{font-weight:bold;margin-top:1em}"

GROUPS: dict[str, tuple[str, Fields]] = {
    "layer": ("kernelwalk_pg_layer", layer_section.FIELDS),
    "values": ("kernelwalk_pg_values", values_section.FIELDS),
    **{name: (f"kernelwalk_pg_{name.rpartition('.')[2]}", fields) for name, fields in SECTIONS.items()},
}
"""Section of a spec → Blender's name of its properties, in lower case as Blender looks for them, and its fields."""

PANEL_GROUPS = ("spec", "layer", "values", "weights", "input_grid", "kernel_grid", "steps", "place", "output")
"""Names of groups with fields that are no keys of a spec."""

PANEL, BUTTONS = "panel", "buttons"
"""Anchors of the parts of the manual about fields that are no keys of a spec, and about buttons."""


def make_page() -> str:
    """Return the manual as HTML. Each field has the key of a spec as its anchor."""
    parts = ["<!doctype html><html lang='en'><meta charset='utf-8'><title>Kernelwalk</title>"]
    parts += [f"<style>{STYLE}</style><h1>Kernelwalk</h1>"]
    parts += [
        "<p>The fields of the panel. In a spec file, a field stands under the key in brackets. <b>Generate</b> builds "
        "the walk and <b>Clear</b> removes it; with <b>Live</b>, each change shows at once.</p>",
        "<dl>", *_describe_field("title", TITLE), *_describe_field("beside", BESIDE), "</dl>",
    ]  # fmt: skip
    for section, (_, fields) in GROUPS.items():
        parts += [f"<h2 id='{section}'>{escape(format_label(section))}</h2><dl>"]
        for key, field in fields.items():
            parts += _describe_field(f"{section}.{key}", field)
        parts += ["</dl>"]
    parts += [f"<h2 id='{PANEL}'>Of the Panel Alone</h2><dl>"]
    for group, prop in _list_panel_fields():
        parts += [f"<dt id='{PANEL}.{group}.{prop.identifier}'>{escape(prop.name)}</dt>"]
        parts += [f"<dd>{escape(prop.description)}.</dd>"]
    parts += [f"</dl><h2 id='{BUTTONS}'>Buttons</h2><dl>"]
    for name in dir(bpy.ops.kernelwalk):
        button = getattr(bpy.ops.kernelwalk, name).get_rna_type()
        parts += [f"<dt id='{BUTTONS}.{name}'>{escape(button.name)}</dt>"]
        parts += [f"<dd>{escape(cleandoc(button.description))}.</dd>"]
    parts += ["</dl>"]
    return "\n".join(parts)


def _describe_field(key: str, field: Field) -> Iterator[str]:
    yield f"<dt id='{key}'>{escape(format_label(key))} <code>[{key}]</code></dt>"
    yield f"<dd>{escape(field.meaning)}.</dd>"
    for option, meaning in field.options.items():
        yield f"<dd>{escape(format_label(option))}: {escape(meaning)}</dd>"


def write_page() -> Path:
    """Write the manual into the user's folder, and return its path."""
    try:
        folder = Path(bpy.utils.extension_path_user(ADDON_ID, create=True))
    except ValueError:  # registered by a script, not installed
        folder = Path(bpy.utils.user_resource("CONFIG", path="kernelwalk", create=True))
    path = folder / PAGE_NAME
    path.write_text(make_page(), encoding="utf-8")
    return path


def _map_keys() -> list[tuple[str, str]]:
    """Return the anchor for each pattern of Blender's names of fields that are keys of a spec."""
    patterns = [
        (f"bpy.types.{group}.{key}*", f"#{section}.{key}")
        for section, (group, fields) in GROUPS.items()
        for key in sorted(fields, key=len, reverse=True)  # the first that fits counts: "channels" after its longer kin
    ]
    patterns += [(f"bpy.types.kernelwalk_pg_weights.{key}", f"#values.{key}") for key in ("kernel", "activation")]
    patterns += [(f"bpy.types.kernelwalk_pg_{key}_grid.*row_*", f"#values.{key}") for key in ("input", "kernel")]
    return [*patterns, *((f"bpy.types.kernelwalk_pg_spec.{key}*", f"#{key}") for key in ("title", "beside"))]


def _list_panel_fields() -> Iterator[tuple[str, Any]]:
    """Yield the fields that are no keys of a spec, each with the name of its group."""
    keys = [pattern for pattern, _ in _map_keys()]
    for group in PANEL_GROUPS:
        properties = bpy.types.PropertyGroup.bl_rna_get_subclass_py(f"KERNELWALK_PG_{group}").bl_rna.properties
        for prop in properties:
            asked = f"bpy.types.kernelwalk_pg_{group}.{prop.identifier}"
            is_field = not prop.is_hidden and prop.type not in ("POINTER", "COLLECTION")
            if is_field and prop.identifier != "name" and not any(fnmatchcase(asked, pattern) for pattern in keys):
                yield group, prop


def map_fields() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the manual's address, and the anchor for each pattern of Blender's names. Blender calls this with F1."""
    patterns = _map_keys()
    for group, prop in _list_panel_fields():
        name = f"{group}.{prop.identifier}"
        patterns.append((f"bpy.types.kernelwalk_pg_{name}", f"#{PANEL}.{name}"))
    patterns += [(f"bpy.ops.kernelwalk.{name}", f"#{BUTTONS}.{name}") for name in dir(bpy.ops.kernelwalk)]
    patterns += [("bpy.types.windowmanager.kernelwalk_*", f"#{PANEL}"), ("bpy.types.kernelwalk_*", f"#{PANEL}")]
    return write_page().as_uri(), tuple(patterns)


class KERNELWALK_OT_manual(bpy.types.Operator):
    """Open the manual of the panel. F1 on a field or a button opens it there"""

    bl_idname = "kernelwalk.manual"
    bl_label = "Kernelwalk Manual"

    def execute(self, _context: Context) -> Result:
        bpy.ops.wm.url_open(url=write_page().as_uri())
        return {"FINISHED"}


def register() -> None:
    bpy.utils.register_manual_map(map_fields)


def unregister() -> None:
    bpy.utils.unregister_manual_map(map_fields)


CLASSES: tuple[Any, ...] = (KERNELWALK_OT_manual,)
