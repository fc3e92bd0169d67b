# SPDX-License-Identifier: GPL-3.0-or-later
"""The section [walk]: the order in which positions are visited, and the pace."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Problem
from ..validation import AutoOr, Boolean, FrameRate, Integer, Number
from ..walk.order import WalkOrder
from ..walk.timing import Timing
from .fields import Field, make_choice_field


@dataclass(frozen=True)
class Walk(Timing):
    """The settings of the walk; FIELDS says what each means. Those that set the pace are in Timing.

    first: None stands for one line along the axis that is walked fastest
    """

    order: str = "rows"
    filters: str = "together"
    first: int | None = None
    every: int = 1
    appear: bool = False
    trail: bool = False
    lift: float = 0.0

    def make_order(self, filter_count: int, sizes: tuple[int, ...]) -> WalkOrder:
        """Return the order of a walk over `filter_count` filters and positions of these sizes (z, y, x)."""
        line = sizes[0] if self.order == "columns" else sizes[-1]
        return WalkOrder(filter_count, sizes, self.order, line if self.first is None else self.first, self.every)


FRAMES = Integer(0, 100_000)

EASING_OPTIONS = {
    "step": "Jumps from position to position",
    "linear": "Moves at a constant speed",
    "smooth": "Starts and stops slowly",
    "gentle": "Starts and stops slowly, but less so than smooth",
    "brisk": "Starts and stops slowly, and is faster in the middle than smooth",
    "sharp": "Starts and stops slowly, and is fastest in the middle",
    "ease_in": "Starts slowly and stops at once",
    "ease_out": "Starts at once and stops slowly",
}
"""Meaning of each easing of walk/easing.py."""

FIELDS = {
    "order": make_choice_field(
        "Order in which positions are visited",
        {
            "rows": "Row by row; the last axis runs fastest",
            "columns": "Column by column; the first axis runs fastest",
            "serpentine": "Row by row, every second row backwards",
        },
    ),
    "filters": make_choice_field(
        "Output channels that one step computes",
        {"together": "A step computes all output channels", "each": "The walk is repeated for each output channel"},
    ),
    "first": Field(
        AutoOr(Integer(1, 1_000_000)),
        "Positions shown one by one before skipping starts. Auto: one row, or one column in order columns",
    ),
    "every": Field(
        Integer(1, 1_000_000), "After these, show only every nth position, and the last one. 1 shows every position"
    ),
    "frames_per_step": Field(Integer(1, 100_000), "Frames from one position to the next"),
    "hold": Field(
        AutoOr(Integer(1, 100_000)),
        "Frames of each step in which the receptive field stands still; it moves in the rest. Auto: half of them",
    ),
    "easing": make_choice_field("Movement of the receptive field between two positions", EASING_OPTIONS),
    "fast_frames": Field(
        AutoOr(Integer(1, 100_000)), "Frames per step after speeding up. Auto: the speed stays the same"
    ),
    "slow_steps": Field(FRAMES, "Steps at normal speed before the walk speeds up"),
    "ramp_steps": Field(FRAMES, "Steps over which the speed rises"),
    "fps": Field(FrameRate(1, 240), "Frames per second; 29.97 and 23.976 stand for 30000/1001 and 24000/1001"),
    "lead_in": Field(FRAMES, "Base frames (with nothing active) before the first step. 12, or 0 with loop"),
    "lead_out": Field(FRAMES, "Base frames (with nothing active) after the last step. 12, or 0 with loop"),
    "intro": Field(FRAMES, "Frames before the lead-in, in which the layers appear one after another"),
    "outro": Field(FRAMES, "Frames after the lead-out, in which the layers disappear, the output first"),
    "loop": Field(
        Boolean(),
        "Let the last frame lead into the first. Without lead-in and lead-out, the receptive field moves back",
    ),
    "appear": Field(Boolean(), "Draw outputs as ghosts until they are computed"),
    "trail": Field(Boolean(), "Give visited positions a color of their own"),
    "lift": Field(Number(0.0, 2.0), "Height to which active tiles rise, in tiles"),
}


def find_walk_errors(walk: Walk) -> list[Problem]:
    """Return the problems of values that are valid alone, but not together."""
    errors = []
    if walk.hold is not None and walk.hold > walk.frames_per_step:
        what = f"{walk.hold} frames are more than the {walk.frames_per_step} of a step"
        errors.append(Problem("walk.hold", what, "Hold for fewer frames, or raise walk.frames_per_step"))
    if walk.fast_frames is not None and walk.fast_frames > walk.frames_per_step:
        what = f"{walk.fast_frames} frames are more than the {walk.frames_per_step} of a step at normal speed"
        errors.append(Problem("walk.fast_frames", what, "Use fewer frames, or raise walk.frames_per_step"))
    if walk.loop and bool(walk.intro) != bool(walk.outro):
        missing, present = ("outro", "intro") if walk.intro else ("intro", "outro")
        what = f"a loop with walk.{present} = {getattr(walk, present)} and no walk.{missing} jumps when it starts again"
        errors.append(
            Problem(f"walk.{missing}", what, "Set both walk.intro and walk.outro, or neither, or walk.loop = false")
        )
    return errors
