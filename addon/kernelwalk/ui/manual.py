# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual of the panel's fields: a page made from the meanings of a spec's keys, which F1 on a field opens.

The page is a file of the user's, so that it opens without a network. Blender asks for its address with each F1.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import bpy

from ..core.spec import layer_section, values_section
from ..core.spec.fields import Field, Fields, format_label
from ..core.spec.sections import BESIDE, SECTIONS, TITLE
from .operator_utils import Context, Result
from .preferences import ADDON_ID

PAGE_NAME = "manual.html"

STYLE = "body{max-width:50em;margin:2em auto;font-family:sans-serif;line-height:1.5}dt{font-weight:bold;margin-top:1em}"

GROUPS: dict[str, tuple[str, Fields]] = {
    "layer": ("kernelwalk_pg_layer", layer_section.FIELDS),
    "values": ("kernelwalk_pg_values", values_section.FIELDS),
    **{name: (f"kernelwalk_pg_{name.rpartition('.')[2]}", fields) for name, fields in SECTIONS.items()},
}
"""Section of a spec → Blender's name of its properties, in lower case as Blender looks for them, and its fields."""


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


def map_fields() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the manual's address, and the anchor for each pattern of Blender's names. Blender calls this with F1."""
    patterns = [
        (f"bpy.types.{group}.{key}*", f"#{section}.{key}")
        for section, (group, fields) in GROUPS.items()
        for key in sorted(fields, key=len, reverse=True)  # the first that fits counts: "channels" after its longer kin
    ]
    patterns += [(f"bpy.types.{group}.*", f"#{section}") for section, (group, _) in GROUPS.items()]
    patterns += [(f"bpy.types.kernelwalk_pg_spec.{key}*", f"#{key}") for key in ("title", "beside")]
    patterns += [("bpy.types.kernelwalk_*", ""), ("bpy.ops.kernelwalk.*", "")]
    return write_page().as_uri(), tuple(patterns)


class KERNELWALK_OT_manual(bpy.types.Operator):
    """Open the manual of the panel's fields. F1 on a field opens it there"""

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
