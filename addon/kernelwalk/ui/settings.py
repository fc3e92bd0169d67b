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
from .fields import AUTO, CHANGED, DEFAULT, OTHER, changed, group, hexadecimal, properties, rgb
from .layer import KERNELWALK_PG_layer
from .layers import read_layers, write_layers
from .state import KERNELWALK_PG_output, KERNELWALK_PG_steps
from .words import WORDS


def _template_chosen(group: Any, _context: Any) -> None:
    """A look is more than its .blend: take its shapes, colours and view too."""
    take_look(group.id_data.kernelwalk, group.template)
    changed(group)


def _view_chosen(group: Any, _context: Any) -> None:
    """A view is its angles."""
    _write(VIEWS[group.view], {key: CAMERA[key] for key in VIEWS[group.view]}, group)
    changed(group)


KERNELWALK_PG_walk = group("KERNELWALK_PG_walk", "walk.", WALK, DEFAULT["walk"])
KERNELWALK_PG_show = group("KERNELWALK_PG_show", "show.", SHOW, DEFAULT["show"])
KERNELWALK_PG_words = group("KERNELWALK_PG_words", "words.", SAID, DEFAULT["words"])
KERNELWALK_PG_colors = group("KERNELWALK_PG_colors", "look.colors.", COLORS, DEFAULT["look"]["colors"])
KERNELWALK_PG_look = group(
    "KERNELWALK_PG_look",
    "look.",
    LOOK,
    DEFAULT["look"],
    colors=PointerProperty(type=KERNELWALK_PG_colors),
    **properties("look.template", LOOK["template"], DEFAULT["look"]["template"], _template_chosen),
)
KERNELWALK_PG_camera = group(
    "KERNELWALK_PG_camera",
    "camera.",
    CAMERA,
    DEFAULT["camera"],
    **properties("camera.view", CAMERA["view"], DEFAULT["camera"]["view"], _view_chosen),
)
KERNELWALK_PG_render = group("KERNELWALK_PG_render", "render.", RENDER, DEFAULT["render"])
SECTIONS = {
    "layer": KERNELWALK_PG_layer,
    "walk": KERNELWALK_PG_walk,
    "show": KERNELWALK_PG_show,
    "words": KERNELWALK_PG_words,
    "look": KERNELWALK_PG_look,
    "camera": KERNELWALK_PG_camera,
    "render": KERNELWALK_PG_render,
}
CHECKS = {"walk": WALK, "show": SHOW, "words": SAID, "look": LOOK, "camera": CAMERA, "render": RENDER}
KERNELWALK_PG_spec = type(
    "KERNELWALK_PG_spec",
    (bpy.types.PropertyGroup,),
    {
        "__annotations__": {
            "title": StringProperty(
                name=WORDS["title"][0], description=WORDS["title"][1], maxlen=TITLE.max_length, **CHANGED
            ),
            **{name: PointerProperty(type=group) for name, group in SECTIONS.items()},
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
                **CHANGED,
            ),
            "live": BoolProperty(
                name="Live",
                description="Let what was generated follow each change of the settings at once",
                default=True,
                **CHANGED,
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
    KERNELWALK_PG_words,
    KERNELWALK_PG_colors,
    KERNELWALK_PG_look,
    KERNELWALK_PG_camera,
    KERNELWALK_PG_render,
    KERNELWALK_PG_output,
    KERNELWALK_PG_steps,
    KERNELWALK_PG_spec,
)


def read(settings: Any) -> Spec:
    """The spec that the settings tell. Raises SpecError with all that is wrong."""
    look = {**section(settings, "look"), "colors": _read(settings.look.colors, COLORS)}
    if look["template"].endswith(".blend"):
        look["template"] = bpy.path.abspath(look["template"])
    return spec_from_table(
        {
            "title": settings.title,
            **read_layers(settings),
            "look": look,
            **{name: section(settings, name) for name in ("walk", "show", "words", "camera", "render")},
        }
    )


def section(settings: Any, name: str) -> dict[str, Any]:
    """The values of a section other than the layer, as a spec has them."""
    return _read(getattr(settings, name), CHECKS[name])


def problems(settings: Any) -> tuple[Problem, ...]:
    """All that is wrong with the settings."""
    try:
        read(settings)
    except SpecError as error:
        return error.problems
    return ()


def take_look(settings: Any, template: str) -> None:
    """Set look and camera to those of a template, if there is such a one."""
    try:
        table = spec_from_table(
            {"layer": DEFAULT["layer"], "look": {"template": bpy.path.abspath(template)}}
        ).to_table()
    except SpecError:
        return  # the panel says what is wrong
    del table["look"]["template"]
    for name in ("look", "camera"):
        _write(table[name], CHECKS[name], getattr(settings, name))
    _write(table["look"]["colors"], COLORS, settings.look.colors)


def write(spec: Spec, settings: Any) -> None:
    """Set the settings to a spec."""
    table = spec.to_table()
    settings.title = table["title"]
    write_layers(spec, settings)
    for name, checks in CHECKS.items():
        _write(table[name], checks, getattr(settings, name))
    _write(table["look"]["colors"], COLORS, settings.look.colors)


def _read(group: Any, checks: Mapping[str, Check]) -> dict[str, Any]:
    return {key: _value(group, key, check) for key, check in checks.items()}


def _value(group: Any, key: str, check: Check) -> Any:
    if isinstance(check, AutoOr):
        return "auto" if getattr(group, key + AUTO) else _value(group, key, check.check)
    value = getattr(group, key)
    if isinstance(check, TextTemplate):
        return value and (getattr(group, key + OTHER) or True)
    if isinstance(check, Color):
        return hexadecimal(value)
    if isinstance(check, PixelSize):
        return tuple(value)
    # Blender's floats have single precision; what was typed is what is meant
    return float(f"{value:.6g}") if isinstance(check, Number) else value


def _write(table: Mapping[str, Any], checks: Mapping[str, Check], group: Any) -> None:
    for key, check in checks.items():
        if key not in table:
            continue
        value = table[key]
        if isinstance(check, AutoOr):
            setattr(group, key + AUTO, value == "auto")
            if value == "auto":
                continue
        if isinstance(check, TextTemplate):
            setattr(group, key + OTHER, value if isinstance(value, str) else "")
            value = bool(value)
        setattr(group, key, rgb(value) if isinstance(check, Color) else value)


def name(group: Any, key: str) -> str:
    """What the panel calls a field."""
    return str(group.bl_rna.properties[key].name)
