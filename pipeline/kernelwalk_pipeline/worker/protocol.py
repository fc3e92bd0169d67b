# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol between the command and its workers: message names, message types, and the form of a line.

To a Blender process the command writes lines on standard input: each is the path of a JSON file with a `Task`, or
empty, which makes the worker load Blender, and ends a preview that it is rendering. The worker answers with lines of
MARKER and a JSON `Event` on standard output; everything else that Blender prints is its log.

To a Dask worker the command submits a `ChunkRequest`. The worker publishes `ProgressReport`s and returns a
`ChunkAnswer`.

This module imports neither numpy nor bpy, so that both ends can load it at no cost.
"""

from __future__ import annotations

import json
from typing import Any, Required, TypedDict

MARKER = "KERNELWALK "
"""Prefix of the worker's own lines on standard output."""

READY = "ready"
"""The worker has read a task: `blender` is its Blender's version, `device` the label of the device that renders the
task. For a survey also `devices`: all that it has, each as its kind and its name."""

NOTE = "note"
"""A message for the user: `text`."""

FRAME_STARTED = "frame_started"
"""The worker starts rendering `frame`."""

FRAME_RENDERED = "frame_rendered"
"""The picture of `frame` is written to the file `part` and not yet checked; `seconds` by phase and the number of
`regions` (0: in full), or for a preview its number of `samples`."""

HEARTBEAT = "heartbeat"
"""The render goes on."""

KERNELS_LOADING = "kernels_loading"
"""Cycles loads its kernels for a GPU: `text` says so to the user. The driver may compile them for many minutes, while
nothing else is reported."""

KERNELS_LOADED = "kernels_loaded"
"""The kernels are loaded."""

FAILED = "failed"
"""The task failed. On the wire: `reason`, and `is_fatal` where another try would fail, too. From an executor:
`error`."""

FINISHED = "finished"
"""The task is done."""

ASSIGNED = "assigned"
"""From an executor: a worker has been given `task`."""

CHECKED = "checked"
"""From a cluster: the pictures of `records` are rendered, checked and on disk."""

RETURNED = "returned"
"""From a cluster: a worker gives its remaining frames back. With `isolate`, they are rendered one by one from now on,
since a worker may have died of one of them."""


class Task(TypedDict, total=False):
    """Work for a Blender process: frames to render, one frame to preview, or a scene to save as `blend`."""

    spec: Required[dict[str, Any]]
    """The spec as a table."""

    frames: list[int]
    folder: str
    """Where pictures are written, each as part_FRAME.png."""

    base_frame: str
    """The file of the base frame, from which partially rendered frames are composed."""

    full_frames: bool
    """Render every frame in full."""

    threads: int
    """Threads that Cycles may use; 0 for all."""

    survey: bool
    """List all devices, and render nothing where the spec's is missing."""

    samples: list[int]
    """Preview the only frame of `frames`: a picture with each of these numbers of samples, one after another."""

    blend: str
    """The file to save the scene to, instead of rendering."""


class FrameRecord(TypedDict, total=False):
    """A picture that a cluster's worker has rendered and decoded."""

    frame: Required[int]
    pixel_hash: Required[str]
    checksum: Required[str]
    """Of the file."""

    seconds: Required[dict[str, float]]
    """By phase."""

    part: str
    """The file: within the shared folder, from the worker; absolute, in a CHECKED event."""

    png: bytes
    """The file's content, where there is no shared folder."""


class Event(TypedDict, total=False):
    """A message from a worker or an executor. The text below each message's name lists its keys."""

    event: Required[str]
    blender: str
    device: str
    devices: list[list[str]]
    text: str
    frame: int
    part: str
    regions: int
    seconds: dict[str, float]
    samples: int
    reason: str
    is_fatal: bool
    error: Any
    task: Task
    records: list[FrameRecord]
    isolate: bool


class ChunkRequest(TypedDict):
    """A chunk of frames for a Dask worker. Without frames it asks whether the worker can be used."""

    id: str
    topic: str
    """Topic on which progress is published."""

    spec: dict[str, Any]
    template: str
    """SHA-256 of the spec's template (.blend); "" skips the comparison, also of the font."""

    font: str
    """SHA-256 of the font that the spec names; "" if it names none."""

    frames: list[int]
    base_frame: str
    """The file of the base frame in a shared folder; "" if its bytes come with the request."""

    shared_folder: str
    """Folder for pictures that command and worker both see; "" to send pictures back."""

    frames_folder: str
    """Folder of finished frames, which are not rendered again; "" if the worker cannot see the folder."""

    full_frames: bool
    resolution: list[int]
    blender: str | None
    """The executable; None for the worker's own."""

    timeouts: list[float]
    """The fields of `Timeouts`."""

    kernelwalk: str
    """Kernelwalk's version, which must be the worker's, too."""

    version: str
    """Blender's version, which must be the worker's, too; "" for any."""

    device: str
    """Label of the device, which must be the worker's, too; "" for any."""

    slots_per_host: dict[str, int]
    """Hosts with several slots, which share that host's cores."""


class ChunkError(TypedDict):
    """A failure on a Dask worker."""

    kind: str
    """"fatal", "output" or "blender"."""

    text: str
    frame: int | None
    """The frame that was being rendered."""


class ChunkAnswer(TypedDict):
    """A Dask worker's answer to a ChunkRequest."""

    worker: str
    """Address of the worker."""

    blender: str
    """Version of its Blender; "" if Blender did not start."""

    devices: list[list[str]]
    """All that it has, each as its kind and its name, where the request was without frames."""

    rejection: str
    """Why this worker cannot render the chunk; "" if it can."""

    records: list[FrameRecord]
    error: ChunkError | None
    notes: list[str]
    log: str
    """The end of Blender's log, after a failure."""

    seconds: float
    """Rendering time of the records together."""


class ProgressReport(TypedDict):
    """Pictures and messages of a chunk that is still being rendered."""

    chunk: str
    """The request's id."""

    records: list[FrameRecord]

    notes: list[str]
    """Messages for the user that cannot wait for the answer."""


def format_event(event: Event) -> str:
    r"""Return an event as a line that stands alone whatever Blender printed before it.

    >>> format_event({"event": FRAME_STARTED, "frame": 7})
    '\nKERNELWALK {"event": "frame_started", "frame": 7}\n'
    """
    return f"\n{MARKER}{json.dumps(event)}\n"


def parse_event(line: str) -> Event | None:
    """Return the event in a line of output; None if the line is Blender's own or was cut off.

    >>> parse_event('KERNELWALK {"event": "finished"}')
    {'event': 'finished'}
    """
    if not line.startswith(MARKER):
        return None
    try:
        event: Event = json.loads(line[len(MARKER) :])
    except ValueError:
        return None
    return event
