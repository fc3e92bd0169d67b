# SPDX-License-Identifier: GPL-3.0-or-later
"""Events survive the pipe, and whatever else is on it is no event."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernelwalk_pipeline.worker.protocol import MARKER, format_event, parse_event


@given(text=st.text(), log=st.text(st.characters(exclude_characters="\n")))
def test_an_event_is_read_as_it_was_sent_after_any_output(text, log):
    event = {"event": "note", "text": text}
    *others, line, rest = (log + format_event(event)).split("\n")
    assert others == [log]
    assert rest == ""
    assert parse_event(line) == event


@pytest.mark.parametrize("line", ["", "Saved: part_00001.png", MARKER, f'{MARKER}{{"event": "fra', f" {MARKER}{{}}"])
def test_other_lines_and_broken_lines_are_no_events(line):
    assert parse_event(line) is None


def test_the_protocol_loads_neither_numpy_nor_blender():
    code = "import sys, kernelwalk_pipeline.worker.protocol; print({'numpy', 'bpy'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
