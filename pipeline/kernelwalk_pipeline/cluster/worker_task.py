# SPDX-License-Identifier: GPL-3.0-or-later
"""The task of a Dask worker: renders a chunk of frames with a Blender process that is kept for later chunks.

Requests and answers are described in protocol.py.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from dask.system import CPU_COUNT
from distributed import get_worker
from kernelwalk import __version__
from kernelwalk.core import KernelwalkError
from kernelwalk.core.spec.templates import find_blend_file
from kernelwalk.core.typeface import load_typeface

from ..atomic import sync_to_disk
from ..blenders.blender_pool import CHUNK_FOLDER_PREFIX, LOG_NAME, BlenderPool
from ..blenders.timeouts import Timeouts
from ..failures import BlenderError, FatalBlenderError, OutputError
from ..frames.decoding import decode_frame
from ..frames.manifest import frame_path
from ..worker.protocol import (
    FAILED,
    FRAME_RENDERED,
    FRAME_STARTED,
    KERNELS_LOADING,
    NOTE,
    READY,
    ChunkAnswer,
    ChunkRequest,
    Event,
    FrameRecord,
    ProgressReport,
    Task,
)

REPORT_INTERVAL = 0.5
"""Minimum seconds between two progress reports of a chunk."""

IDLE_TIMEOUT = 60.0
"""Seconds after which an idle Blender process is ended."""

MAX_LOG_BYTES = 4000
"""Bytes of Blender's log that are sent back after a failure."""

ReportProgress = Callable[..., None]
"""Publishes records and, if they are given, notes."""

_idle: list[tuple[BlenderPool, threading.Timer]] = []
_lock = threading.Lock()


def render_chunk(request: ChunkRequest, base_frame: bytes | None = None) -> ChunkAnswer:
    """Render a chunk of frames.

    base_frame: content of the base frame's file, if there is no shared folder
    """
    worker = get_worker()
    key = worker.get_current_task()
    answer: ChunkAnswer = {
        "blender": "", "devices": [], "worker": worker.address, "rejection": "", "records": [], "error": None,
        "notes": [], "log": "", "seconds": 0.0,
    }  # fmt: skip

    def is_cancelled() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled"

    def report(records: list[FrameRecord], notes: Sequence[str] = ()) -> None:
        progress: ProgressReport = {"chunk": request["id"], "records": records, "notes": list(notes)}
        worker.log_event(request["topic"], progress)

    if rejection := _find_rejection(request):
        return {**answer, "rejection": rejection}
    shared_folder = request["shared_folder"]
    try:
        if shared_folder:
            folder = Path(shared_folder) / f"{CHUNK_FOLDER_PREFIX}{uuid.uuid4().hex}"
            folder.mkdir()
        else:
            folder = Path(tempfile.mkdtemp(prefix="kernelwalk-", dir=worker.local_directory))
    except OSError as error:
        if not shared_folder:
            return {**answer, "rejection": str(error)}
        remedy = "Share that folder, or use --no-shared-folder"
        return {**answer, "rejection": f"{shared_folder}: cannot be written from here: {error.strerror}. {remedy}"}
    slots = request["slots_per_host"].get(worker.address.rpartition("://")[2].rpartition(":")[0], 1)
    try:
        threads = CPU_COUNT // slots if slots > 1 else 0
        _render_frames(request, base_frame, folder, threads, is_cancelled, report, answer)
    finally:
        if not shared_folder or not answer["records"] or is_cancelled():  # nobody will read it
            shutil.rmtree(folder, ignore_errors=True)
    return answer


def identity(data: bytes) -> bytes:
    """Return the base frame's file: a task, so that any worker can repeat it if the one that holds the data is gone."""
    return data


def _find_rejection(request: ChunkRequest) -> str:
    """Return why this worker cannot be used, as far as that is known without Blender; "" if it can."""
    if request["kernelwalk"] != __version__:
        return f"its Kernelwalk is {__version__}, not {request['kernelwalk']}"
    if not request["template"]:
        return ""
    try:
        template = hashlib.sha256(find_blend_file(request["spec"]["look"]["template"]).read_bytes()).hexdigest()
        font = load_typeface(request["spec"]["labels"]["font"]).digest
    except (KernelwalkError, OSError) as error:
        return str(error)
    if template != request["template"]:
        return "its template of that name is different"
    return "" if font == request["font"] else "its font of that name is different"


