# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of Blender and the device that render one job, chosen from what the workers report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from kernelwalk.core.spec.render_section import CPU

from ..worker.device_choice import ChosenDevice, DeviceMissing, choose_device
from .dask_cluster import ClusterWorker

VERSION_TIMEOUT = 30.0
"""Seconds that workers have to report their Blender's version before it is chosen without them."""


class BlenderChoice:
    """One version and one device for all frames of a job: those of existing frames, or those with most slots.

    version: version of Blender that must render the job; "" until it is chosen
    device:  label of the device that must render it; "" until it is chosen: a GPU before the CPU, and then the most
             common one
    """

    def __init__(self, version: str, device: str) -> None:
        self.has_frames, self.version, self.device = bool(version), version, device
        self.first_answer = 0.0

    def choose(self, workers: Iterable[ClusterWorker], render: Mapping[str, Any], is_probing: bool) -> None:
        """Choose, unless that is done, as soon as a worker has reported and the others have, or are late.

        render:     the section `render` of the job's spec, as a table
        is_probing: whether some workers have not reported yet
        """
        if self.version:
            return
        slots_of: Counter[tuple[str, str]] = Counter()
        for worker in workers:
            if worker.blender_version and not worker.rejection:
                with suppress(DeviceMissing):
                    slots_of[worker.blender_version, _choose_label(worker, render)] += worker.slots
        if not slots_of:
            return
        self.first_answer = self.first_answer or time.monotonic()
        if not is_probing or time.monotonic() - self.first_answer > VERSION_TIMEOUT:
            cpu = ChosenDevice(CPU).label
            self.version, self.device = max(slots_of, key=lambda pair: (pair[1] != cpu, slots_of[pair], pair))

    def find_mismatch(self, worker: ClusterWorker, render: Mapping[str, Any]) -> str:
        """Return why a worker's Blender or its devices do not suit the job; "" if they do, as far as is known."""
        usage = "the existing frames were rendered with" if self.has_frames else "this job uses"
        try:
            device = _choose_label(worker, render)
        except DeviceMissing as error:
            return str(error)
        if self.version not in ("", worker.blender_version):
            return f"its Blender is {worker.blender_version}, {usage} {self.version}"
        return "" if self.device in ("", device) else f"its device is {device}, {usage} {self.device}"


def _choose_label(worker: ClusterWorker, render: Mapping[str, Any]) -> str:
    """Return the label of the device on which a worker would render a job. Raises DeviceMissing."""
    return choose_device(render, lambda: worker.devices).label
