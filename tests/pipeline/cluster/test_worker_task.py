# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer of a worker that cannot even start, or that has other files."""

from __future__ import annotations

import hashlib
import shutil

import pytest

pytest.importorskip("distributed", reason="needs kernelwalk[cluster]")

from kernelwalk import __version__
from kernelwalk.core.font_metrics import FONTS
from kernelwalk.core.spec.templates import find_blend_file
from kernelwalk_pipeline.cluster import worker_task

OWN = FONTS / "regular.ttf"


def test_a_full_disk_is_reported_as_an_output_error(tmp_path):
    """It ends no job: other workers may have room."""
    request = {
        "spec": {},
        "frames": [2],
        "base_frame": "",
        "shared_folder": "",
        "frames_folder": "",
        "full_frames": False,
        "blender": None,
        "timeouts": [9.0, 9.0],
    }
    answer = {"error": None, "log": "", "rejection": ""}
    missing = tmp_path / "missing"
    worker_task._render_frames(request, b"a picture", missing, 0, lambda: False, lambda records: None, answer)
    assert answer["error"]["kind"] == "output"
    assert answer["error"]["frame"] is None
    assert "cannot be written" in answer["error"]["text"]


def test_a_worker_with_another_font_is_rejected(tmp_path):
    template, font = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (find_blend_file("paper"), OWN))
    spec = {"look": {"template": "paper"}, "labels": {"font": str(tmp_path / "own.ttf")}}
    request = {"kernelwalk": __version__, "template": template, "font": font, "spec": spec}
    assert "there is no such file" in worker_task._find_rejection(request)
    shutil.copy(OWN, tmp_path / "own.ttf")
    assert worker_task._find_rejection(request) == ""
    shutil.copy(FONTS / "strong.ttf", tmp_path / "own.ttf")
    assert worker_task._find_rejection(request) == "its font of that name is different"


def test_a_worker_on_another_device_is_rejected_and_kernels_that_load_are_told_at_once(tmp_path):
    reported, answer = [], {"blender": "", "devices": [], "rejection": "", "notes": []}
    request = {"version": "4.5.0", "device": "CUDA (A)", "shared_folder": ""}
    progress = worker_task._ChunkProgress(request, tmp_path, lambda *values: reported.append(values), answer)
    for device, rejection in (("CUDA (A)", ""), ("CUDA (B)", "its device is CUDA (B), this job uses CUDA (A)")):
        progress.handle({"event": "ready", "blender": "4.5.0", "device": device, "devices": [["cuda", "A"]]})
        assert answer["rejection"] == rejection
    assert answer["devices"] == [["cuda", "A"]]
    progress.handle({"event": "kernels_loading", "text": "it takes a while"})
    assert reported == [([], ["it takes a while"])]