def _render_frames(
    request: ChunkRequest,
    base_frame: bytes | None,
    folder: Path,
    threads: int,
    is_cancelled: Callable[[], bool],
    report: ReportProgress,
    answer: ChunkAnswer,
) -> None:
    """Render the frames of a request that do not exist yet, and complete the answer."""
    base_path = Path(request["base_frame"]) if request["shared_folder"] else folder / "base_frame.png"
    finished = Path(request["frames_folder"]) if request["frames_folder"] else None
    frames = [frame for frame in request["frames"] if finished is None or not frame_path(finished, frame).exists()]
    task: Task = {
        "spec": request["spec"],
        "folder": str(folder),
        "base_frame": str(base_path),
        "full_frames": request["full_frames"],
        "frames": frames,
        "threads": threads,
        "survey": not request["frames"],
    }
    if len(request["frames"]) == 1:
        report([])  # if this worker dies now, this frame is to blame
    pool = _take_pool(request)
    pool.is_cancelled = is_cancelled
    progress = _ChunkProgress(request, folder, report, answer)
    error: BlenderError | OutputError | None = None
    try:
        if base_frame is not None:
            base_path.write_bytes(base_frame)
        tasks = [task]
        with closing(pool.run_tasks(lambda: tasks.pop() if tasks else None, folder)) as events:
            for _, event in events:
                if event["event"] == FAILED:
                    error = event["error"]
                else:
                    progress.handle(event)
                if answer["rejection"]:
                    return
    except BlenderError as missing:
        answer["rejection"] = str(missing)
        return
    except OutputError as damaged:
        error = damaged
    except OSError as full:
        error = OutputError(f"{folder}: cannot be written: {full.strerror}. Free the disk and run again")
    finally:
        _keep_pool(pool)
    if error is not None:
        fatal, output = isinstance(error, FatalBlenderError), isinstance(error, OutputError)
        kind = "fatal" if fatal else "output" if output else "blender"
        text = str(error).replace(str(folder / LOG_NAME), LOG_NAME)
        answer["error"] = {"kind": kind, "text": text, "frame": progress.frame}
        with suppress(OSError):
            answer["log"] = (folder / LOG_NAME).read_bytes()[-MAX_LOG_BYTES:].decode(errors="replace")


class _ChunkProgress:
    """Collects the events of a chunk in its answer, and reports finished frames.

    frame: the frame that is being rendered; None between frames
    """

    def __init__(
        self,
        request: ChunkRequest,
        folder: Path,
        report: ReportProgress,
        answer: ChunkAnswer,
    ):
        self.request, self.folder, self.report, self.answer = request, folder, report, answer
        self.frame: int | None = None
        self.unreported: list[FrameRecord] = []
        self.last_report = time.monotonic()
        self.picture_start: float | None = None  # start of the first picture, then the end of the previous one

    def handle(self, event: Event) -> None:
        """Handle an event other than a failure. Raises OutputError if a picture is damaged."""
        kind, answer = event["event"], self.answer
        if kind == READY:
            answer["blender"], answer["devices"] = event["blender"], event.get("devices", [])
            own = (("Blender", event["blender"]), ("device", event["device"]))
            for (name, value), wanted in zip(own, (self.request["version"], self.request["device"]), strict=True):
                if wanted not in ("", value):
                    answer["rejection"] = f"its {name} is {value}, this job uses {wanted}"
        elif kind == NOTE:
            answer["notes"].append(event["text"])
        elif kind == KERNELS_LOADING:
            self.report([], [event["text"]])
        elif kind == FRAME_STARTED:
            self.frame = event["frame"]
            self.picture_start = time.monotonic() if self.picture_start is None else self.picture_start
        elif kind == FRAME_RENDERED:
            record = _make_record(event, self.request, self.folder)
            answer["seconds"] += 0.0 if self.picture_start is None else time.monotonic() - self.picture_start
            answer["records"].append(record)
            self.unreported.append(record)
            self.picture_start = time.monotonic()
            self.frame = None if self.frame == event["frame"] else self.frame  # the next may have started already
            if self.request["shared_folder"] and time.monotonic() - self.last_report > REPORT_INTERVAL:
                self.report(self.unreported)
                self.unreported, self.last_report = [], time.monotonic()


def _make_record(event: Event, request: ChunkRequest, folder: Path) -> FrameRecord:
    """Decode a picture and return its record. Raises OutputError if the picture is damaged."""
    part = Path(event["part"])
    width, height = request["resolution"]
    picture = decode_frame(part, (width, height))
    record: FrameRecord = {
        "frame": event["frame"],
        "seconds": event.get("seconds", {}),
        "pixel_hash": picture.pixel_hash,
        "checksum": picture.checksum,
    }
    if request["shared_folder"]:
        try:
            sync_to_disk(part)
        except OSError as error:
            raise OutputError(f"{part}: cannot be written: {error.strerror}. Free the disk and run again") from None
        record["part"] = f"{folder.name}/{part.name}"
    else:
        record["png"] = part.read_bytes()
        part.unlink()
    return record


def _take_pool(request: ChunkRequest) -> BlenderPool:
    """Return the pool of an idle Blender process, or an empty one."""
    timeouts = Timeouts(*request["timeouts"])
    with _lock:
        for number, (pool, timer) in enumerate(_idle):
            if pool.executable == request["blender"]:
                del _idle[number]
                timer.cancel()
                pool.timeouts = timeouts
                return pool
    return BlenderPool(request["blender"], timeouts)


def _keep_pool(pool: BlenderPool) -> None:
    """Keep a Blender process for the next chunk, for IDLE_TIMEOUT."""
    if not pool.processes:
        return
    timer = threading.Timer(IDLE_TIMEOUT, _end_idle, [pool])
    timer.daemon = True
    with _lock:
        _idle.append((pool, timer))
    timer.start()


def _end_idle(pool: BlenderPool) -> None:
    with _lock:
        is_idle = any(idle is pool for idle, _ in _idle)
        _idle[:] = [entry for entry in _idle if entry[0] is not pool]
    if is_idle:
        pool.terminate(pool.processes)
