# SPDX-License-Identifier: GPL-3.0-or-later
"""The checked spec: the settings from which everything else is made."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..comparison.difference_marks import DifferenceMarks, find_difference_marks
from ..layers.channels import Channels
from ..layers.registry import Layer
from ..lazy_numpy import np
from ..typeface import BUILT_IN, Typeface
from ..walk.beats import Beats, find_beats
from ..walk.order import Steps, WalkOrder
from .camera_section import Camera
from .fields import dump_section
from .labels_section import Labels
from .look_section import Look
from .render_section import Render
from .sections import SECTIONS
from .show_section import MAX_SLICES, Show
from .walk_section import Walk

if TYPE_CHECKING:
    from .values_section import Values


@dataclass(frozen=True)
class Spec:
    """All settings of a scene. `parse.spec_from_table` makes one and fills in the defaults.

    values:   the numbers on the tiles; None draws none
    compared: another layer on the same input: what it does otherwise is marked; None for none
    beside:   title of the compared layer, which is drawn beside the layer; "" for none
    is_right: of two layers side by side, this is the right one
    typeface: the fonts that labels.font names
    """

    layers: tuple[Layer, ...]
    title: str
    walk: Walk
    show: Show
    look: Look
    camera: Camera
    render: Render
    labels: Labels
    values: Values | None = None
    compared: Layer | None = None
    typeface: Typeface = BUILT_IN
    beside: str = ""
    is_right: bool = False

    @property
    def layer(self) -> Layer:
        """The layer whose output is walked: the only one, or the last of a chain."""
        return self.layers[-1]

    @property
    def name(self) -> str:
        """Name of the scene: the title, or else the names of the layers."""
        return self.title or " → ".join(layer.display_name for layer in self.layers)

    @property
    def is_scatter(self) -> bool:
        """True if a transposed convolution is walked over its input rather than its output."""
        return self.show.transposed == "scatter" and self.layer.can_scatter and len(self.layers) == 1

    @property
    def shuffles_within(self) -> bool:
        """True for a chain with a shuffle before its last layer, or as its last layer after groups, or with a fold.
        Which channels a step reads then depends on its position, so that each cell is drawn once for all channels."""
        *before, last = self.layers
        if any(layer.moves_cells or layer.has_tap_channels for layer in before):
            return True
        return bool(before) and (last.has_tap_channels or (last.moves_cells and before[-1].channels.groups > 1))

    @cached_property
    def drawn_channels(self) -> tuple[Channels, ...]:
        """Drawn channels of each layer: all of them, or one that stands for all."""
        channels = [*(layer.channels for layer in self.layers[:-1]), self.layer.drawn_channels]
        if self.shuffles_within:
            return (Channels(),) * len(channels)
        largest = max(max(drawn.inputs, drawn.outputs) for drawn in channels)
        moves_cells = self.layer.moves_cells
        draws_all = {"on": True, "off": moves_cells, "auto": moves_cells or largest <= MAX_SLICES}
        return tuple(channels) if draws_all[self.show.all_channels] else (Channels(),) * len(channels)

    @property
    def shows_channels(self) -> bool:
        """True if any grid has tiles of more than one channel."""
        return any(channels != Channels() for channels in self.drawn_channels)

    @cached_property
    def walk_order(self) -> WalkOrder:
        """Positions of the walk: over the output, or in scatter over the input."""
        channels = self.drawn_channels[-1].inputs if self.is_scatter else self.drawn_channels[-1].outputs
        sizes = self.layer.input if self.is_scatter else self.layer.output
        return self.walk.make_order(channels if self.walk.filters == "each" else 1, sizes)

    @property
    def step_count(self) -> int:
        """Number of steps of the walk."""
        return self.walk_order.step_count

    @property
    def with_beside(self) -> list[Spec]:
        """This spec, and that of the compared layer if its walk is drawn beside."""
        return [self, self.turn_comparison()] if self.beside else [self]

    @cached_property
    def beats(self) -> Beats | None:
        """The beats of the walk beside that of the compared layer; None if that is not drawn."""
        if not self.beside or self.compared is None:
            return None
        return find_beats(self.walk_order, self.turn_comparison().walk_order)

    @cached_property
    def difference_marks(self) -> DifferenceMarks | None:
        """The marks of what the compared layer does otherwise; None if there is no such layer, or there are none."""
        if self.compared is None:
            return None
        outputs = self.walk_order.positions_at(np.arange(self.step_count))[:, 1:]
        return find_difference_marks(self.layer, self.compared, outputs)

    @property
    def beat_count(self) -> int:
        """Number of beats: of steps, or, beside another walk, of both walks together."""
        return self.step_count if self.beats is None else self.beats.total

    @property
    def frames(self) -> range:
        """All frames of the film."""
        return self.walk.frames(self.beat_count)

    def start_frame(self, step: Steps) -> Steps:
        """Return the first frame of a step (counted from 0), or of each of several."""
        if self.beats is None:
            return self.walk.start_frame(step)
        if isinstance(step, int):
            return self.walk.start_frame(int(self.beats.of_steps[step]))
        return self.walk.start_frame(self.beats.of_steps[step])

    def step_at(self, frame: int) -> int | None:
        """Return the step that a frame belongs to, or None before the first and after the last step."""
        beat = self.walk.step_at(frame, self.beat_count)
        if beat is None or self.beats is None:
            return beat
        return int(self.beats.of_steps.searchsorted(beat, side="right")) - 1

    @property
    def span(self) -> tuple[float, float]:
        """The part of the picture that the layer has, from left to right: all, or a half beside another layer."""
        return (0.0, 1.0) if not self.beside else (0.5, 1.0) if self.is_right else (0.0, 0.5)

    @property
    def room(self) -> tuple[float, int]:
        """Width and height, in pixels, of the part of the picture that the layer has."""
        (left, right), (width, height) = self.span, self.render.resolution
        return (right - left) * width, height

    @property
    def tile_count(self) -> int:
        """Number of tiles of all grids."""
        last, channels = self.layer, self.drawn_channels[-1]
        output = last.count_output_tiles(channels, self.shows_cropped)
        if self.is_scatter:
            return output + math.prod(last.input) * channels.inputs
        drawn = zip(self.layers, self.drawn_channels, strict=True)
        return output + sum(layer.cell_count * channels.inputs for layer, channels in drawn)

    @property
    def shows_cropped(self) -> bool:
        """True if the outputs that a transposed convolution crops are drawn beside its output."""
        uneven = any(before != after for before, after in self.layer.padding)
        return self.show.cropped == "on" or (self.show.cropped == "auto" and (self.is_scatter or uneven))

    def turn_comparison(self) -> Spec:
        """Return the spec of the compared layer, which is compared with this one, and drawn beside it if that is so
        here. Values stay where they fit."""
        other = self.compared
        assert other is not None
        values = self.values if other.kernel_shape == self.layer.kernel_shape else None
        turned = replace(self, layers=(other,), compared=self.layer, values=values)
        if not self.beside:
            return turned
        return replace(turned, title=self.beside, beside=self.name, is_right=not self.is_right)

    def to_table(self) -> dict[str, Any]:
        """Return the spec with every default written out, as plain values.

        spec_from_table(spec.to_table()) equals the spec.
        """
        sections = {name: dump_section(getattr(self, name), SECTIONS[name]) for name in SECTIONS if "." not in name}
        sections["look"]["colors"] = dump_section(self.look.colors, SECTIONS["look.colors"])
        if self.values is not None:
            sections["values"] = self.values.to_table()
        if self.compared is not None:
            sections["compare"] = {"op": self.compared.op, **self.compared.to_table()}
        beside = {"beside": self.beside} if self.beside else {}
        return {"title": self.title, **self._layers_table(), **beside, **sections}

    def _layers_table(self) -> dict[str, Any]:
        tables = [{"op": layer.op, **layer.to_table()} for layer in self.layers]
        if len(tables) == 1:
            return {"layer": tables[0]}
        for table in tables[1:]:
            del table["input"]  # the output of the layer before
        return {"layers": tables}
