# SPDX-License-Identifier: GPL-3.0-or-later
"""The command as a user has it: a page or a file that follows a spec, and an end that leaves nothing behind."""

from __future__ import annotations

import http.client
import json
import signal
from pathlib import Path

import numpy as np
import pytest
from kernelwalk_pipeline.preview.server import PreviewServer

from ..conftest import tiny_table, toml_of
from ..patience import PATIENCE, wait_for

BAD = {"layer": {"kernel": 9}}


class Page:
    """A browser's page: it follows the views and loads the pictures."""

    def __init__(self, url):
        self.address = url.removeprefix("http://").strip("/\n")
        self.events = self.ask("/events")

    def ask(self, path):
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        connection.request("GET", path)
        return connection.getresponse()

    def wait(self, condition):
        """Return the first view from now on for which a condition holds."""
        while line := self.events.readline():
            if line.startswith(b"data: ") and condition(view := json.loads(line[6:])):
                return view
        raise AssertionError("the preview has ended")


def save(path, sections):
    """Replace the tiny spec in one step, as editors do: the preview would read what is half written."""
    part = path.with_name(".part")
    part.write_text(toml_of(tiny_table(sections)))
    part.replace(path)


def list_children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.usefixtures("bpy_is_there")
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes as Linux tells of them")
def test_a_page_follows_the_spec_and_ctrl_c_ends_blender_too(start, spec, call, pixels, tmp_path):
    path = spec(render={"samples": 5})
    process = start("preview", path, "--no-open", "--size", "96x54", "--step", "-1")
    page = Page(process.stdout.readline())
    view = page.wait(lambda view: view["samples"] == 5)
    assert (view["step"], view["steps"]) == (5, 6)
    (tmp_path / "page.png").write_bytes(page.ask("/picture.png").read())
    save(path, BAD)
    bad = page.wait(lambda view: view["problems"])
    assert any("layer.kernel" in problem for problem in bad["problems"])
    assert bad["picture"] == view["picture"] and page.ask("/picture.png").read() == (tmp_path / "page.png").read_bytes()
    save(path, {"walk": {"order": "columns"}, "render": {"samples": 5}})
    good = page.wait(lambda view: view["picture"] > bad["picture"])
    assert not good["problems"]
    (blender,) = list_children(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    wait_for(lambda: not Path(f"/proc/{blender}").exists())
    save(path, {"render": {"samples": 5}})
    assert call("still", path, "--step", "-1", "-o", "still.png").code == 0
    assert np.array_equal(pixels(tmp_path / "page.png"), pixels(tmp_path / "still.png"))


@pytest.fixture
def scripted(monkeypatch):
    """The functions that run, one by one, once a request waits in a command that has no Blender."""
    from kernelwalk_pipeline.blenders.blender_pool import BlenderPool
    from kernelwalk_pipeline.preview.rendering import PreviewRendering

    actions = []

    def render(self, request):
        if not actions:
            raise KeyboardInterrupt
        actions.pop(0)(self, request)

    monkeypatch.setattr(PreviewRendering, "render", render)
    monkeypatch.setattr(BlenderPool, "check_available", lambda self: None)
    monkeypatch.setattr(BlenderPool, "prestart", lambda self: None)
    return actions


def test_a_picture_file_is_replaced_and_errors_go_to_stderr(call, spec, scripted, tmp_path):
    path, seen = spec(), []

    def add_picture(self, request):
        self.on_picture(b"half a picture")
        self.on_picture(b"a picture")
        seen.append((tmp_path / "a.png").read_bytes())
        save(path, BAD)
        wait_for(lambda: self.preview.get_view().problems)
        save(path, {"walk": {"order": "columns"}})

    scripted.append(add_picture)
    ran = call("preview", path, "-o", "a.png")
    assert (ran.code, ran.out) == (0, "a.png\n")
    assert seen == [b"a picture"]
    assert ran.complaints and all("tiny.toml: layer.kernel" in line for line in ran.complaints)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.png", "tiny.toml"]


def test_a_preview_may_begin_with_a_file_that_has_errors(call, spec, scripted, monkeypatch):
    path, requests = spec(**BAD), []

    def end(self, request):
        requests.append(request)
        raise KeyboardInterrupt

    scripted.append(end)
    monkeypatch.setattr(PreviewServer, "serve_forever", lambda *_: save(path, {}))
    monkeypatch.setattr(PreviewServer, "shutdown", lambda _: None)
    ran = call("preview", path, "--no-open")
    assert ran.code == 0 and ran.out.startswith("http://127.0.0.1:")
    assert ran.complaints and len(requests) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.toml"], "nothing.toml"),
        (["nn.Conv2d(1, 1, 9)", "--input", "5x5"], "kernel"),
        (["dilation", "--step", "99"], "--step: 99 is not one of the 9 steps"),
        (["dilation", "-o", "a.jpg"], "the name must end in .png"),
        (["dilation", "-o", "a.png", "--port", "8000"], "cannot be combined with --port"),
    ],
    ids=str,
)
def test_what_cannot_be_previewed_is_an_error_at_once(call, blender_started, arguments, message):
    ran = call("preview", *arguments)
    assert ran.code == 2 and message in ran.err
    assert not blender_started()
