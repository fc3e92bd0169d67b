# SPDX-License-Identifier: GPL-3.0-or-later
"""scene.kernelwalk: a spec as properties. They are made from the core's own checks, so both have the same bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    BoolVectorProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    IntVectorProperty,
    PointerProperty,
    StringProperty,
)

from ..core.check import Automatic, Check, Choice, Color, Number, Pixels, Switch, Text, Whole
from ..core.errors import Problem, SpecError
from ..core.layers import AXES, LARGEST, LAYERS, NAMED_PADDING, Layer
from ..core.layers import CHECKS as LAYER
from ..core.spec import CAMERA, COLORS, LOOK, RENDER, TITLE, WALK, Spec, from_table
from ..scene import compat
from .preferences import template_names
from .state import KERNELWALK_PG_output, KERNELWALK_PG_steps
from .words import CHOICES, WORDS

LISTENERS: list[Callable[[bpy.types.Scene], None]] = []
"""Called with the scene whose settings have changed."""

# the settings of a new scene: a layer small enough to be understood at a glance
DEFAULT = from_table({"layer": {"op": "conv", "input": 5, "kernel": 3, "padding": 1}}).table()

AUTO = "_auto"
"""Ends the name of the switch beside a value that may be "auto"."""

# Blender keeps no strings of its own for these, so they live as long as this module
OPERATIONS = [(op, layer.label, (layer.__doc__ or "").split(".")[0]) for op, layer in LAYERS.items()]
PADDINGS = [
    ("numbers", "Numbers", "As many cells as are written"),
    *zip(
        NAMED_PADDING,
        ("Valid", "Same", "Full", "Same, Upper", "Same, Lower"),
        (
            "None",
            "The output is as large as the input, with the convention's rule for strides",
            "All there can be",
            "As many outputs as there are strides in the input, an odd cell of padding at the end",
            "As many outputs as there are strides in the input, an odd cell of padding at the beginning",
        ),
        strict=True,
    ),
]
SIZES = {
    "input": ("Input", "Cells of the input", 1),
    "kernel": ("Kernel", "Taps of the kernel", 1),
    "stride": (
        "Stride",
        "Cells from one receptive field to the next, or between inputs if transposed",
        1,
    ),
    "dilation": ("Dilation", "Cells from one tap to the next", 1),
    "before": ("Padding", "Cells of padding before the first cell", 0),
    "after": ("Padding after", "Cells of padding after the last cell", 0),
    "output_padding": ("Out Padding", "Output padding: cells by which the output grows at its end", 0),
    "scale": ("Scale", "How often each cell is repeated", 1),
    "output_shape": ("Out Shape", "Cells of the output, from which its padding follows", 1),
}
FOLLOWING = {
    "stride": ("As Kernel", "Let pooling go on by its kernel's size"),
    "output_padding": ("By Padding", "Let the convention and the padding decide"),
    "output_shape": ("By Padding", "Let the output's size follow from the padding"),
}
"""Sizes that may follow from others."""


def _changed(group: Any, _context: Any = None) -> None:
    scene = group.id_data
    if not scene.kernelwalk.touched:
        scene.kernelwalk.touched = True
    for listener in LISTENERS:
        listener(scene)


def _template_chosen(group: Any, _context: Any) -> None:
    """A look is more than its .blend: take its shapes, colours and view too."""
    take_look(group.id_data.kernelwalk, group.template)
    _changed(group)


CHANGED: dict[str, Any] = {"update": _changed}


def _property(key: str, check: Check, value: Any) -> dict[str, Any]:
    """The properties of one key of a spec: one, or two where it may be "auto"."""
    name, description = WORDS[key]
    words: dict[str, Any] = {"name": name, "description": description, **CHANGED}
    field = key.rpartition(".")[2]
    match check:
        case Automatic():
            inner = _property(key, check.otherwise, _least_sensible(key) if value == "auto" else value)
            about = "Let Kernelwalk choose by the rest"
            switch = BoolProperty(name=f"{name}: Auto", description=about, default=value == "auto", **CHANGED)
            return {**inner, field + AUTO: switch}
        case Choice():
            items = [(word, *CHOICES[word]) for word in check.words]
            return {field: EnumProperty(items=items, default=value, **words)}
        case Whole():
            return {field: IntProperty(min=check.least, max=check.most, default=value, **words)}
        case Number():
            soft: dict[str, Any] = {"precision": 3, "step": 1 if check.most <= 1 else 100}
            return {field: FloatProperty(min=check.least, max=check.most, default=value, **soft, **words)}
        case Switch():
            return {field: BoolProperty(default=value, **words)}
        case Text() if key == "look.template":
            offered: dict[str, Any] = {"search": template_names, "search_options": {"SUGGESTION"}}
            words |= {"subtype": "FILE_PATH", "options": compat.RELATIVE_PATH, "update": _template_chosen}
            return {field: StringProperty(default=value, maxlen=check.longest, **offered, **words)}
        case Text():
            return {field: StringProperty(default=value, maxlen=check.longest, **words)}
        case Color():
            shown: dict[str, Any] = {"subtype": "COLOR_GAMMA", "size": 3, "min": 0.0, "max": 1.0}
            return {field: FloatVectorProperty(default=_rgb(value), **shown, **words)}
        case Pixels():
            bounds: dict[str, Any] = {"min": check.least, "max": check.most}
            return {field: IntVectorProperty(default=value, size=2, subtype="XYZ", **bounds, **words)}
    raise TypeError(check)


def _least_sensible(key: str) -> float | int:
    """What a value starts from when "auto" is switched off."""
    return {"walk.hold": 6, "look.gap": 4.0, "look.line_width": 0.07}[key]


def _rgb(color: str) -> tuple[float, ...]:
    return tuple(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))


def _hex(rgb: Any) -> str:
    return "#" + "".join(f"{round(channel * 255):02X}" for channel in rgb)


def _group(name: str, prefix: str, checks: Mapping[str, Check], values: Mapping[str, Any], **more: Any) -> type:
    """A PropertyGroup with the properties of a section's keys."""
    fields: dict[str, Any] = {}
    for key, check in checks.items():
        fields |= _property(f"{prefix}{key}", check, values[key])
    return type(name, (bpy.types.PropertyGroup,), {"__annotations__": fields | more, "__module__": __name__})


