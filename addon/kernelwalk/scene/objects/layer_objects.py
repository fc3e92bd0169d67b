# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a plan's layers: tiles, kernel, lines, frustum and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy

from ...core.plan.plan import Plan
from ..builds.object_store import ObjectStore
from ..setup.template_loader import LoadedTemplate
from ..shading.lift_nodes import add_lift_modifiers
from ..shading.line_nodes import build_line_material, build_see_through_material
from ..shading.solid_color_nodes import MAX_OBJECTS, MAX_TILES, add_solid_color_modifiers
from ..shading.tile_nodes import build_tile_material
from ..shading.walk_nodes import build_walk_group
from ..stored_values import set_value
from .fcurves import AnimationTargets
from .frustum_object import build_frustum
from .label_objects import LabelBuilder
from .line_objects import build_lines, build_see_through_lines, show_to_camera_only
from .tile_objects import build_bvh_duplicate, build_grid_object, build_tile_objects, has_patch, uses_bvh_duplicates
from .tile_patches import add_patch_modifier


@dataclass(frozen=True)
class Lighting:
    """A template's settings of light and color, for scene/render_settings.py."""

    world: bpy.types.World | None
    view_transform: str
    look: str
    cycles_values: dict[str, int]


@dataclass(frozen=True)
class Stage:
    """The template, light and camera for which layers are built.

    orbit: the empty that turns the camera; None if it stands still
    for_views, for_own_camera: as of scene_builder.build_scene
    """

    template: LoadedTemplate
    lighting: Lighting
    camera: bpy.types.Object
    orbit: bpy.types.Object | None
    for_views: bool
    for_own_camera: bool


def build_layers(plan: Plan, stage: Stage, store: ObjectStore) -> AnimationTargets:
    """Build the objects of a plan, but for its camera, and return what its curves drive."""
    look, parts = plan.spec.look, store.parts
    walk_group = build_walk_group(plan.curves, "ShaderNodeTree", parts)
    patches = [has_patch(grid, plan.max_pixels_per_unit) for grid in plan.grids]
    geometry_groups = []
    if stage.for_views or plan.spec.walk.lift > 0 or any(patches):
        geometry_groups = [build_walk_group(plan.curves, "GeometryNodeTree", parts)]
    tiles: list[bpy.types.Object] = []
    color_modifiers: list[bpy.types.Modifier] = []
    for index, grid in enumerate(plan.grids):
        material = build_tile_material(grid, look, walk_group, stage.template.tile_group, parts, index)
        grid_tiles = build_tile_objects(grid, look, material, store, plan.max_pixels_per_unit)
        for geometry_group in geometry_groups:
            if patches[index]:
                add_patch_modifier(grid, geometry_group, index, grid_tiles[0], store)
            if grid.lift > 0:
                add_lift_modifiers(grid, geometry_group, grid_tiles, parts)
            if stage.for_views:
                color_modifiers += add_solid_color_modifiers(grid, look, geometry_group, grid_tiles, parts)
        tiles += grid_tiles
    for modifier in color_modifiers:
        follows = plan.spec.tile_count <= MAX_TILES and len(tiles) <= max(MAX_OBJECTS, len(plan.grids))
        set_value(modifier, "show_viewport", follows)
    # without bounces Cycles would still search for indirect light, which takes an eighth of the time
    has_bounces = stage.lighting.cycles_values.get("max_bounces", 1) > 0
    visibility = {"shadow": look.shadows, "diffuse": has_bounces, "glossy": has_bounces}
    for tile in tiles:
        for ray, is_visible in visibility.items():
            set_value(tile, f"visible_{ray}", is_visible)
    kernel = None
    if plan.kernel is not None:
        material = build_tile_material(plan.kernel, look, walk_group, stage.template.tile_group, parts)
        kernel = build_grid_object(plan.kernel, look, material, store, plan.max_pixels_per_unit)
        show_to_camera_only(kernel)
    grid_objects = [*tiles, *([kernel] if kernel else [])]
    if uses_bvh_duplicates(plan.spec):
        for grid, grid_object, is_patch in zip(plan.all_grids, grid_objects, [*patches, False], strict=False):
            if is_patch:  # its mesh is another one at each step
                continue
            build_bvh_duplicate(grid_object, grid.name, store)
    materials = {
        color: build_line_material("Connectors", color, look, stage.template.line_group, parts)
        for color in {tuple(line_set.color): None for line_set in plan.lines}
    }
    lines = {line_set.name: build_lines(line_set, materials[tuple(line_set.color)], store) for line_set in plan.lines}
    label_builder = LabelBuilder(plan, stage.camera, store, walk_group)
    counter_labels = label_builder.build()
    sums = label_builder.sums
    see_through: Sequence[bpy.types.Object] = ()
    if plan.see_through is not None and stage.for_own_camera:
        material = build_see_through_material(plan.lines[0], look, stage.template.line_group, parts)
        see_through = build_see_through_lines(lines[plan.lines[0].name], plan.see_through, material, stage.orbit, store)
    frustum = None if plan.frustum is None else build_frustum(plan.frustum, look, stage.template.line_group, store)
    frustums = [] if frustum is None else [frustum]
    return AnimationTargets(
        walk_groups=[walk_group, *geometry_groups],
        line_objects=lines,
        kernel=kernel,
        counter_labels=counter_labels,
        orbit=stage.orbit,
        frustum=frustum,
        shown_while_active=[*see_through[:1], *frustums],
        facing_camera=label_builder.facing_camera,
        sum_tree=sums[1] if sums else None,
        grid_objects=tiles if plan.has_sliding_grids else (),
    )
