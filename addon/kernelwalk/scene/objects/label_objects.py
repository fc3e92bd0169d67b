# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels: text objects with fonts packed into the file, and the legend's squares. Only the camera sees them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Matrix

from ...core.errors import KernelwalkError, Problem, SpecError
from ...core.font_metrics import FONTS
from ...core.labels.label import EDGE_SHARE, Label, Swatch
from ...core.plan.plan import Plan
from ...core.text_direction import order_letters
from ..builds.object_store import LABELS_ROOM, ObjectStore
from ..builds.ownership import remove_datablocks, strip_number_suffix, tag, truncate_name
from ..shading.materials import build_material, put_material
from ..shading.node_builder import NodeBuilder, Socket
from ..stored_values import set_value
from .line_objects import show_to_camera_only
from .sum_object import build_sum_object, list_glyphs

CURVE_RESOLUTION, VIEW_RESOLUTION = 4, 2
"""Segments per curve of a letter in renders, and in the viewport, where a Live change fills all letters again; at the
size of labels, more make no visible difference."""

PARTS_OF_NAMES = ("Name", "Size")
"""The labels of a grid's name, in the plan's order."""


class LabelBuilder:
    """Builds the labels of a plan, which share fonts and materials.

    facing_camera: the labels built so far that turn with an orbiting camera
    sums:          the line that tells what each step computes, and the nodes to key; None if there is none
    """

    def __init__(self, plan: Plan, camera: bpy.types.Object, store: ObjectStore, walk_group: bpy.types.NodeTree):
        self.plan, self.camera, self.store, self.walk_group = plan, camera, store, walk_group
        self.fonts: dict[str, bpy.types.VectorFont] = {}
        self.materials: dict[tuple[Any, ...], bpy.types.Material] = {}
        self.curves: dict[tuple[Any, ...], bpy.types.Curve] = {}
        self.facing_camera: list[bpy.types.Object] = []
        self.sums: tuple[bpy.types.Object, bpy.types.NodeTree] | None = None

    def build(self) -> Mapping[str, bpy.types.Object]:
        """Build all labels and squares, and return the glyphs of the step counter by name."""
        fonts_before = set(bpy.data.fonts)
        for name, label in zip(name_labels(self.plan), self.plan.labels, strict=True):
            self._build_label(name, label)
        for number, swatch in enumerate(self.plan.swatches):
            self._build_square(number, swatch)
        counter = {
            name: self._build_label(f"Position {name}", label) for name, label in self.plan.counter_labels.items()
        }
        self.sums = self._build_sums()
        # a new text loads Blender's own font before it gets another
        remove_datablocks([font for font in bpy.data.fonts if font not in fonts_before and font.users == 0])
        return counter

    def _build_sums(self) -> tuple[bpy.types.Object, bpy.types.NodeTree] | None:
        label, lines = self.plan.sum_label, self.plan.sum_lines
        if label is None:
            return None
        curves = [self._get_text_curve("Glyph", replace(label, text=character)) for character in list_glyphs(lines)]
        glyphs = [tag(bpy.data.objects.new("Glyph", curve)) for curve in curves]
        sums, tree = build_sum_object(lines, self.plan.sum_columns, label, glyphs, self.store)
        return self._place(sums, label, True), tree

    def _build_label(self, name: str, label: Label) -> bpy.types.Object:
        text_object = self.store.make(f"label {name}", name, self._get_text_curve(name, label), LABELS_ROOM)
        if label.is_facing_camera:
            self.facing_camera.append(text_object)
        return self._place(text_object, label, label.is_fixed)

    def _get_text_curve(self, name: str, label: Label) -> bpy.types.Curve:
        """Return the text of a label with this name. Equal labels share it, so that Cycles reuses its mesh."""
        key = label.text, label.font, label.font_size, label.anchor, label.color, label.grid_index
        if key in self.curves:
            return self.curves[key]
        words = truncate_name(label.text.strip() or "Word")
        curve: Any = self.store.parts.take(f"text {name}", lambda: tag(bpy.data.curves.new(words, "FONT")))
        if strip_number_suffix(curve.name) != words:
            curve.name = words
        values = {
            **dict.fromkeys(("font", "font_bold", "font_italic", "font_bold_italic"), self._load_font(label.font.file)),
            "body": order_letters(label.text),
            "size": label.font_size * (label.font.max_ascent + label.font.max_descent),
            "align_x": label.anchor.upper(),
            "align_y": "TOP_BASELINE",
            "resolution_u": VIEW_RESOLUTION,
            "render_resolution_u": CURVE_RESOLUTION,
        }
        for setting, value in values.items():
            set_value(curve, setting, value)
        look = self.plan.spec.look
        is_plain = np.array_equal(label.color, look.to_scene_rgb(look.colors.text))
        put_material(curve, self._get_material("Words" if is_plain else "Words, paler", label.color, label.grid_index))
        self.curves[key] = curve
        return curve

    def _load_font(self, file_name: str) -> bpy.types.VectorFont:
        """Load a font and pack it, so that it is available wherever the file goes.

        file_name: as of core.font_metrics.Font
        """
        if file_name not in self.fonts:
            path = find_font_path(file_name)
            part = f"font {path} {path.stat().st_mtime}"
            self.fonts[file_name] = self.store.parts.take(part, lambda: _pack_font(path))
        return self.fonts[file_name]

    def _build_square(self, number: int, swatch: Swatch) -> bpy.types.Object:
        mesh = tag(bpy.data.meshes.new(f"Legend {number + 1}"))
        side, inset = swatch.side, swatch.side * EDGE_SHARE if swatch.edge_color else 0.0
        outer = [(0, 0, 0), (side, 0, 0), (side, side, 0), (0, side, 0)]
        inner = [tuple(inset + (side - 2 * inset) * (at > 0) for at in (x, y)) + (0,) for x, y, _ in outer]
        ring = [(at, (at + 1) % 4, (at + 1) % 4 + 4, at + 4) for at in range(4)] if swatch.edge_color else []
        mesh.from_pydata([*outer, *inner], [], [(4, 5, 6, 7), *ring])
        for color in (swatch.color, swatch.edge_color):
            if color is not None:
                mesh.materials.append(self._get_material(mesh.name, color))
        mesh.polygons.foreach_set("material_index", [0, *[1] * len(ring)])
        name = f"Legend Square {number + 1}"
        return self._place(self.store.make(f"label {name}", name, mesh, LABELS_ROOM), swatch, True)

    def _place(self, placed: bpy.types.Object, label: Label | Swatch, is_fixed: bool) -> bpy.types.Object:
        """Move an object to its location. What is fixed in the picture is parented to the camera."""
        transform = Matrix.LocRotScale(label.location, Euler(label.rotation), None)
        if is_fixed:
            set_value(placed, "parent", self.camera)
            camera = Matrix.LocRotScale(self.plan.view.location, Euler(self.plan.view.rotation), None)
            location, rotation = (camera.inverted() @ transform).translation, (0.0, 0.0, 0.0)
        else:
            set_value(placed, "parent", None)
            location, rotation = label.location, label.rotation
        set_value(placed, "location", location)
        set_value(placed, "rotation_euler", rotation)
        show_to_camera_only(placed)
        return placed

    def _get_material(
        self, name: str, color: tuple[float, float, float], grid_index: int | None = None
    ) -> bpy.types.Material:
        """Return a material of exactly a color in any light, which fades in with a grid that appears."""
        if f"shown.{grid_index}" not in self.plan.curves:
            grid_index = None
        if (color, grid_index) not in self.materials:

            def write(nodes: NodeBuilder) -> Socket:
                emission = nodes.node("ShaderNodeEmission")
                nodes.connect(emission.inputs["Color"], nodes.color("Color", np.array(color)))
                if grid_index is None:
                    return emission.outputs[0]
                transparent = nodes.node("ShaderNodeBsdfTransparent").outputs[0]
                opacity = nodes.group(self.walk_group).outputs[f"Shown {grid_index}"]
                return nodes.mix_shader(opacity, transparent, emission.outputs[0])

            parts, look = self.store.parts, self.plan.spec.look
            self.materials[color, grid_index] = build_material(name, parts, write, color, look)
        return self.materials[color, grid_index]


