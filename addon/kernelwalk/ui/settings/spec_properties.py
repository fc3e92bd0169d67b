# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a walk: a spec as Blender properties. Their names are the spec's keys."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import bpy
from bpy.props import BoolProperty, CollectionProperty, IntProperty, PointerProperty, StringProperty

from ...core.errors import Problem, SpecError
from ...core.frame_rates import split_frame_rate
from ...core.frameworks.code_emitter import emit_code
from ...core.frameworks.known_frameworks import BY_KEY
from ...core.layers.registry import Layer
from ...core.spec.camera_section import VIEWS
from ...core.spec.fields import collect_checks
from ...core.spec.parse import spec_from_table
from ...core.spec.sections import BESIDE, SECTIONS, TITLE
from ...core.spec.spec import Spec
from ...core.validation import (
    AutoOr,
    Boolean,
    Check,
    Choice,
    Color,
    FrameRate,
    Integer,
    Interval,
    Number,
    PixelSize,
    Text,
    TextTemplate,
)
from ...scene.builds.active_walk import FIRST
from ..fields.properties import (
    AUTO_SUFFIX,
    BASE_SUFFIX,
    CUSTOM_SUFFIX,
    DEFAULT_TABLE,
    NOTIFY_CHANGED,
    color_from_hex,
    color_to_hex,
    make_properties,
    make_property_group,
    notify_changed,
    on_edit,
    without_updates,
)
from ..fields.walk_settings import find_settings, list_settings, read_stored
from . import setup_properties, value_properties
from .layer_list import read_layers_table, write_layers
from .layer_properties import KERNELWALK_PG_layer
from .panel_state import KERNELWALK_PG_output, KERNELWALK_PG_place, KERNELWALK_PG_steps
from .value_properties import SHARED_CHECKS, KERNELWALK_PG_values
from .value_settings import Parsed, parse_settings
from .weights_properties import KERNELWALK_PG_weights

SECTION_CHECKS = {name: collect_checks(fields) for name, fields in SECTIONS.items() if name != "look.colors"}
COLOR_CHECKS = collect_checks(SECTIONS["look.colors"])

PLAIN_CHECKS = frozenset({Boolean, Choice, Integer, Text})
"""Types of the checks of values that a property holds as a spec has them."""


@on_edit
def _on_template_change(group: Any, _context: Any) -> None:
    """Set the shapes, colors and camera to the template's: a template is more than its .blend."""
    apply_template(find_settings(group), group.template)
    notify_changed(group)


@on_edit
def _on_view_change(group: Any, _context: Any) -> None:
    """Set the angles of the named view."""
    checks = SECTION_CHECKS["camera"]
    _write_group(VIEWS[group.view], {key: checks[key] for key in VIEWS[group.view]}, group)
    notify_changed(group)


@on_edit
def _on_setup_change(props: Any, _context: Any) -> None:
    """Leave the scene to this walk alone, where it is set up for one."""
    with without_updates():
        for other in list_settings(props.id_data) if props.setup else ():
            other.setup = other == props
    notify_changed(props)


def _make_replacement(key: str, update: Any) -> dict[str, Any]:
    """Return the properties of a key, "SECTION.NAME", with an update callback of their own."""
    section, _, name = key.partition(".")
    return make_properties(key, SECTIONS[section][name], DEFAULT_TABLE[section][name], update)


