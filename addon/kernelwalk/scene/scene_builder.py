# SPDX-License-Identifier: GPL-3.0-or-later
"""Building a plan into a scene. Nothing is decided here: the plan says all."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..core.plan.plan import Plan
from . import built_spec, saved_settings
from .camera_rig import build_camera
from .fcurves import AnimationTargets, write_curves
from .frustum_object import build_frustum
from .label_objects import LabelBuilder
from .line_objects import build_lines, build_see_through_lines, show_to_camera_only
from .ownership import (
    ANIMATED_KEY,
    ROOT_KEY,
    WORLD_KEY,
    purge_unused,
    remove_build,
    remove_previous_build,
    store_built_objects,
    strip_number_suffix,
    tag,
    truncate_name,
)
from .shading.lift_nodes import LIFT_CURVES, add_lift_modifiers
from .shading.tile_nodes import build_line_material, build_see_through_material, build_tile_material, build_walk_group
from .template_loader import FLOOR_OBJECT, LoadedTemplate, load_template
from .tile_objects import build_bvh_duplicate, build_grid_object, build_tile_objects, uses_bvh_duplicates

BOUNCE_SETTINGS = (
    "max_bounces",
    "diffuse_bounces",
    "glossy_bounces",
    "transmission_bounces",
    "transparent_max_bounces",
)
CYCLES_SETTINGS = (*BOUNCE_SETTINGS, "use_light_tree")


@dataclass(frozen=True)
class Lighting:
    """What a template says of light beside its objects, for scene/render_settings.py."""

    world: bpy.types.World | None
    view_transform: str
    look: str
    cycles_values: dict[str, int]


@dataclass(frozen=True)
class BuiltScene:
    """What was built; `left_out` tells, in words, what of the template was not taken."""

    collection: bpy.types.Collection
    camera: bpy.types.Object
    lighting: Lighting
    left_out: tuple[str, ...] = ()


def build_scene(plan: Plan, scene: bpy.types.Scene) -> BuiltScene:
    """Build `plan` into `scene`, in a collection of its own, in place of what Kernelwalk built there before.

    The scene's own settings, its camera, world and objects are left alone: see settings.apply. Raises SpecError,
    before anything is removed, where the template cannot be used.
    """
    look = plan.spec.look
    template = load_template(look)
    light = _read_lighting(template)
    memory = saved_settings.load_saved(scene)
    saved_settings.store_saved(scene, memory)  # without our own camera and world, which go now
    root = remove_previous_build(scene, keep=template.datablocks) or _make_root_collection(scene)
    root.name = truncate_name(plan.spec.name)
    built_spec.store_spec(root, plan.spec)
    root[ANIMATED_KEY] = template.is_animated
    root[WORLD_KEY] = light.world  # so that it is used, and stays, until the scene takes it
    for data in template.datablocks:  # Blender has numbered them, where the stage that is gone had their names
        data.name = strip_number_suffix(data.name)
    for each in template.objects:
        root.objects.link(each)
        if strip_number_suffix(each.name) == FLOOR_OBJECT:
            _fit_floor(each, plan)
    bpy.data.scenes.remove(template.scene)
    walk, walks = build_walk_group(plan.curves, "ShaderNodeTree"), []
    if plan.spec.walk.lift > 0:
        walks = [build_walk_group(LIFT_CURVES.intersection(plan.curves), "GeometryNodeTree")]
    tiles = []
    for number, grid in enumerate(plan.grids):
        material = build_tile_material(grid, look, walk, template.tile_group, number)
        made_tiles = build_tile_objects(grid, look, material, root, plan.max_pixels_per_unit)
        for lifting in walks:
            add_lift_modifiers(grid, lifting, made_tiles)
        tiles += made_tiles
    for made in tiles:
        made.visible_shadow = look.shadows
        # where no light goes on from a surface, Cycles would still look where it comes to: an eighth of the time
        made.visible_diffuse = made.visible_glossy = light.cycles_values.get("max_bounces", 1) > 0
    kernel = None
    if plan.kernel is not None:
        material = build_tile_material(plan.kernel, look, walk, template.tile_group)
        kernel = build_grid_object(plan.kernel, look, material, root, plan.max_pixels_per_unit)
        show_to_camera_only(kernel)
    blocks = [*tiles, *([kernel] if kernel else [])]
    twins = [build_bvh_duplicate(made, root) for made in blocks] if uses_bvh_duplicates(plan.spec) else []
    material = build_line_material(plan.lines[0].color, template.line_group)
    lines = {each.name: build_lines(each, material, root) for each in plan.lines}
    camera, orbit = build_camera(plan, root)
    lettering = LabelBuilder(plan, camera, root, walk)
    words, figures = lettering.build()
    seen_through = []
    if plan.see_through is not None:
        paler = build_see_through_material(plan.lines[0], template.line_group)
        seen_through = build_see_through_lines(lines[plan.lines[0].name], plan.see_through, paler, orbit, root)
    body = None if plan.frustum is None else build_frustum(plan.frustum, template.line_group, root)
    bodies = [] if body is None else [body]
    beside = [*seen_through[:1], *bodies]
    write_curves(
        plan.curves,
        AnimationTargets([walk, *walks], lines, kernel, figures, orbit, body, beside, lettering.facing_camera),
    )
    built = [*blocks, *twins, *lines.values(), *seen_through, *bodies, *words, *figures.values(), camera]
    store_built_objects(root, [*template.objects, *built, *([orbit] if orbit else [])])
    purge_unused()  # of the template, what is not used
    return BuiltScene(root, camera, light, template.left_out)


def _make_root_collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    root = tag(bpy.data.collections.new("Kernelwalk"))
    root[ROOT_KEY] = True
    scene.collection.children.link(root)
    return root


def clear_scene(scene: bpy.types.Scene) -> None:
    """Remove what Kernelwalk made in `scene`, and nothing else, and give back the settings that it replaced."""
    memory = saved_settings.load_saved(scene)
    saved_settings.store_saved(scene, {})
    remove_build(scene)
    saved_settings.restore_settings(scene, memory)


def _fit_floor(floor: bpy.types.Object, plan: Plan) -> None:
    """Scale the floor, and leave it out where no shadow falls on it: it costs time wherever it is seen."""
    (left, near), (right, far) = plan.floor_bounds.tolist()
    floor.location = ((left + right) / 2, (near + far) / 2, 0)
    floor.scale = ((right - left) / 2, (far - near) / 2, 1)
    render = plan.spec.render
    floor.is_shadow_catcher = render.transparent  # EEVEE has no such thing
    shadows = plan.spec.look.shadows and not (render.transparent and render.engine == "eevee")
    floor.hide_render = floor.hide_viewport = not shadows


def _read_lighting(template: LoadedTemplate) -> Lighting:
    view, cycles = template.scene.view_settings, getattr(template.scene, "cycles", None)
    bounces = {name: getattr(cycles, name) for name in CYCLES_SETTINGS} if cycles else {}  # it can be switched off
    return Lighting(template.world, view.view_transform, view.look, bounces)
