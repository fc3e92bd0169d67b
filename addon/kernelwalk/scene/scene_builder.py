# SPDX-License-Identifier: GPL-3.0-or-later
"""The build of a plan into a scene. The plan has decided everything; nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import bpy

from ..core.plan.plan import Plan
from .builds import built_extent, built_spec, collection_names, hand_losses
from .builds.active_walk import FIRST, NUMBER_KEY, get_active_number
from .builds.object_store import TEMPLATE_ROOM, ObjectStore
from .builds.ownership import (
    ANIMATED_KEY,
    ROOT_KEY,
    WORLD_KEY,
    find_own_world,
    find_root_collections,
    has_any_build,
    is_in_another_scene,
    list_datablocks,
    purge_unused,
    release_build,
    remove_build,
    store_built_objects,
    strip_number_suffix,
    tag,
)
from .objects.fcurves import write_curves
from .objects.layer_objects import Lighting, Stage, build_layers
from .places import placement, walk_scale
from .setup import light_links, saved_settings, scene_setup, startup_objects
from .setup.camera_rig import build_camera
from .setup.earlier_template import find_earlier_template, forget_groups, store_groups
from .setup.template_loader import FLOOR_OBJECT, LoadedTemplate, describe_source, load_template
from .shading.solid_color_nodes import color_objects
from .steps import step_markers
from .stored_values import set_value

BESIDE_SUFFIX = " B"
"""Suffix of the names of what is built of a layer beside another."""


@dataclass(frozen=True)
class BuiltScene:
    """The result of a build.

    left_out: sentences about parts of the template that were not loaded
    """

    collection: bpy.types.Collection
    camera: bpy.types.Object
    lighting: Lighting
    left_out: tuple[str, ...] = ()


def build_scene(
    plan: Plan,
    scene: bpy.types.Scene,
    for_views: bool = False,
    keeps_changes: bool = True,
    lights: bool = True,
    for_own_camera: bool = True,
    losses: Sequence[str] | None = None,
) -> BuiltScene:
    """Build `plan` into a collection of its own in `scene`, replacing any earlier build of the active walk.

    The scene's settings, camera, world and other objects stay as they are: render_settings.apply_settings changes them.

    What a user has changed by hand in that build stays, as scene/builds/object_store.py says.

    for_views:     also build what Solid shading needs; renders do not use it
    keeps_changes: if False, build everything as if by hand nothing had been changed
    lights:        if False, hide the lights and the floor of the template
    for_own_camera: if False, leave out what only the walk's camera sees in its place: lines that show through tiles,
                    and the title, the legend and all else that is fixed in the picture
    losses:         as of hand_losses.find_losses, where they are known
    Raise SpecError, before anything is removed, if the template cannot be used.
    """
    if not for_own_camera:
        plan = plan.without_fixed_labels()
    look = plan.spec.look
    earlier = _find_earlier_root(scene)
    earlier_world = None if earlier is None else earlier.get(WORLD_KEY)
    if losses is None:
        losses = [] if earlier is None else hand_losses.find_losses(earlier)
    template = None
    if earlier is not None and keeps_changes and not losses:
        template = find_earlier_template(earlier, scene, look, lights)
    if template is None:
        template = load_template(look)
    sets_up = scene_setup.is_set_up(scene)
    saved = saved_settings.load_saved(scene)
    own_world = find_own_world(scene)
    root, previous = release_build(scene)
    if root is not None:
        walk_scale.fit_objects(root, previous, 1.0)  # the build knows no other scale
    root = root or _make_root_collection(scene)
    source = describe_source(look)
    forget_groups(root)
    keep = {*template.datablocks, template.tile_group, template.line_group, earlier_world}
    store = ObjectStore(
        root, scene, previous, source, keep, is_fresh=not keeps_changes, makes_parts=bool(losses) or not for_views
    )
    lighting = _read_lighting(template, earlier_world if store.keeps_template else None)
    if own_world not in (None, lighting.world):  # it goes
        scene.world = None
    if sets_up:
        saved_settings.store_saved(scene, saved)
    collection_names.name_collections(root, plan.spec.name, keeps_changes)
    built_spec.store_spec(root, plan.spec)
    built_extent.store_extent(root, plan, lights and _is_lit(template))  # else other lights are wanted
    root[scene_setup.LIGHTS_KEY] = lights
    root[ANIMATED_KEY] = template.facts.is_animated
    store_groups(root, template)
    if lighting.world is not None and lighting.world != earlier_world:
        lighting.world.name = "Kernelwalk World"
    root[WORLD_KEY] = lighting.world  # counts as a user, so that Blender keeps it until the scene uses it
    _add_template_objects(template, plan, store, lights)
    camera, orbit = build_camera(plan, store)
    stage = Stage(template, lighting, camera, orbit, for_views, for_own_camera)
    driving = [(plan.curves, build_layers(plan, stage, store))]
    if plan.beside is not None:
        with store.carry("place", "Kernelwalk Beside", BESIDE_SUFFIX) as place:
            targets = build_layers(plan.beside, stage, store)
        driving.append((plan.beside.curves, replace(targets, place=place)))
    write_curves(driving, [*store.objects.values(), *store.parts.taken])
    color_objects(store.objects.values())
    placement.keep_origin(store)
    store.finish()
    store_built_objects(root, list(store.objects.values()))
    walk_scale.fit_scale(root)
    light_links.link_lights(scene)
    if for_views:
        hand_losses.store_signatures(root)
    purge_unused()  # parts of the template that nothing uses, and of the earlier build
    _restore_names(bpy.data.node_groups, template, store)  # the earlier build's are gone only now
    return BuiltScene(root, camera, lighting, (*template.facts.left_out, *plan.notes))


def clear_scene(scene: bpy.types.Scene) -> None:
    """Remove the active walk from `scene`, and restore the settings that it replaced.

    Where its camera was the scene's by hand, the camera of the walk that sets the scene up takes its place, or else the
    user's own. The start-up file's objects are shown again when the last walk goes.
    """
    sets_up = scene_setup.is_set_up(scene)
    saved, had_camera = saved_settings.load_saved(scene), scene.camera is not None
    if sets_up:
        saved_settings.store_saved(scene, {})
    remove_build(scene, {saved[name] for name in saved_settings.POINTERS if name in saved})
    if sets_up:
        scene_setup.restore_setup(scene, saved)
    elif had_camera and scene.camera is None:
        scene_setup.restore_camera(scene, saved)
    step_markers.remove_markers(scene)
    light_links.link_lights(scene)
    if not has_any_build(scene):
        startup_objects.show_hidden_objects(scene, even_shared=False)


def _make_root_collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    root = tag(bpy.data.collections.new("Kernelwalk"))
    root[ROOT_KEY] = True
    number = get_active_number(scene)
    if number != FIRST:
        root[NUMBER_KEY] = number
    scene.collection.children.link(root)
    return root


def _is_lit(template: LoadedTemplate) -> bool:
    """Return whether a lamp of the user's would change the picture."""
    materials = [slot.material for member in template.objects for slot in member.material_slots if slot.material]
    trees = [template.tile_group, template.line_group, *(material.node_tree for material in materials)]
    return any(map(built_extent.depends_on_light, trees))


