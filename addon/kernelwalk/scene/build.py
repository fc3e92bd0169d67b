# SPDX-License-Identifier: GPL-3.0-or-later
"""Building a plan into a scene. Nothing is decided here: the plan says all."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..core.plan.plan import Plan
from . import before, standing
from .animate import Animated, animate
from .camera import build_camera
from .frustum import build_frustum
from .lift import LIFTING, lift_tiles
from .lines import build_lines, build_through, see_by_camera
from .material import line_material, through_material, tile_material, walk_group
from .owned import MOVES, ROOT, WORLD, make_room, mark, named, purge, register_built, remove, unnumbered
from .template import FLOOR, Template, load_template
from .tiles import build_block, build_tiles, build_twin, has_twins
from .words import Lettering

BOUNCES = ("max_bounces", "diffuse_bounces", "glossy_bounces", "transmission_bounces", "transparent_max_bounces")
CYCLES = (*BOUNCES, "use_light_tree")


@dataclass(frozen=True)
class Light:
    """What a template says of light beside its objects, for scene/settings.py."""

    world: bpy.types.World | None
    view_transform: str
    look: str
    bounces: dict[str, int]


@dataclass(frozen=True)
class Built:
    """What was built; `left_out` tells, in words, what of the template was not taken."""

    collection: bpy.types.Collection
    camera: bpy.types.Object
    light: Light
    left_out: tuple[str, ...] = ()


def build(plan: Plan, scene: bpy.types.Scene) -> Built:
    """Build `plan` into `scene`, in a collection of its own, in place of what Kernelwalk built there before.

    The scene's own settings, its camera, world and objects are left alone: see settings.apply. Raises SpecError,
    before anything is removed, where the template cannot be used.
    """
    look = plan.spec.look
    template = load_template(look)
    light = _light(template)
    memory = before.recall(scene)
    before.keep(scene, memory)  # without our own camera and world, which go now
    root = make_room(scene, keep=template.data) or _root(scene)
    root.name = named(plan.spec.name)
    standing.note(root, plan.spec)
    root[MOVES] = template.moves
    root[WORLD] = light.world  # so that it is used, and stays, until the scene takes it
    for data in template.data:  # Blender has numbered them, where the stage that is gone had their names
        data.name = unnumbered(data.name)
    for each in template.stage:
        root.objects.link(each)
        if unnumbered(each.name) == FLOOR:
            _lay(each, plan)
    bpy.data.scenes.remove(template.settings)
    walk, walks = walk_group(plan.curves, "ShaderNodeTree"), []
    if plan.spec.walk.lift > 0:
        walks = [walk_group(LIFTING.intersection(plan.curves), "GeometryNodeTree")]
    tiles = []
    for number, grid in enumerate(plan.grids):
        material = tile_material(grid, look, walk, template.tile, number)
        made_tiles = build_tiles(grid, look, material, root, plan.max_pixels_per_unit)
        for lifting in walks:
            lift_tiles(grid, lifting, made_tiles)
        tiles += made_tiles
    for made in tiles:
        made.visible_shadow = look.shadows
        # where no light goes on from a surface, Cycles would still look where it comes to: an eighth of the time
        made.visible_diffuse = made.visible_glossy = light.bounces.get("max_bounces", 1) > 0
    kernel = None
    if plan.kernel is not None:
        material = tile_material(plan.kernel, look, walk, template.tile)
        kernel = build_block(plan.kernel, look, material, root, plan.max_pixels_per_unit)
        see_by_camera(kernel)
    blocks = [*tiles, *([kernel] if kernel else [])]
    twins = [build_twin(made, root) for made in blocks] if has_twins(plan.spec) else []
    material = line_material(plan.lines[0].color, template.line)
    lines = {each.name: build_lines(each, material, root) for each in plan.lines}
    camera, orbit = build_camera(plan, root)
    lettering = Lettering(plan, camera, root, walk)
    words, figures = lettering.build()
    seen_through = []
    if plan.see_through is not None:
        paler = through_material(plan.lines[0], template.line)
        seen_through = build_through(lines[plan.lines[0].name], plan.see_through, paler, orbit, root)
    body = None if plan.frustum is None else build_frustum(plan.frustum, template.line, root)
    bodies = [] if body is None else [body]
    beside = [*seen_through[:1], *bodies]
    animate(plan.curves, Animated([walk, *walks], lines, kernel, figures, orbit, body, beside, lettering.turning))
    built = [*blocks, *twins, *lines.values(), *seen_through, *bodies, *words, *figures.values(), camera]
    register_built(root, [*template.stage, *built, *([orbit] if orbit else [])])
    purge()  # of the template, what is not used
    return Built(root, camera, light, template.left_out)


def _root(scene: bpy.types.Scene) -> bpy.types.Collection:
    root = mark(bpy.data.collections.new("Kernelwalk"))
    root[ROOT] = True
    scene.collection.children.link(root)
    return root


def clear(scene: bpy.types.Scene) -> None:
    """Remove what Kernelwalk made in `scene`, and nothing else, and give back the settings that it replaced."""
    memory = before.recall(scene)
    before.keep(scene, {})
    remove(scene)
    before.give_back(scene, memory)


def _lay(floor: bpy.types.Object, plan: Plan) -> None:
    """Scale the floor, and leave it out where no shadow falls on it: it costs time wherever it is seen."""
    (left, near), (right, far) = plan.floor_bounds.tolist()
    floor.location = ((left + right) / 2, (near + far) / 2, 0)
    floor.scale = ((right - left) / 2, (far - near) / 2, 1)
    render = plan.spec.render
    floor.is_shadow_catcher = render.transparent  # EEVEE has no such thing
    shadows = plan.spec.look.shadows and not (render.transparent and render.engine == "eevee")
    floor.hide_render = floor.hide_viewport = not shadows


def _light(template: Template) -> Light:
    view, cycles = template.settings.view_settings, getattr(template.settings, "cycles", None)
    bounces = {name: getattr(cycles, name) for name in CYCLES} if cycles else {}  # it can be switched off
    return Light(template.world, view.view_transform, view.look, bounces)
