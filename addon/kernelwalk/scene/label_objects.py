# SPDX-License-Identifier: GPL-3.0-or-later
"""Words: text objects in a font that the file holds, and the legend's squares. The camera alone sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Matrix

from ..core.labels.font_metrics import FONTS, load_font
from ..core.labels.label import Label, Swatch
from ..core.plan.plan import Plan
from ..core.spec.look_section import srgb_to_linear
from . import compat
from .line_objects import show_to_camera_only
from .ownership import tag
from .shading.node_builder import NodeBuilder

CURVE_RESOLUTION = 4
"""Straight pieces of each of a letter's curves: at the sizes that words have, more cannot be seen."""

EDGE_SHARE = 0.09
"""Width of the line around a square of the legend, as a share of its side."""

REPEATED_ROLES = ("name", "tick", "legend", "position")
"""Roles of which there are several words, whose objects are told apart by what they say."""


class LabelBuilder:
    """Makes the words of a plan in a collection, with the fonts and materials that they share."""

    def __init__(
        self, plan: Plan, camera: bpy.types.Object, collection: bpy.types.Collection, walk: bpy.types.NodeTree
    ):
        self.plan, self.camera, self.collection, self.walk_group = plan, camera, collection, walk
        self.fonts: dict[str, bpy.types.VectorFont] = {}
        self.materials: dict[tuple[Any, ...], bpy.types.Material] = {}
        self.curves: dict[tuple[Any, ...], bpy.types.Curve] = {}
        self.facing_camera: list[bpy.types.Object] = []

    def build(self) -> tuple[list[bpy.types.Object], Mapping[str, bpy.types.Object]]:
        """The objects of all that stands still, and those of the position by their names."""
        there = set(bpy.data.fonts)
        still = [self._build_label(word) for word in self.plan.labels]
        still += [self._build_square(number, swatch) for number, swatch in enumerate(self.plan.swatches)]
        figures = {name: self._build_label(word) for name, word in self.plan.counter_labels.items()}
        # a new text has Blender's own font, until it gets another
        bpy.data.batch_remove([each for each in bpy.data.fonts if each not in there and each.users == 0])
        return still, figures

    def _build_label(self, word: Label) -> bpy.types.Object:
        name = word.role.capitalize()
        if word.role in REPEATED_ROLES:
            name += f": {word.text.strip()}"
        made = tag(bpy.data.objects.new(name, self._get_text_curve(word)))
        if word.is_facing_camera:
            self.facing_camera.append(made)
        return self._place(made, word, word.is_fixed)

    def _get_text_curve(self, word: Label) -> bpy.types.Curve:
        """The text, which words that are the same share: Cycles then keeps what it has made of it."""
        key = word.text, word.font, word.font_size, word.anchor, word.color, word.grid_index
        if key in self.curves:
            return self.curves[key]
        curve: Any = tag(bpy.data.curves.new(word.text.strip() or "Word", "FONT"))
        measure = load_font(word.font)
        curve.body = word.text
        for weight in ("font", "font_bold", "font_italic", "font_bold_italic"):
            setattr(curve, weight, self._load_font(word.font))
        curve.size = word.font_size * (measure.highest + measure.lowest)
        curve.align_x = word.anchor.upper()
        curve.align_y = "TOP_BASELINE"
        curve.resolution_u = CURVE_RESOLUTION
        plain = np.array_equal(word.color, srgb_to_linear(self.plan.spec.look.colors.text))
        curve.materials.append(self._get_material("Words" if plain else "Words, paler", word.color, word.grid_index))
        self.curves[key] = curve
        return curve

    def _load_font(self, name: str) -> bpy.types.VectorFont:
        """A font, held by the file itself, so that it is there wherever the file goes."""
        if name not in self.fonts:
            path = FONTS / f"{name}.ttf"
            loaded = tag(bpy.data.fonts.load(str(path)))
            loaded.user_clear()  # Blender counts the loading itself, and would never let go of it
            loaded.pack()
            loaded.filepath = f"//{path.name}"
            self.fonts[name] = loaded
        return self.fonts[name]

    def _build_square(self, number: int, swatch: Swatch) -> bpy.types.Object:
        mesh = tag(bpy.data.meshes.new(f"Legend {number + 1}"))
        side, inset = swatch.side, swatch.side * EDGE_SHARE if swatch.edge_color else 0.0
        around = [(0, 0, 0), (side, 0, 0), (side, side, 0), (0, side, 0)]
        within = [tuple(inset + (side - 2 * inset) * (at > 0) for at in (x, y)) + (0,) for x, y, _ in around]
        ring = [(near, (near + 1) % 4, (near + 1) % 4 + 4, near + 4) for near in range(4)] if swatch.edge_color else []
        mesh.from_pydata([*around, *within], [], [(4, 5, 6, 7), *ring])
        for color in (swatch.color, swatch.edge_color):
            if color is not None:
                mesh.materials.append(self._get_material(mesh.name, color))
        mesh.polygons.foreach_set("material_index", [0, *[1] * len(ring)])
        return self._place(tag(bpy.data.objects.new(mesh.name, mesh)), swatch, True)

    def _place(self, made: bpy.types.Object, of: Label | Swatch, held: bool) -> bpy.types.Object:
        """Put an object where it stands: what is held in the picture goes with the camera."""
        place = Matrix.LocRotScale(of.location, Euler(of.rotation), None)
        if held:
            made.parent = self.camera
            seen = Matrix.LocRotScale(self.plan.view.location, Euler(self.plan.view.rotation), None)
            made.location = (seen.inverted() @ place).translation
        else:
            made.location, made.rotation_euler = of.location, of.rotation
        show_to_camera_only(made)
        self.collection.objects.link(made)
        return made

    def _get_material(
        self, name: str, color: tuple[float, float, float], grid: int | None = None
    ) -> bpy.types.Material:
        """Exactly a colour, in whatever light; of a grid that appears, as far as it has."""
        if f"shown.{grid}" not in self.plan.curves:
            grid = None
        if (color, grid) not in self.materials:
            material = tag(bpy.data.materials.new(name))
            tree = compat.ensure_node_tree(material)
            tree.nodes.clear()
            write = NodeBuilder(tree)
            shader = write.node("ShaderNodeEmission")
            write.connect(shader.inputs["Color"], write.color("Color", np.array(color)))
            if grid is not None:
                mix = write.node("ShaderNodeMixShader")
                clear = write.node("ShaderNodeBsdfTransparent")
                shown = write.group(self.walk_group).outputs[f"Shown {grid}"]
                for index, value in enumerate((shown, clear.outputs[0], shader.outputs[0])):
                    write.connect(mix.inputs[index], value)
                shader = mix
            write.connect(write.node("ShaderNodeOutputMaterial").inputs["Surface"], shader.outputs[0])
            material.diffuse_color = (*color, 1.0)
            if hasattr(material, "cycles"):
                material.cycles.emission_sampling = "NONE"
            self.materials[color, grid] = material
        return self.materials[color, grid]