KERNELWALK_PG_walk = make_property_group("walk", DEFAULT_TABLE["walk"])
KERNELWALK_PG_show = make_property_group("show", DEFAULT_TABLE["show"])
KERNELWALK_PG_labels = make_property_group("labels", DEFAULT_TABLE["labels"])
KERNELWALK_PG_colors = make_property_group("look.colors", DEFAULT_TABLE["look"]["colors"])
KERNELWALK_PG_look = make_property_group(
    "look",
    DEFAULT_TABLE["look"],
    colors=PointerProperty(type=KERNELWALK_PG_colors),
    **_make_replacement("look.template", _on_template_change),
)
KERNELWALK_PG_camera = make_property_group(
    "camera", DEFAULT_TABLE["camera"], **_make_replacement("camera.view", _on_view_change)
)
KERNELWALK_PG_render = make_property_group("render", DEFAULT_TABLE["render"])
SECTION_GROUPS = {
    "layer": KERNELWALK_PG_layer,
    "values": KERNELWALK_PG_values,
    "walk": KERNELWALK_PG_walk,
    "show": KERNELWALK_PG_show,
    "labels": KERNELWALK_PG_labels,
    "look": KERNELWALK_PG_look,
    "camera": KERNELWALK_PG_camera,
    "render": KERNELWALK_PG_render,
}
KERNELWALK_PG_spec = type(
    "KERNELWALK_PG_spec",
    (bpy.types.PropertyGroup,),
    {
        "__annotations__": {
            "number": IntProperty(
                name="Number", description="Number of the walk in its scene", default=FIRST, options={"HIDDEN"}
            ),
            "name": StringProperty(name="Name", description="Name of the walk in the list of the scene's walks"),
            **make_properties("title", TITLE, ""),
            "compare": StringProperty(
                name="Compare With",
                description="Another layer on the same input, as code. Frames mark the input tiles that only one of "
                "both layers reads at a step, and outputs that they compute in different ways",
                **NOTIFY_CHANGED,
            ),
            **make_properties("beside", BESIDE, ""),
            **{name: PointerProperty(type=group) for name, group in SECTION_GROUPS.items()},
            "more_layers": CollectionProperty(
                type=KERNELWALK_PG_layer, name="More Layers", description="Layers of a chain after the first"
            ),
            "active_layer_index": IntProperty(
                name="Active Layer", description="Index of the layer whose settings are shown, from 0", min=0
            ),
            "setup": BoolProperty(
                name="Set Up Scene",
                description="Set the scene's camera, world, engine, color management and frames for the walk, as far "
                "as they are chosen below. Clear restores what they were before. One walk of a scene sets it up",
                default=True,
                update=_on_setup_change,
            ),
            **setup_properties.PROPERTIES,
            "live": BoolProperty(
                name="Live",
                description="Update the generated objects after each change of the settings",
                default=True,
                **NOTIFY_CHANGED,
            ),
            "is_edited": BoolProperty(description="True once any setting has been changed", options={"HIDDEN"}),
            "output": PointerProperty(type=KERNELWALK_PG_output),
            "steps": PointerProperty(type=KERNELWALK_PG_steps),
            "place": PointerProperty(type=KERNELWALK_PG_place),
        },
        "__module__": __name__,
    },
)

CLASSES = (
    KERNELWALK_PG_weights,
    KERNELWALK_PG_layer,
    *value_properties.CLASSES,
    KERNELWALK_PG_walk,
    KERNELWALK_PG_show,
    KERNELWALK_PG_labels,
    KERNELWALK_PG_colors,
    KERNELWALK_PG_look,
    KERNELWALK_PG_camera,
    KERNELWALK_PG_render,
    KERNELWALK_PG_output,
    KERNELWALK_PG_steps,
    KERNELWALK_PG_place,
    KERNELWALK_PG_spec,
)


_last: list[tuple[dict[str, Any], Spec | None, tuple[Problem, ...]]] = []
"""What was read last: all that its settings store, and the spec, or None and the problems."""


def read_spec(props: Any) -> Spec:
    """Return the spec of the settings. Raise SpecError with all problems if they are invalid."""
    if props.values.on:
        parsed = _parse_with_values(props)
        spec, problems = parsed.spec, parsed.problems
    else:
        spec, problems = _parse_without_values(props)
    if spec is None:
        raise SpecError(problems)
    return spec


def _parse_without_values(props: Any) -> tuple[Spec | None, tuple[Problem, ...]]:
    """Return the spec, or None and the problems. Panels ask some twenty times at each redraw."""
    stored = read_stored(props)
    if _last and _last[0][0] == stored:
        return _last[0][1:]
    table, problems = _read_table(props), tuple[Problem, ...]()
    spec: Spec | None = None
    try:
        spec = spec_from_table(table)
    except SpecError as error:
        problems = error.problems
    reads_files = table["look"]["template"].endswith(".blend") or table["labels"]["font"]
    _last[:] = [] if reads_files else [(stored, spec, problems)]  # files may change
    return spec, problems


