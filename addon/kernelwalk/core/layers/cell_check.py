# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of channels and positions that a caller asks about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Problem, SpecError, format_value
from ..lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .base_layer import ChannelsAndPositions


def check_cells(
    channel: ArrayLike, position: ArrayLike, count: int, size: tuple[int, ...], grid: str
) -> ChannelsAndPositions:
    """Return channels and positions as arrays of fitting shapes. Raises SpecError if there is no such cell."""
    channels, places = np.asarray(channel), np.asarray(position)
    fit = channels.dtype.kind in "iu" and places.dtype.kind in "iu" and places.shape[-1:] == (len(size),)
    if not fit or (channels < 0).any() or (channels >= count).any() or (places < 0).any() or (places >= size).any():
        values = ", ".join(format_value(np.asarray(value).tolist()) for value in (channel, position))
        what = (
            f"{values} are not a channel and a position of the {grid}, "
            f"which has {count} channels of {format_value(size)}"
        )
        raise SpecError([Problem("position", what, "Count from 0, one whole number per axis")])
    shape = np.broadcast_shapes(channels.shape, places.shape[:-1])
    return np.broadcast_to(channels, shape).astype(np.int64), np.broadcast_to(places, (*shape, len(size)))
