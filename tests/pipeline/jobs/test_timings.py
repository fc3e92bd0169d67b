# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of --profile."""

from __future__ import annotations

from kernelwalk_pipeline.jobs.timings import PhaseTimer


def test_a_line_tells_the_seconds_of_a_phase_and_their_share_of_a_picture() -> None:
    timer = PhaseTimer()
    timer.add({"build": 1.5, "sampling": 3.0})
    timer.add({"sampling": 1.0})
    assert timer.format_lines(8) == [
        "build         1.50 s (building the scene)",
        "sampling      4.00 s, 500.0 ms a picture (sampling)",
    ]
    assert timer.format_lines(0)[1] == "sampling      4.00 s (sampling)", "no picture was left to render"
