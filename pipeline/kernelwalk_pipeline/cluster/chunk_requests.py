# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the workers of a Dask cluster: what all chunks of a job share, and what each has of its own."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from distributed import Future
from kernelwalk import __version__
from kernelwalk.core.spec.templates import find_blend_file
from kernelwalk.core.typeface import load_typeface

from ..worker.protocol import ChunkRequest, Task
from . import worker_task
from .blender_choice import BlenderChoice
from .dask_cluster import DaskCluster


class ChunkRequests:
    """The requests of one job.

    scratch: the job's own folder, which workers see if there is a shared folder
    task:    any of the job's tasks
    """

    def __init__(self, cluster: DaskCluster, scratch: Path, task: Task) -> None:
        self.cluster, self.scratch, self.task = cluster, scratch, task
        self.frames_folder = Path(task["base_frame"]).parent
        template = find_blend_file(task["spec"]["look"]["template"]).read_bytes()
        self.template_hash = hashlib.sha256(template).hexdigest()
        self.font_hash = load_typeface(task["spec"]["labels"]["font"]).digest

    @property
    def render(self) -> Mapping[str, Any]:
        """The section `render` of the job's spec, as a table."""
        section: Mapping[str, Any] = self.task["spec"]["render"]
        return section

    def make(self, name: str, frames: list[int], choice: BlenderChoice) -> ChunkRequest:
        """Return the request of a chunk, for a worker that has what is chosen."""
        return self._make(name, frames, choice.version, self.template_hash, choice.device)

    def make_probe(self) -> ChunkRequest:
        """Return a request without frames: the worker starts Blender and reports its version."""
        return self._make(f"kernelwalk-probe-{uuid.uuid4().hex}", [], version="", template="", device="")

    def _make(self, name: str, frames: list[int], version: str, template: str, device: str) -> ChunkRequest:
        cluster, task = self.cluster, self.task
        is_shared = cluster.has_shared_folder
        return {
            "id": name,
            "topic": cluster.topic,
            "spec": task["spec"],
            "template": template,
            "font": self.font_hash,
            "frames": frames,
            "base_frame": task["base_frame"] if is_shared else "",
            "shared_folder": str(self.scratch) if is_shared else "",
            "frames_folder": str(self.frames_folder) if is_shared else "",
            "full_frames": task["full_frames"],
            "resolution": task["spec"]["render"]["resolution"],
            "blender": cluster.executable,
            "timeouts": [cluster.timeouts.stall, cluster.timeouts.frame],
            "kernelwalk": __version__,
            "version": version,
            "device": device,
            "slots_per_host": cluster.slots_per_host,
        }


def submit_request(
    cluster: DaskCluster, request: ChunkRequest, base_frame_data: Future[Any] | None, workers: list[str] | None
) -> Future[Any]:
    """Submit a request and return the future of its answer.

    base_frame_data: the base frame's file, where workers do not see the folder
    workers:         addresses of those that may take it; None for all
    """
    render = worker_task.render_chunk
    return cluster.client.submit(render, request, base_frame_data, key=request["id"], pure=False, workers=workers)
