# SPDX-License-Identifier: GPL-3.0-or-later
"""The devices of this machine as Cycles lists them, and the one on which it renders: the one place that asks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

from .device_choice import ChosenDevice, Device


class CyclesDevices:
    """Cycles' devices. Tests put another list in its place.

    The preferences are changed in memory alone: a worker never saves them.
    """

    def list_devices(self) -> Sequence[Device]:
        """Return every device that Cycles finds, the CPU among them; a card once for each kind that runs on it."""
        preferences = _find_preferences()
        if preferences is None:
            return []
        preferences.refresh_devices()
        return [Device(device.type.lower(), device.name) for device in preferences.devices]

    def enable(self, scene: bpy.types.Scene, device: ChosenDevice) -> None:
        """Let a scene render on a device. Reading a file undoes it, where that resets the preferences."""
        preferences = _find_preferences()
        if preferences is None:
            return
        cycles: Any = scene.cycles  # type: ignore[attr-defined]  # of the add-on Cycles
        cycles.device = "GPU" if device.is_gpu else "CPU"
        if device.is_gpu:
            preferences.refresh_devices()
            preferences.compute_device_type = device.kind.upper()
            for each in preferences.devices:
                each.use = each.type == preferences.compute_device_type


def _find_preferences() -> Any:
    """Return the preferences of the add-on Cycles; None where it is switched off."""
    addon = bpy.context.preferences.addons.get("cycles")
    return None if addon is None else addon.preferences
