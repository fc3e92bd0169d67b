# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests are rendered by one Blender, which is started again once if it dies; its messages reach the page."""

from __future__ import annotations

import threading

import pytest
from kernelwalk_pipeline.blenders.blender_pool import BlenderPool
from kernelwalk_pipeline.failures import BlenderError, FatalBlenderError, OutputError
from kernelwalk_pipeline.frames.png import is_whole_data
from kernelwalk_pipeline.preview.preview import Preview
from kernelwalk_pipeline.preview.rendering import PreviewRendering
from kernelwalk_pipeline.source import read_spec

from ..patience import PATIENCE

TINY = ["render.resolution=[96, 54]"]


class ScriptedPool:
    """A pool whose Blender runs each task by the next script: a list of events, with a picture's bytes for `part`."""

    def __init__(self, *scripts):
        self.scripts, self.tasks, self.prestarts, self.ended = list(scripts), [], 0, 0

    def run_tasks(self, next_task, scratch):
        task = next_task()
        self.tasks.append(task)
        yield self, {"event": "assigned", "task": task}
        for number, event in enumerate(self.scripts.pop(0)):
            if "part" in event:
                path = scratch / f"{number}.png"
                path.write_bytes(event["part"])
                event = {**event, "part": str(path)}
            yield self, event

    def end_preview(self):
        self.ended += 1

    def prestart(self):
        self.prestarts += 1


@pytest.fixture(scope="module")
def png():
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def preview():
    preview = Preview(lambda: read_spec("dilation", TINY))
    preview.reload()
    return preview


def failed(error):
    return [{"event": "failed", "error": error}]


def rendered(png, *samples):
    return [{"event": "frame_rendered", "part": png, "samples": number, "frame": 1} for number in samples]


def test_every_picture_of_a_request_is_shown(preview, png, tmp_path):
    pool, seen = ScriptedPool(rendered(png, 1, 4, 16)), []
    PreviewRendering(preview, pool, tmp_path, seen.append).render(preview.take_request())
    view = preview.get_view()
    assert (view.picture, view.samples, view.all_samples) == (3, 16, 16)
    assert seen == [png] * 3
    (task,) = pool.tasks
    walk = read_spec("dilation").spec.walk
    assert (task["samples"], task["frames"]) == ([1, 4, 16], [walk.start_frame(view.step)])


def test_a_blender_that_dies_is_started_again_once_and_its_message_stays(preview, png, tmp_path):
    pool = ScriptedPool(failed(BlenderError("it died")), rendered(png, 16))
    PreviewRendering(preview, pool, tmp_path).render(preview.take_request())
    assert len(pool.tasks) == 2 and not pool.prestarts
    assert preview.get_view().failure == "it died" and preview.get_view().samples == 16


def test_a_blender_that_dies_twice_waits_for_the_next_request(preview, png, tmp_path):
    pool = ScriptedPool(failed(BlenderError("one")), failed(BlenderError("two")), rendered(png, 16))
    rendering = PreviewRendering(preview, pool, tmp_path)
    rendering.render(preview.take_request())
    assert preview.get_view().failure == "two" and pool.prestarts == 1
    preview.go_to_step(0)
    rendering.render(preview.take_request())
    assert not preview.get_view().failure and preview.get_view().samples == 16


def test_a_failure_that_would_repeat_is_not_tried_again(preview, tmp_path):
    pool = ScriptedPool(failed(FatalBlenderError("a bad template")))
    PreviewRendering(preview, pool, tmp_path).render(preview.take_request())
    assert len(pool.tasks) == 1 and preview.get_view().failure == "a bad template"


def test_half_a_picture_ends_the_preview_with_an_error_of_the_disk(preview, png, tmp_path):
    pool = ScriptedPool(rendered(png[:-20], 1))
    with pytest.raises(OutputError, match="incomplete"):
        PreviewRendering(preview, pool, tmp_path).render(preview.take_request())
    assert not preview.get_picture()


def test_a_newer_step_ends_the_render_of_the_older(preview, png, tmp_path):
    pool = ScriptedPool(rendered(png, 1, 4, 16))
    rendering = PreviewRendering(preview, pool, tmp_path, on_picture=lambda _: preview.go_to_step(0))
    rendering.render(preview.take_request())
    assert pool.ended == 1
    assert preview.get_picture() == b"", "pictures of the older request are left out"
    assert preview.take_request().step == 0


@pytest.mark.usefixtures("bpy_is_there")
def test_blender_leaves_a_preview_unfinished_for_the_next_one_and_stays(tmp_path):
    samples = ["render.samples=65536"]  # minutes, at least
    preview, seen = Preview(lambda: read_spec("dilation", TINY + samples)), []
    preview.reload()
    with BlenderPool(None) as pool:
        rendering = PreviewRendering(preview, pool, tmp_path, seen.append)
        rendering.on_picture = lambda png: (seen.append(png), samples.__setitem__(0, "render.samples=2"))
        thread = threading.Thread(target=rendering.render, args=[preview.take_request()])
        thread.start()
        view = preview.get_view()
        while not view.samples:
            view = preview.wait_for_change(view, PATIENCE)
        preview.reload()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        (process,) = pool.processes
        rendering.render(preview.take_request())
        assert pool.processes == [process]
    assert preview.get_view().samples == 2 and not preview.get_view().failure
    assert all(map(is_whole_data, seen))
