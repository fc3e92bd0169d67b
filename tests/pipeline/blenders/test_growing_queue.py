# SPDX-License-Identifier: GPL-3.0-or-later
"""A job starts with one Blender, and more join it when the first frames have shown that they pay."""

from __future__ import annotations

from kernelwalk_pipeline.blenders.frame_queue import MAX_CHUNK
from kernelwalk_pipeline.blenders.growing_queue import MEASURED_FRAMES, GrowingFrameQueue

FRAMES = list(range(1, 201))

PARTS = {"sync": 0.02, "sampling": 0.3, "saving": 0.2}, 235
"""Seconds by phase and regions of a frame of which more than half is single-threaded, if 16 cores sample it."""

WHOLE = {"build": 0.1, "sync": 0.02, "sampling": 5.0, "saving": 0.1}, 0
"""The same of a frame that is rendered in full."""


def make_queue(cores=16, fitting=256):
    return GrowingFrameQueue("name", FRAMES, 1, cores, lambda: fitting)


def render_next(queue, cost):
    """Render a queue's next chunk, each frame of which costs the same, and return it."""
    frames = queue.take_chunk()
    queue.assign("a", frames)
    for frame in frames:
        queue.record_result("a", frame, None)
        queue.record_costs(frame, cost[1], WHOLE[0] if frame == 1 else cost[0], 0.05)
    queue.finish("a", None)
    return frames


def test_one_process_renders_the_first_frames_and_those_that_pay_join_it():
    queue = make_queue()
    assert queue.count_threads(FRAMES) == 16
    assert render_next(queue, PARTS) == FRAMES[: 1 + MEASURED_FRAMES], "the base frame, which does not count, and a few"
    taken = []
    while chunk := queue.take_chunk():
        queue.assign(len(taken), chunk)
        taken.append(chunk)
    assert len(taken) == queue.process_count > 2
    assert [frame for chunk in taken for frame in chunk] == FRAMES[1 + MEASURED_FRAMES :][: sum(map(len, taken))]
    assert all(queue.count_threads(chunk) == 16 // len(taken) for chunk in taken)


def test_one_process_goes_on_alone_where_more_do_not_pay_and_looks_again_now_and_then():
    queue = make_queue()
    sizes = []
    while queue.pending:
        sizes.append(len(render_next(queue, WHOLE)))
        assert queue.process_count == 1
    assert sizes[:2] == [1 + MEASURED_FRAMES, (len(FRAMES) - sizes[0]) // 4]
    assert sum(sizes) == len(FRAMES)


def test_later_frames_may_start_more_processes():
    queue = make_queue()
    render_next(queue, WHOLE)
    assert len(render_next(queue, PARTS)) >= MAX_CHUNK
    queue.take_chunk()
    assert queue.process_count > 2


def test_no_process_joins_without_memory_on_a_gpu_or_on_one_core():
    full = make_queue(fitting=1)
    for _ in range(3):
        render_next(full, PARTS)
    assert full.process_count == 1
    on_gpu = make_queue()
    on_gpu.stay_alone()
    for queue in (make_queue(cores=1), on_gpu):
        assert render_next(queue, PARTS) == FRAMES, "nothing is measured, so one chunk is enough"


def test_frames_without_known_seconds_start_no_process():
    queue = make_queue()
    render_next(queue, ({}, 0))
    render_next(queue, ({}, 0))
    assert queue.process_count == 1