def find_font_path(file_name: str) -> Path:
    """Return the path of a font's file, as of core.font_metrics.Font. Raises KernelwalkError."""
    path = FONTS / file_name  # the path of a user's own font is absolute
    if not path.exists():
        utils: Any = bpy.utils
        path = Path(utils.system_resource("DATAFILES", path="fonts")) / file_name
    if not path.exists():
        raise KernelwalkError(f"This Blender lacks its font {file_name}. Write the labels in Latin letters")
    return path


def _pack_font(path: Path) -> bpy.types.VectorFont:
    """Load a font and pack it into the file."""
    try:
        loaded = tag(bpy.data.fonts.load(str(path)))
    except RuntimeError:
        what = f"Blender cannot read {path.name}"
        raise SpecError([Problem("labels.font", what, "Name another .ttf or .otf file")]) from None
    loaded.user_clear()  # Blender counts the loading as a user and would never remove the font
    loaded.pack()
    loaded.filepath = f"//{path.name}"
    return loaded


def name_labels(plan: Plan) -> list[str]:
    """Return names for the objects of a plan's labels, each once: they say what a label is for, not its text."""
    counts: Counter[tuple[str, int | None]] = Counter()
    names: list[str] = []
    for label in plan.labels:
        number = counts[label.role, label.grid_index]
        counts[label.role, label.grid_index] += 1
        grid = "" if label.grid_index is None else f"{plan.grids[label.grid_index].name} "
        if label.role == "name" and number < len(PARTS_OF_NAMES):
            names.append(f"{grid}{PARTS_OF_NAMES[number]}")
        elif label.role in ("title", "caption", "equation"):
            names.append(label.role.capitalize() + (f" {number + 1}" if number else ""))
        else:
            names.append(f"{grid}{label.role.capitalize()} {number + 1}")
    return names
