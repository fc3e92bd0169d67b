# SPDX-License-Identifier: GPL-3.0-or-later
"""The device that renders a picture: what a machine has, and which of it a spec gets. Both ends of the protocol ask.

This module imports neither numpy nor bpy: see cycles_devices.py for Blender's part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kernelwalk.core.errors import KernelwalkError
from kernelwalk.core.spec.fields import format_label
from kernelwalk.core.spec.render_section import AUTO, CPU, Render

GRAPHICS_DRIVER = "eevee"
"""The kind of device on which EEVEE draws: whatever the graphics driver has. No spec chooses it."""

AUTO_ORDER = ("metal", "cuda", "optix", "hip", "oneapi")
"""The kinds of GPU in the order in which "auto" takes them. CUDA comes before OptiX, which runs on the same cards:
OptiX needs CUDA's kernels as well as its own, and was slower where both were measured, on a card without ray-tracing
cores."""


class DeviceMissing(KernelwalkError):
    """A spec asks for a device that the machine does not have."""


class Device(NamedTuple):
    """A device of a machine.

    kind: a value of `render.device`, such as "cuda"
    name: the model, such as "NVIDIA H200"
    """

    kind: str
    name: str


class ChosenDevice(NamedTuple):
    """The device on which a spec is rendered: all cards of one kind.

    kind:  as of Device, or GRAPHICS_DRIVER
    cards: their models, each once; none for the CPU, whose model changes no pixel
    """

    kind: str
    cards: tuple[str, ...] = ()

    @property
    def is_gpu(self) -> bool:
        """True if Cycles renders on cards."""
        return self.kind not in (CPU, GRAPHICS_DRIVER)

    @property
    def label(self) -> str:
        """The kind and the models, as people and the manifest read them.

        >>> ChosenDevice("cuda", ("NVIDIA H200",)).label, ChosenDevice("cpu").label
        ('CUDA (NVIDIA H200)', 'CPU')
        """
        models = f" ({', '.join(self.cards)})" if self.cards else ""
        return f"{format_label(self.kind)}{models}"


def foresee_device(render: Render, earlier: str) -> str:
    """Return the label of the device on which a spec goes on, as far as that is known without asking the machine.

    earlier: the label of the device on which it was begun
    """
    kind = render.device if render.engine == "cycles" else GRAPHICS_DRIVER
    own = ChosenDevice(kind).label
    return earlier if kind == AUTO or earlier.partition(" (")[0] == own else own


def choose_device(render: Mapping[str, Any], list_devices: Callable[[], Sequence[Device]]) -> ChosenDevice:
    """Return the device for the section `render` of a spec, given as a table. Raises DeviceMissing.

    list_devices: lists what the machine has. Not called for the CPU: to ask drivers takes time

    >>> choose_device({"engine": "cycles", "device": "auto"}, lambda: [Device("cpu", "Xeon"), Device("hip", "W7900")])
    ChosenDevice(kind='hip', cards=('W7900',))
    """
    wanted = render["device"]
    if render["engine"] != "cycles":
        return ChosenDevice(GRAPHICS_DRIVER)
    if wanted == CPU:
        return ChosenDevice(CPU)
    devices = list_devices()
    for kind in AUTO_ORDER if wanted == AUTO else (wanted,):
        cards = tuple(sorted({device.name for device in devices if device.kind == kind}))
        if cards:
            return ChosenDevice(kind, cards)
    if wanted == AUTO:
        return ChosenDevice(CPU)
    there = ", ".join(f"{format_label(device.kind)} ({device.name})" for device in devices)
    raise DeviceMissing(
        f"render.device: Blender finds no device for {format_label(wanted)} here. It finds {there or 'none'}. "
        "Use auto or cpu, or install the card's driver"
    )