ABSENT = {"output_padding": [0] * AXES, "scale": [2] * AXES, "output_shape": [6] * AXES}
"""What sizes are set to that a layer does not have."""


def _layer_fields() -> dict[str, Any]:
    layer = DEFAULT["layer"]
    (before, after) = zip(*layer["padding"], strict=True)
    values = {**layer, "before": before, "after": after, **ABSENT}
    fields: dict[str, Any] = {
        "op": EnumProperty(name="Operation", description="What the layer computes", items=OPERATIONS, **CHANGED),
        "padding": EnumProperty(name="Padding", description="How the input is padded", items=PADDINGS, **CHANGED),
        "sides": BoolProperty(
            name="Each Side", description="Give the padding of both sides of each axis by itself", **CHANGED
        ),
    }
    for key, (name, description, least) in SIZES.items():
        bounds: dict[str, Any] = {"size": AXES, "min": least, "soft_max": 64, "max": LARGEST}
        fields[key] = IntVectorProperty(name=name, description=description, default=values[key], **bounds, **CHANGED)
    fields["linked"] = BoolVectorProperty(
        name="Square",
        description="Use one number for both axes",
        size=len(SIZES),
        default=[True] * len(SIZES),
        **CHANGED,
    )
    for key, check in LAYER.items():
        fields |= _property(f"layer.{key}", check, {"count_include_pad": True}.get(key, layer.get(key, False)))
    for key, (name, description) in FOLLOWING.items():
        shown = f"{SIZES[key][0]}: {name}"
        fields[key + AUTO] = BoolProperty(name=shown, description=description, default=True, **CHANGED)
    return fields


