# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in a Dask worker: renders the frames of an order with a Blender that stays for the orders after it.

An order is a table of plain values:
  id, topic:  what it is called, and under which topic its progress is told
  spec:       the spec's table, and template, the hash of its template's .blend, "" where none is needed yet
  frames:     which to render; none to see whether this worker can be used
  still:      the file of the still frame, where there is a shared folder; else its bytes come with the order
  shared:     the folder, as all see it, in which parts are made; "" where they are sent back
  done:       the folder of finished frames, which are not rendered again; "" where it cannot be seen
  whole, resolution: as for any task (see worker.py)
  blender:    the executable, None for the worker's own; limits: see limits.py; version: what it must be, "" for any
  kernelwalk: the version that ordered
  crowd:      hosts with more than one slot, and how many they have: they share the cores
The answer: `blender` (its version), `worker`, `refused` (why nothing was rendered here, "" if it was), `records` of the
frames, `error` (kind, text, frame) or None, `notes`, `log` (Blender's last words) and `seconds` of rendering.
A record: `frame`, `pixels` (their hash), `file` (its checksum), `seconds` by phase, and `part` (in the shared folder)
or `png` (its bytes).
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from dask.system import CPU_COUNT
from distributed import get_worker
from kernelwalk import __version__
from kernelwalk.core import KernelwalkError
from kernelwalk.core.spec.templates import find_blend_file

from ..blenders.blender_pool import CHUNK_FOLDER_PREFIX, LOG_NAME, BlenderPool
from ..blenders.timeouts import Timeouts
from ..failures import BlenderError, FatalBlenderError, OutputError
from ..frames.decoding import decode_frame
from ..frames.manifest import frame_path
from ..outputs import sync_to_disk

REPORT_INTERVAL = 0.5
"""Seconds at least between two reports of an order's progress."""

IDLE_TIMEOUT = 60.0
"""Seconds after which a Blender without orders is ended."""

MAX_LOG_BYTES = 4000
"""Bytes of Blender's log that are told when it failed."""

ChunkRequest = dict[str, Any]
ChunkAnswer = dict[str, Any]

_idle: list[tuple[BlenderPool, threading.Timer]] = []
_lock = threading.Lock()


def render_chunk(request: ChunkRequest, base_frame: bytes | None = None) -> ChunkAnswer:
    """Render an order's frames."""
    worker = get_worker()
    key = worker.get_current_task()
    answer: ChunkAnswer = {
        "blender": "", "worker": worker.address, "refused": "", "records": [], "error": None, "notes": [], "log": "",
        "seconds": 0.0,
    }  # fmt: skip

    def cancelled() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled"

    def tell(records: list[dict[str, Any]]) -> None:
        worker.log_event(request["topic"], {"order": request["id"], "records": records})

    if refused := _find_rejection(request):
        return {**answer, "refused": refused}
    try:
        folder = Path(request["shared"]) / f"{CHUNK_FOLDER_PREFIX}{uuid.uuid4().hex}" if request["shared"] else None
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="kernelwalk-", dir=worker.local_directory))
        else:
            folder.mkdir()
    except OSError as error:
        where = f"{request['shared']}: cannot be written from here: {error.strerror}. Share that folder, or use "
        return {**answer, "refused": f"{where}--no-shared-folder" if request["shared"] else str(error)}
    slots = request["crowd"].get(worker.address.rpartition("://")[2].rpartition(":")[0], 1)
    try:
        _render_frames(request, base_frame, folder, CPU_COUNT // slots if slots > 1 else 0, cancelled, tell, answer)
    finally:
        if not request["shared"] or not answer["records"] or cancelled():  # nobody will ask for them
            shutil.rmtree(folder, ignore_errors=True)
    return answer


def identity(data: bytes) -> bytes:
    """The still picture, as a task that any worker can do again when the one that had it has gone."""
    return data


def _find_rejection(request: ChunkRequest) -> str:
    """Why this worker cannot be used, before Blender is asked."""
    if request["kernelwalk"] != __version__:
        return f"it has Kernelwalk {__version__}, not {request['kernelwalk']}"
    if not request["template"]:
        return ""
    try:
        template = hashlib.sha256(find_blend_file(request["spec"]["look"]["template"]).read_bytes()).hexdigest()
    except (KernelwalkError, OSError) as error:
        return str(error)
    return "" if template == request["template"] else "its template of that name is another"


def _render_frames(
    request: ChunkRequest,
    base_frame: bytes | None,
    folder: Path,
    threads: int,
    is_cancelled: Callable[[], bool],
    report: Callable[[list[dict[str, Any]]], None],
    answer: ChunkAnswer,
) -> None:
    """Have a Blender do the order, and complete the answer."""
    path = Path(request["still"]) if request["shared"] else folder / "still.png"
    frames = [
        frame
        for frame in request["frames"]
        if not (request["done"] and frame_path(Path(request["done"]), frame).exists())
    ]
    common = {"spec": request["spec"], "folder": str(folder), "still": str(path), "whole": request["whole"]}
    tasks = [{**common, "frames": frames, "threads": threads}]
    if len(request["frames"]) == 1:
        report([])  # if this worker dies, it is of this frame
    crew, at, last = _take_pool(request), None, time.monotonic()
    since: float | None = None  # of the first picture, when it was begun; of others, when the one before came
    crew.is_cancelled = is_cancelled
    fresh: list[dict[str, Any]] = []
    error: BlenderError | OutputError | None = None
    try:
        if base_frame is not None:
            path.write_bytes(base_frame)
        with closing(crew.run_tasks(lambda: tasks.pop() if tasks else None, folder)) as told:
            for _, event in told:
                kind = event["event"]
                if kind == "ready":
                    answer["blender"] = event["blender"]
                    if request["version"] not in ("", event["blender"]):
                        answer["refused"] = f"its Blender is {event['blender']}, this job's is {request['version']}"
                        return
                elif kind == "note":
                    answer["notes"].append(event["text"])
                elif kind == "begin":
                    at = event["frame"]
                    since = time.monotonic() if since is None else since
                elif kind == "frame":
                    record = _make_record(event, request, folder)
                    answer["seconds"] += 0.0 if since is None else time.monotonic() - since
                    answer["records"].append(record)
                    fresh.append(record)
                    since = time.monotonic()
                    at = None if at == event["frame"] else at  # or the next is begun already
                    if request["shared"] and time.monotonic() - last > REPORT_INTERVAL:
                        report(fresh)
                        fresh, last = [], time.monotonic()
                elif kind == "failed":
                    error = event["error"]
    except BlenderError as missing:
        answer["refused"] = str(missing)
        return
    except OutputError as spoilt:
        error = spoilt
    except OSError as full:
        error = OutputError(f"{folder}: cannot be written: {full.strerror}. Free the disk and run again")
    finally:
        _keep_pool(crew)
    if error is not None:
        kind = (
            "hopeless"
            if isinstance(error, FatalBlenderError)
            else "output"
            if isinstance(error, OutputError)
            else "blender"
        )
        answer["error"] = {"kind": kind, "text": str(error).replace(str(folder / LOG_NAME), LOG_NAME), "frame": at}
        with suppress(OSError):
            answer["log"] = (folder / LOG_NAME).read_bytes()[-MAX_LOG_BYTES:].decode(errors="replace")


def _make_record(event: dict[str, Any], request: ChunkRequest, folder: Path) -> dict[str, Any]:
    """What is told of a frame, once it is known to be whole. Raises OutputError."""
    part = Path(event["part"])
    picture = decode_frame(part, tuple(request["resolution"]))
    record = {"frame": event["frame"], "seconds": event.get("seconds", {})}
    record["pixels"], record["file"] = picture.pixel_hash, picture.checksum
    if request["shared"]:
        try:
            sync_to_disk(part)
        except OSError as error:
            raise OutputError(f"{part}: cannot be written: {error.strerror}. Free the disk and run again") from None
        return {**record, "part": f"{folder.name}/{part.name}"}
    png = part.read_bytes()
    part.unlink()
    return {**record, "png": png}


def _take_pool(request: ChunkRequest) -> BlenderPool:
    """A Blender that waits for an order, or a place for a new one."""
    limits = Timeouts(*request["limits"])
    with _lock:
        for number, (crew, timer) in enumerate(_idle):
            if crew.executable == request["blender"]:
                del _idle[number]
                timer.cancel()
                crew.timeouts = limits
                return crew
    return BlenderPool(request["blender"], limits)


def _keep_pool(pool: BlenderPool) -> None:
    """Keep a Blender for the next order, for a while."""
    if not pool.processes:
        return
    timer = threading.Timer(IDLE_TIMEOUT, _end_idle, [pool])
    timer.daemon = True
    with _lock:
        _idle.append((pool, timer))
    timer.start()


def _end_idle(pool: BlenderPool) -> None:
    with _lock:
        mine = [each for each in _idle if each[0] is pool]
        _idle[:] = [each for each in _idle if each[0] is not pool]
    if mine:
        pool.terminate(pool.processes)
