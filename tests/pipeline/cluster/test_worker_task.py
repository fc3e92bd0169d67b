# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer of a worker that cannot even start."""

from __future__ import annotations

import pytest

pytest.importorskip("distributed", reason="needs kernelwalk[cluster]")

from kernelwalk_pipeline.cluster import worker_task


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
