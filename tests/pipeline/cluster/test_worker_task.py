# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker answers where it cannot even begin."""

from __future__ import annotations

import pytest

pytest.importorskip("distributed", reason="needs kernelwalk[cluster]")

from kernelwalk_pipeline.cluster import worker_task


def test_a_disk_without_room_is_told_as_what_it_is(tmp_path):
    """It ends no job: others may have room."""
    order = {
        "frames": [2],
        "still": "",
        "shared": "",
        "done": "",
        "whole": False,
        "blender": None,
        "limits": [9.0, 9.0],
    }
    answer = {"error": None, "log": ""}
    gone = tmp_path / "gone"
    worker_task._render_frames(
        {**order, "spec": {}}, b"the still picture", gone, 0, lambda: False, lambda records: None, answer
    )
    assert answer["error"]["kind"] == "output"
    assert answer["error"]["frame"] is None
    assert "cannot be written" in answer["error"]["text"]