KERNELWALK_PG_layer = type(
    "KERNELWALK_PG_layer",
    (bpy.types.PropertyGroup,),
    {"__annotations__": _layer_fields(), "__module__": __name__, "__doc__": "The layer; vectors are y, then x."},
)
KERNELWALK_PG_walk = _group("KERNELWALK_PG_walk", "walk.", WALK, DEFAULT["walk"])
KERNELWALK_PG_colors = _group("KERNELWALK_PG_colors", "look.colors.", COLORS, DEFAULT["look"]["colors"])
KERNELWALK_PG_look = _group(
    "KERNELWALK_PG_look", "look.", LOOK, DEFAULT["look"], colors=PointerProperty(type=KERNELWALK_PG_colors)
)
KERNELWALK_PG_camera = _group("KERNELWALK_PG_camera", "camera.", CAMERA, DEFAULT["camera"])
KERNELWALK_PG_render = _group("KERNELWALK_PG_render", "render.", RENDER, DEFAULT["render"])
SECTIONS = {
    "layer": KERNELWALK_PG_layer,
    "walk": KERNELWALK_PG_walk,
    "look": KERNELWALK_PG_look,
    "camera": KERNELWALK_PG_camera,
    "render": KERNELWALK_PG_render,
}
CHECKS = {"walk": WALK, "look": LOOK, "camera": CAMERA, "render": RENDER}
KERNELWALK_PG_spec = type(
    "KERNELWALK_PG_spec",
    (bpy.types.PropertyGroup,),
    {
        "__annotations__": {
            "title": StringProperty(
                name=WORDS["title"][0], description=WORDS["title"][1], maxlen=TITLE.longest, **CHANGED
            ),
            **{name: PointerProperty(type=group) for name, group in SECTIONS.items()},
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
    return from_table(
        {
            "title": settings.title,
            "layer": _read_layer(settings.layer),
            "look": look,
            **{name: section(settings, name) for name in ("walk", "camera", "render")},
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
        table = from_table({"layer": DEFAULT["layer"], "look": {"template": bpy.path.abspath(template)}}).table()
    except SpecError:
        return  # the panel says what is wrong
    del table["look"]["template"]
    for name in ("look", "camera"):
        _write(table[name], CHECKS[name], getattr(settings, name))
    _write(table["look"]["colors"], COLORS, settings.look.colors)


def write(spec: Spec, settings: Any) -> None:
    """Set the settings to a spec."""
    table = spec.table()
    settings.title = table["title"]
    write_layer(spec.layer, settings.layer)
    for name, checks in CHECKS.items():
        _write(table[name], checks, getattr(settings, name))
    _write(table["look"]["colors"], COLORS, settings.look.colors)


def _read(group: Any, checks: Mapping[str, Check]) -> dict[str, Any]:
    return {key: _value(group, key, check) for key, check in checks.items()}


def _value(group: Any, key: str, check: Check) -> Any:
    if isinstance(check, Automatic):
        return "auto" if getattr(group, key + AUTO) else _value(group, key, check.otherwise)
    value = getattr(group, key)
    if isinstance(check, Color):
        return _hex(value)
    if isinstance(check, Pixels):
        return tuple(value)
    # Blender's floats have single precision; what was typed is what is meant
    return float(f"{value:.6g}") if isinstance(check, Number) else value


def _write(table: Mapping[str, Any], checks: Mapping[str, Check], group: Any) -> None:
    for key, check in checks.items():
        if key not in table:
            continue
        value = table[key]
        if isinstance(check, Automatic):
            setattr(group, key + AUTO, value == "auto")
            if value == "auto":
                continue
        setattr(group, key, _rgb(value) if isinstance(check, Color) else value)


def _sizes(layer: Any, key: str) -> tuple[int, ...]:
    values = tuple(getattr(layer, key))
    return values[:1] * AXES if layer.linked[list(SIZES).index(key)] else values


def _read_layer(layer: Any) -> dict[str, Any]:
    keys = LAYERS[layer.op].KEYS
    sizes = [key for key in SIZES if key in keys and not follows(layer, key)]
    table = {"op": layer.op, **{key: _sizes(layer, key) for key in sizes}}
    table |= {key: getattr(layer, key) for key in LAYER if key in keys}
    if "padding" in keys and layer.padding != "numbers":
        table["padding"] = layer.padding
    elif "padding" in keys and "output_shape" not in sizes:
        before = _sizes(layer, "before")
        after = _sizes(layer, "after") if layer.sides else before
        table["padding"] = list(zip(before, after, strict=True))
    return table


def follows(layer: Any, key: str) -> bool:
    """Whether a size follows from others, rather than being given."""
    return can_follow(layer, key) and bool(getattr(layer, key + AUTO))


def can_follow(layer: Any, key: str) -> bool:
    """Whether the operation lets a size follow from others."""
    match key:
        case "stride":
            return layer.op in ("max_pool", "avg_pool")
        case "output_padding":
            return layer.convention == "keras" and layer.padding in ("same", "valid")
    return key == "output_shape"


def name(group: Any, key: str) -> str:
    """What the panel calls a field."""
    return str(group.bl_rna.properties[key].name)


def input_size(layer: Any) -> tuple[int, ...]:
    """The size that the input is set to."""
    return _sizes(layer, "input")


def write_layer(given: Layer, layer: Any) -> None:
    """Set the layer's settings to a layer."""
    table = {"op": given.op, **given.table()}
    padding = table.get("padding", 0)
    named = isinstance(padding, str)
    layer.op, layer.padding = table["op"], padding if named else "numbers"
    pairs = padding if isinstance(padding, list) else [[0, 0]] * AXES
    before, after = zip(*pairs, strict=True)
    if not named:
        layer.sides = before != after
    values: dict[str, Any] = {**table, "before": before, "after": after}
    for index, key in enumerate(SIZES):
        if key in FOLLOWING:
            setattr(layer, key + AUTO, key not in table or (key == "stride" and table[key] == table["kernel"]))
        sizes = values.get(key, ABSENT.get(key, [1] * AXES))
        setattr(layer, key, sizes)
        layer.linked[index] = len(set(sizes)) == 1
    for key in LAYER:
        if key in table:
            setattr(layer, key, table[key])
        else:
            layer.property_unset(key)
