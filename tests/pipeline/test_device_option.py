# SPDX-License-Identifier: GPL-3.0-or-later
"""The option --device reaches Blender, and the command warm-up. A script stands in for Blender and its devices."""

from __future__ import annotations

import json
import os
import re

import pytest
import typer
from kernelwalk_pipeline import cli
from kernelwalk_pipeline.blenders.prestart import BLENDER_COMMANDS
from kernelwalk_pipeline.blenders.timeouts import Timeouts

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs shell scripts")

READY = """echo 'KERNELWALK {"event": "ready", "blender": "9", "device": "CUDA (Test Card)"}'"""
LOADING = """echo 'KERNELWALK {"event": "kernels_loading", "text": "Blender loads its kernels"}'"""
FINISHED = """echo 'KERNELWALK {"event": "finished"}'"""


def test_all_commands_that_render_have_the_option():
    commands = typer.main.get_command(cli.build_app()).commands
    with_option = {name for name, each in commands.items() if any(option.name == "device" for option in each.params)}
    assert with_option == {*BLENDER_COMMANDS, "compare"} - {"blend"}


def test_a_device_that_blender_lacks_is_told_with_exit_code_3_before_the_first_frame(call, spec, program, tmp_path):
    failed = """echo 'KERNELWALK {"event": "failed", "reason": "no device for HIP here", "is_fatal": true}'"""
    missing = f'read task; cp "$task" task.json; {failed}'
    ran = call("still", spec(), "-o", "a.png", "--device", "hip", "--blender", program("without", missing))
    assert (ran.code, ran.complaints) == (3, ["kernelwalk: no device for HIP here"])
    assert json.loads((tmp_path / "task.json").read_text())["spec"]["render"]["device"] == "hip"


def test_warm_up_tells_what_goes_on_and_which_device_is_ready(call, program, tmp_path):
    body = f'read task; cp "$task" task.json; {READY}; {LOADING}; {FINISHED}; cat >/dev/null'
    ran = call("warm-up", "--device", "cuda", "--blender", program("gpu", body))
    assert ran.code == 0, ran.err
    assert re.fullmatch(r"CUDA \(Test Card\): ready after \d+ s\n", ran.out)
    assert "warm-up: Blender loads its kernels" in ran.err
    assert json.loads((tmp_path / "task.json").read_text())["spec"]["render"]["device"] == "cuda"


def test_while_kernels_load_only_their_own_timeout_counts():
    from kernelwalk_pipeline.blenders.blender_process import BlenderProcess

    process, timeouts = BlenderProcess.__new__(BlenderProcess), Timeouts(stall=0.0, frame=0.0, kernels=1e6)
    lines = [READY, LOADING, """echo 'KERNELWALK {"event": "kernels_loaded"}'"""]
    left = []
    for line in lines:
        process.record_line(line.removeprefix("echo '"))
        left.append(process.time_left(timeouts) > 0)
        process.record_line('KERNELWALK {"event": "heartbeat"}')
        left.append(process.time_left(timeouts) > 0)
    assert left == [False, False, True, True, False, False]
