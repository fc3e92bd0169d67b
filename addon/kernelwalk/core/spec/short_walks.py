# SPDX-License-Identifier: GPL-3.0-or-later
"""Shorter walks for layers whose film would have more frames than Blender's timeline: one that skips positions, for a
film; and one with a frame for each step, for pictures of single steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..walk.timing import MAX_FRAME

if TYPE_CHECKING:
    from .spec import Spec

PROPOSED_STEPS = 128
"""Steps of a walk that is proposed, or fewer if these have too many frames."""

PROPOSED_FIRST = 8
"""Steps of a walk that is proposed before it skips."""

MAX_EVERY = 1_000_000
"""Greatest walk.every."""


@dataclass(frozen=True)
class ShortWalk:
    """A walk that skips positions: the values of walk.first and walk.every, and its steps and frames."""

    first: int
    every: int
    steps: int
    frames: int


def propose_short_walk(spec: Spec) -> ShortWalk | None:
    """Return a walk of about PROPOSED_STEPS steps that fits in Blender's timeline; None if no value of walk.every is
    great enough."""
    positions = spec.walk_order.position_count
    for wanted in range(PROPOSED_STEPS, 1, -1):
        first = max(1, min(PROPOSED_FIRST, wanted // 2))
        every = max(1, -((first - positions) // (wanted - first)))  # rounded up
        steps = spec.walk_order._replace(first=first, every=every).step_count
        frames = spec.walk.frame_count(steps)
        if frames <= MAX_FRAME:
            return ShortWalk(first, every, steps, frames) if every <= MAX_EVERY else None
    return None


def shorten_for_pictures(spec: Spec) -> Spec:
    """Return a spec whose steps look the same, with a frame for each, if its walk has more frames than Blender allows;
    else the spec itself."""
    if len(spec.frames) <= MAX_FRAME:
        return spec
    steps = replace(spec.walk, frames_per_step=1, hold=None, easing="step", fast_frames=None)
    return replace(spec, walk=replace(steps, lead_in=1, lead_out=0, intro=0, outro=0))
