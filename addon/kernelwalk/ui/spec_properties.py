# SPDX-License-Identifier: GPL-3.0-or-later
"""scene.kernelwalk: a spec as properties. They are made from the core's own checks, so both have the same bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, IntProperty, PointerProperty, StringProperty

from ..core.errors import Problem, SpecError
from ..core.spec.label_texts import WORDS as SAID
from ..core.spec.look_section import VIEWS
from ..core.spec.show_section import SHOW
from ..core.spec.spec import CAMERA, COLORS, LOOK, RENDER, TITLE, WALK, Spec, spec_from_table
from ..core.validation import AutoOr, Check, Color, Number, PixelSize, TextTemplate
from .layer_list import read_layers_table, write_layers
from .layer_properties import KERNELWALK_PG_layer
from .panel_state import KERNELWALK_PG_output, KERNELWALK_PG_steps
from .properties import (
    AUTO_SUFFIX,
    CUSTOM_SUFFIX,
    DEFAULT_TABLE,
    NOTIFY_CHANGED,
    color_from_hex,
    color_to_hex,
    make_properties,
    make_property_group,
    notify_changed,
)
from .words import WORDS


def _on_template_change(group: Any, _context: Any) -> None:
    """A look is more than its .blend: take its shapes, colours and view too."""
    apply_template(group.id_data.kernelwalk, group.template)
    notify_changed(group)


def _on_view_change(group: Any, _context: Any) -> None:
    """A view is its angles."""
    _write_group(VIEWS[group.view], {key: CAMERA[key] for key in VIEWS[group.view]}, group)
    notify_changed(group)


KERNELWALK_PG_walk = make_property_group("KERNELWALK_PG_walk", "walk.", WALK, DEFAULT_TABLE["walk"])
KERNELWALK_PG_show = make_property_group("KERNELWALK_PG_show", "show.", SHOW, DEFAULT_TABLE["show"])
KERNELWALK_PG_labels = make_property_group("KERNELWALK_PG_words", "words.", SAID, DEFAULT_TABLE["words"])
KERNELWALK_PG_colors = make_property_group(
    "KERNELWALK_PG_colors", "look.colors.", COLORS, DEFAULT_TABLE["look"]["colors"]
)
KERNELWALK_PG_look = make_property_group(
    "KERNELWALK_PG_look",
    "look.",
    LOOK,
    DEFAULT_TABLE["look"],
    colors=PointerProperty(type=KERNELWALK_PG_colors),
    **make_properties("look.template", LOOK["template"], DEFAULT_TABLE["look"]["template"], _on_template_change),
)
KERNELWALK_PG_camera = make_property_group(
    "KERNELWALK_PG_camera",
    "camera.",
    CAMERA,
    DEFAULT_TABLE["camera"],
    **make_properties("camera.view", CAMERA["view"], DEFAULT_TABLE["camera"]["view"], _on_view_change),
)
KERNELWALK_PG_render = make_property_group("KERNELWALK_PG_render", "render.", RENDER, DEFAULT_TABLE["render"])
SECTION_GROUPS = {
    "layer": KERNELWALK_PG_layer,
    "walk": KERNELWALK_PG_walk,
    "show": KERNELWALK_PG_show,
    "words": KERNELWALK_PG_labels,
    "look": KERNELWALK_PG_look,
    "camera": KERNELWALK_PG_camera,
    "render": KERNELWALK_PG_render,
}
SECTION_CHECKS = {"walk": WALK, "show": SHOW, "words": SAID, "look": LOOK, "camera": CAMERA, "render": RENDER}
KERNELWALK_PG_spec = type(
    "KERNELWALK_PG_spec",
    (bpy.types.PropertyGroup,),
    {
        "__annotations__": {
            "title": StringProperty(
                name=WORDS["title"][0], description=WORDS["title"][1], maxlen=TITLE.max_length, **NOTIFY_CHANGED
            ),
            **{name: PointerProperty(type=group) for name, group in SECTION_GROUPS.items()},
            "more": CollectionProperty(
                type=KERNELWALK_PG_layer, name="More Layers", description="The layers of a chain after the first"
            ),
            "chosen": IntProperty(
                name="Chosen Layer", description="Which layer's settings are shown, counted from 0", min=0
            ),
            "setup": BoolProperty(
                name="Set Up Scene",
                description="Let the scene show and render the walk: camera, world, engine, colours, frames. "
                "Clear gives back what it was set to before",
                default=True,
                **NOTIFY_CHANGED,
            ),
            "live": BoolProperty(
                name="Live",
                description="Let what was generated follow each change of the settings at once",
                default=True,
                **NOTIFY_CHANGED,
            ),
            "touched": BoolProperty(description="Whether any of these was ever set", options={"HIDDEN"}),
            "output": PointerProperty(type=KERNELWALK_PG_output),
            "steps": PointerProperty(type=KERNELWALK_PG_steps),
        },
        "__module__": __name__,
    },
)

CLASSES = (
    KERNELWALK_PG_layer,
    KERNELWALK_PG_walk,
    KERNELWALK_PG_show,
    KERNELWALK_PG_labels,
    KERNELWALK_PG_colors,
    KERNELWALK_PG_look,
    KERNELWALK_PG_camera,
    KERNELWALK_PG_render,
    KERNELWALK_PG_output,
    KERNELWALK_PG_steps,
    KERNELWALK_PG_spec,
)


def read_spec(settings: Any) -> Spec:
    """The spec that the settings tell. Raises SpecError with all that is wrong."""
    look = {**read_section(settings, "look"), "colors": _read_group(settings.look.colors, COLORS)}
    if look["template"].endswith(".blend"):
        look["template"] = bpy.path.abspath(look["template"])
    return spec_from_table(
        {
            "title": settings.title,
            **read_layers_table(settings),
            "look": look,
            **{name: read_section(settings, name) for name in ("walk", "show", "words", "camera", "render")},
        }
    )


def read_section(settings: Any, name: str) -> dict[str, Any]:
    """The values of a section other than the layer, as a spec has them."""
    return _read_group(getattr(settings, name), SECTION_CHECKS[name])


def find_problems(settings: Any) -> tuple[Problem, ...]:
    """All that is wrong with the settings."""
    try:
        read_spec(settings)
    except SpecError as error:
        return error.problems
    return ()


def apply_template(settings: Any, template: str) -> None:
    """Set look and camera to those of a template, if there is such a one."""
    try:
        table = spec_from_table(
            {"layer": DEFAULT_TABLE["layer"], "look": {"template": bpy.path.abspath(template)}}
        ).to_table()
    except SpecError:
        return  # the panel says what is wrong
    del table["look"]["template"]
    for name in ("look", "camera"):
        _write_group(table[name], SECTION_CHECKS[name], getattr(settings, name))
    _write_group(table["look"]["colors"], COLORS, settings.look.colors)


def write_spec(spec: Spec, settings: Any) -> None:
    """Set the settings to a spec."""
    table = spec.to_table()
    settings.title = table["title"]
    write_layers(spec, settings)
    for name, checks in SECTION_CHECKS.items():
        _write_group(table[name], checks, getattr(settings, name))
    _write_group(table["look"]["colors"], COLORS, settings.look.colors)


def _read_group(group: Any, checks: Mapping[str, Check]) -> dict[str, Any]:
    return {key: _read_value(group, key, check) for key, check in checks.items()}


def _read_value(group: Any, key: str, check: Check) -> Any:
    if isinstance(check, AutoOr):
        return "auto" if getattr(group, key + AUTO_SUFFIX) else _read_value(group, key, check.check)
    value = getattr(group, key)
    if isinstance(check, TextTemplate):
        return value and (getattr(group, key + CUSTOM_SUFFIX) or True)
    if isinstance(check, Color):
        return color_to_hex(value)
    if isinstance(check, PixelSize):
        return tuple(value)
    # Blender's floats have single precision; what was typed is what is meant
    return float(f"{value:.6g}") if isinstance(check, Number) else value


def _write_group(table: Mapping[str, Any], checks: Mapping[str, Check], group: Any) -> None:
    for key, check in checks.items():
        if key not in table:
            continue
        value = table[key]
        if isinstance(check, AutoOr):
            setattr(group, key + AUTO_SUFFIX, value == "auto")
            if value == "auto":
                continue
        if isinstance(check, TextTemplate):
            setattr(group, key + CUSTOM_SUFFIX, value if isinstance(value, str) else "")
            value = bool(value)
        setattr(group, key, color_from_hex(value) if isinstance(check, Color) else value)


def label_of(group: Any, key: str) -> str:
    """What the panel calls a field."""
    return str(group.bl_rna.properties[key].name)
