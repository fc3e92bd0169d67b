# SPDX-License-Identifier: GPL-3.0-or-later
"""A preview shows the spec as it is, or its errors with the last picture; whatever is newer replaces what is older."""

from __future__ import annotations

import pytest
from kernelwalk.core import spec_from_table
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.preview.preview import Preview, fit_to_box, list_passes
from kernelwalk_pipeline.source import Source, read_spec

from ..conftest import tiny_table


class Editor:
    """A spec that is edited: `table` as it was saved last, or the `error` in it."""

    def __init__(self):
        self.error = None
        self.save()

    def save(self, **sections):
        self.error, self.table = None, tiny_table(sections)

    def read(self):
        if self.error is not None:
            raise UsageError(self.error)
        return Source("tiny", spec_from_table(self.table))


@pytest.fixture
def editor():
    return Editor()


@pytest.fixture
def preview(editor):
    """A preview of the tiny spec, whose first picture is there."""
    preview = Preview(editor.read)
    preview.reload()
    preview.add_picture(preview.take_request(), 1, b"first")
    return preview


def has_request(preview):
    return preview._request is not preview._taken


def test_errors_are_shown_with_the_last_picture_until_they_are_gone(preview, editor, capsys):
    shown = preview.get_view()
    editor.error = "tiny.toml: layer.kernel: bad\ntiny.toml: walk: worse"
    preview.reload()
    view = preview.get_view()
    assert view.problems == ("tiny.toml: layer.kernel: bad", "tiny.toml: walk: worse")
    assert (view.picture, view.step, view.sentence) == (shown.picture, shown.step, shown.sentence)
    assert preview.get_picture() == b"first"
    assert capsys.readouterr().err == "kernelwalk: tiny.toml: layer.kernel: bad\nkernelwalk: tiny.toml: walk: worse\n"
    assert not has_request(preview)
    editor.save()
    preview.reload()
    assert preview.get_view().problems == ()
    assert not has_request(preview), "it is the spec of the picture"


def test_a_preview_may_begin_with_errors(editor):
    editor.error = "tiny.toml: bad"
    preview = Preview(editor.read)
    preview.reload()
    assert preview.get_view().problems and not preview.get_view().picture
    preview.go_to_step(2)
    editor.save()
    preview.reload()
    assert preview.take_request().step == 2


def test_steps_can_be_chosen_while_the_spec_has_errors(preview, editor):
    editor.error = "tiny.toml: bad"
    preview.reload()
    preview.go_to_step(1)
    assert preview.take_request().step == 1
    assert preview.get_view().problems


def test_a_newer_spec_or_step_ends_the_render_of_the_older_and_its_pictures_are_left_out(preview, editor):
    ended = []
    older = preview.take_request() if has_request(preview) else preview._request
    preview.begin_rendering(older, lambda: ended.append("first"))
    assert not ended
    editor.save(walk={"order": "columns"})
    preview.reload()
    assert ended == ["first"]
    preview.add_picture(older, 16, b"late")
    preview.report_failure(older, "late")
    assert preview.get_picture() == b"first" and not preview.get_view().failure
    newer = preview.take_request()
    preview.begin_rendering(newer, lambda: ended.append("second"))
    preview.go_to_step(0)
    assert ended == ["first", "second"]
    preview.begin_rendering(newer, lambda: ended.append("at once"))
    assert ended[-1] == "at once", "a render that begins too late ends at once"


def test_a_save_without_a_change_renders_nothing_unless_blender_had_failed(preview):
    preview.reload()
    assert not has_request(preview)
    preview.report_failure(preview._request, "Blender failed")
    assert preview.get_view().failure == "Blender failed"
    preview.reload()
    assert has_request(preview) and not preview.get_view().failure


def test_the_step_is_the_representative_one_until_one_is_chosen_and_stays_within_the_walk(editor):
    preview = Preview(editor.read)
    preview.reload()
    assert preview.get_view().step == 3
    preview.go_to_step(99)
    assert preview.get_view().step == 5
    editor.save(layer={"kernel": 3})
    preview.reload()
    assert (preview.get_view().step, preview.get_view().steps) == (1, 2)
    editor.save()
    preview.reload()
    assert preview.get_view().step == 5, "the step that was asked for exists again"
    last = Preview(editor.read, step=-1)
    last.reload()
    assert last.get_view().step == 5


def test_the_view_tells_what_a_page_needs(preview):
    view = preview.get_view()
    assert view.title == "tiny" and view.size == (96, 54)
    assert view.sentence == "output (1, 0) ← input rows 1–2, columns 0–1"
    assert (view.picture, view.samples, view.all_samples) == (1, 1, 1)
    assert preview.wait_for_change(view, 0) is view


@pytest.mark.parametrize(
    ("resolution", "size"),
    [((1280, 720), (640, 360)), ((1000, 1000), (360, 360)), ((64, 36), (640, 360)), ((16000, 16), (640, 16))],
    ids=str,
)
def test_pictures_fit_into_a_box_with_the_aspect_of_the_spec(resolution, size):
    source = read_spec("dilation", [f"render.resolution={list(resolution)}"])
    assert fit_to_box(source).spec.render.resolution == size


def test_samples_grow_fourfold_up_to_those_of_the_spec():
    assert list_passes(1) == [1]
    assert list_passes(16) == [1, 4, 16]
    assert list_passes(40) == [1, 4, 16, 40]