def _read_table(props: Any) -> dict[str, Any]:
    """Return the settings without values as a spec has them."""
    look = {**read_section(props, "look"), "colors": _read_group(props.look.colors, COLOR_CHECKS)}
    if look["template"].endswith(".blend"):
        look["template"] = bpy.path.abspath(look["template"])
    sections = {name: read_section(props, name) for name in SECTION_CHECKS if name != "look"}
    sections["labels"]["font"] = bpy.path.abspath(sections["labels"]["font"])
    compared = {}
    if props.compare.strip():
        compared = {"compare": _read_compared(props.compare), "beside": props.beside}
    return {"title": props.title, **read_layers_table(props), **compared, "look": look, **sections}


def _read_compared(text: str) -> Any:
    """Return the compared layer as a spec has it: code, or the table of a layer that no framework has."""
    with contextlib.suppress(ValueError):  # code, or what is reported as such
        return json.loads(text)
    return text


def _write_compared(layer: Layer | None) -> str:
    """Return the compared layer as the panel has it: see _read_compared."""
    if layer is None:
        return ""
    lines = (code.text for key in BY_KEY for code in emit_code(layer, (key,)) if code.is_supported)
    return next(lines, "") or json.dumps({"op": layer.op, **layer.to_table()})


def _parse_with_values(props: Any) -> Parsed:
    return parse_settings(props, _read_table(props), _read_group(props.values, SHARED_CHECKS))


def find_notes(props: Any) -> tuple[str, ...]:
    """Return a sentence for each file or picture that was cropped or scaled to the input."""
    return _parse_with_values(props).notes if props.values.on else ()


def read_section(props: Any, name: str) -> dict[str, Any]:
    """Return the values of a section other than the layer, by key, as a spec has them."""
    return _read_group(getattr(props, name), SECTION_CHECKS[name])


def find_problems(props: Any) -> tuple[Problem, ...]:
    """Return all problems of the settings."""
    try:
        read_spec(props)
    except SpecError as error:
        return error.problems
    return ()


def apply_template(props: Any, template: str) -> None:
    """Set look and camera to those of a template; change nothing if there is no such template."""
    try:
        table = spec_from_table(
            {"layer": DEFAULT_TABLE["layer"], "look": {"template": bpy.path.abspath(template)}}
        ).to_table()
    except SpecError:
        return  # the panel shows the problem
    del table["look"]["template"]
    for name in ("look", "camera"):
        _write_group(table[name], SECTION_CHECKS[name], getattr(props, name))
    _write_group(table["look"]["colors"], COLOR_CHECKS, props.look.colors)


def write_spec(spec: Spec, props: Any) -> None:
    """Set the settings to those of a spec."""
    table = spec.to_table()
    props.title = table["title"]
    props.compare, props.beside = _write_compared(spec.compared), spec.beside
    write_layers(spec, props)
    for name, checks in SECTION_CHECKS.items():
        _write_group(table[name], checks, getattr(props, name))
    _write_group(table["look"]["colors"], COLOR_CHECKS, props.look.colors)
    value_properties.write_input(spec, props)
    _write_group(table.get("values", {}), SHARED_CHECKS, props.values)


def _read_group(group: Any, checks: Mapping[str, Check]) -> dict[str, Any]:
    return {key: _read_value(group, key, check) for key, check in checks.items()}


def _read_value(group: Any, key: str, check: Check) -> Any:
    kind = type(check)
    if kind in PLAIN_CHECKS:  # most are: panels read all settings some twenty times at each redraw
        return getattr(group, key)
    if isinstance(check, AutoOr):
        return "auto" if getattr(group, key + AUTO_SUFFIX) else _read_value(group, key, check.check)
    value = getattr(group, key)
    if kind is Color:
        return color_to_hex(value)
    if kind is Number:  # Blender's floats have single precision: rounding recovers the digits that were typed
        return float(f"{value:.6g}")
    if kind is TextTemplate:
        return value and (getattr(group, key + CUSTOM_SUFFIX) or True)
    if kind is FrameRate:
        base = getattr(group, key + BASE_SUFFIX)
        return value if base == 1 else value / base
    if kind is PixelSize:
        return tuple(value)
    if kind is Interval:
        return [float(f"{end:.6g}") for end in value]
    raise TypeError(check)


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
        if isinstance(check, FrameRate):
            value, base = split_frame_rate(check.parse(value))
            setattr(group, key + BASE_SUFFIX, base)
        setattr(group, key, color_from_hex(value) if isinstance(check, Color) else value)


def label_of(group: Any, key: str) -> str:
    """Return the label of a property."""
    return str(group.bl_rna.properties[key].name)