def _add_template_objects(template: LoadedTemplate, plan: Plan, store: ObjectStore, are_shown: bool) -> None:
    """Move a template's objects into the root collection, shown or hidden, and remove its scene."""
    for name, member in zip(template.facts.object_names, template.objects, strict=True):
        added = member
        if template.scene is not None:
            added = store.replace_template_object(member, f"template {name}", TEMPLATE_ROOM)
        else:
            store.add(f"template {name}", store.take(f"template {name}"), TEMPLATE_ROOM)
        if name == FLOOR_OBJECT:
            _fit_floor(added, plan)
        if not are_shown:
            added.hide_render = added.hide_viewport = True
    if template.scene is None:
        return
    bpy.data.scenes.remove(template.scene)
    purge_unused({*template.datablocks, *store.previous.values(), *store.parts.waiting})
    _restore_names(list_datablocks(), template, store)


def _restore_names(datablocks: Iterable[Any], template: LoadedTemplate, store: ObjectStore) -> None:
    """Remove the numbers that Blender has added to the names of a template's data: an earlier build had them."""
    for datablock in datablocks:
        if datablock in template.datablocks:
            datablock.name = store.complete_name(strip_number_suffix(datablock.name))


def _fit_floor(floor: bpy.types.Object, plan: Plan) -> None:
    """Scale the floor to hold the shadows. Hide a floor without shadows: it would cost time wherever it is seen.

    A click beside the tiles does not select it; in the Outliner it can be reached.
    """
    (left, near), (right, far) = plan.floor_bounds.tolist()
    set_value(floor, "location", ((left + right) / 2, (near + far) / 2, 0.0))
    set_value(floor, "scale", ((right - left) / 2, (far - near) / 2, 1.0))
    render = plan.spec.render
    set_value(floor, "is_shadow_catcher", render.transparent)  # in Cycles; EEVEE has no shadow catchers
    has_shadows = plan.spec.look.shadows and not (render.transparent and render.engine == "eevee")
    set_value(floor, "hide_select", True)
    for path in ("hide_render", "hide_viewport"):
        set_value(floor, path, not has_shadows)


def _find_earlier_root(scene: bpy.types.Scene) -> bpy.types.Collection | None:
    """Return the root collection of the build that another one would replace."""
    return next((root for root in find_root_collections(scene) if not is_in_another_scene(root, scene)), None)


def _read_lighting(template: LoadedTemplate, earlier_world: bpy.types.World | None) -> Lighting:
    """Return a template's lighting, with the earlier build's world in place of an equal one.

    For another world, EEVEE captures its light again, which takes many times as long as a redraw.

    earlier_world: that of an earlier build of the same template
    """
    facts, world = template.facts, template.world
    if (
        world is not None
        and earlier_world not in (None, world)
        and hand_losses.sign_world(world) == hand_losses.sign_world(earlier_world)
    ):
        world = earlier_world
    return Lighting(world, facts.view_transform, facts.view_look, facts.cycles_values)
