# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: a summary, continuing after a failure, and the JSON report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("shared_blender")


@pytest.fixture
def failing(tmp_path, spec):
    """Return three specs; the output of the second is a folder with foreign frames."""
    paths = [spec(name) for name in ("one", "two", "three")]
    (tmp_path / "out" / "two").mkdir(parents=True)
    (tmp_path / "out" / "two" / "frame_00001.png").write_text("mine")
    return paths


def states(ran):
    return [(item["spec"], item["state"], item["code"]) for item in json.loads(ran.out)["outputs"]]


def test_a_failure_ends_the_batch(call, failing):
    ran = call("render", *failing, "-o", "out", "--json")
    assert ran.code == 4
    assert states(ran) == [("one", "done", 0), ("two", "failed", 4), ("three", "not begun", 0)]


def test_with_keep_going_the_others_are_rendered(call, failing, tmp_path):
    ran = call("render", *failing, "-o", "out", "--json", "--keep-going")
    assert ran.code == 4
    assert states(ran) == [("one", "done", 0), ("two", "failed", 4), ("three", "done", 0)]
    report = json.loads(ran.out)["outputs"]
    assert (report[0]["pictures"], report[0]["rendered"]) == (12, 12)
    assert "did not make" in report[1]["reason"]
    (tmp_path / "out" / "two" / "frame_00001.png").unlink()
    ran = call("render", *failing, "-o", "out", "--json", "--keep-going")
    assert ran.code == 0
    assert states(ran) == [("one", "resumed", 0), ("two", "done", 0), ("three", "resumed", 0)]
    assert call("verify", "out").code == 0


def test_the_summary_is_on_stderr_and_the_outputs_on_stdout(call, failing):
    ran = call("render", *failing, "-o", "out", "--keep-going")
    assert ran.out.splitlines() == [str(Path("out") / "one"), str(Path("out") / "three")]
    rows = [line.split() for line in ran.err.splitlines()]
    assert [row[1] for row in rows if row and row[0] in ("one", "two", "three") and len(row) > 3] == [
        "done",
        "failed",
        "done",
    ]
