# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker renders on the device of its spec. The preferences list a card that is not there: Cycles then renders on the
CPU, whatever it was told."""

from __future__ import annotations

import fcntl
import tempfile

import pytest
from kernelwalk.core import spec_from_table
from PIL import Image

from .helpers import LAYERS, FrameRenderer, bpy, build_and_apply, make_test_plan

from kernelwalk_pipeline.worker import kernel_loading, task_runner  # isort: skip
from kernelwalk_pipeline.worker.cycles_devices import CyclesDevices  # isort: skip
from kernelwalk_pipeline.worker.device_choice import ChosenDevice, Device, DeviceMissing  # isort: skip

CARD = ChosenDevice("cuda", ("Test Card",))


@pytest.fixture
def preferences():
    """Cycles' preferences with a card for CUDA and OptiX."""
    found = bpy.context.preferences.addons["cycles"].preferences
    for kind in ("CUDA", "OPTIX"):
        entry = found.devices.add()
        entry.type, entry.name, entry.id = kind, "Test Card", f"TEST_{kind}"
    yield found
    while found.devices:
        found.devices.remove(0)
    found.compute_device_type = "NONE"


@pytest.fixture
def events(monkeypatch, tmp_path):
    """The events that a worker in this process sends. Its lock is in the test's folder."""
    sent = []
    for module in (task_runner, kernel_loading):
        monkeypatch.setattr(module, "send_event", lambda name, **values: sent.append((name, values)))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return sent


def make_task(tmp_path, device, **changes):
    table = {
        "layer": {"op": "conv", "input": [2, 2], "kernel": 2},
        "render": {"resolution": [32, 18], "samples": 1, "device": device},
    }
    common = {"folder": str(tmp_path), "base_frame": "", "full_frames": True, "threads": 0, "frames": [1]}
    return {"spec": spec_from_table(table).to_table(), **common, **changes}


def test_a_device_is_used_with_all_its_cards_and_without_the_cpu(scene, preferences):
    devices = CyclesDevices()
    listed = devices.list_devices()
    assert {Device("cuda", "Test Card"), Device("optix", "Test Card")} < set(listed)
    assert any(device.kind == "cpu" for device in listed)
    devices.enable(scene, CARD)
    assert (scene.cycles.device, preferences.compute_device_type) == ("GPU", "CUDA")
    assert {each.type for each in preferences.devices if each.use} == {"CUDA"}
    devices.enable(scene, ChosenDevice("cpu"))
    assert scene.cycles.device == "CPU"


def test_kernels_are_loaded_once_before_the_first_frame_and_for_the_cpu_never(tmp_path, preferences, events):
    runner = task_runner.TaskRunner()
    for device in ("cuda", "auto", "cpu"):
        runner.run(make_task(tmp_path, device))
    names = [name for name, _ in events]
    rendered = ["frame_started", "frame_rendered"]
    loading = ["kernels_loading", "kernels_loaded"]
    notes = [name for name in names if name != "note"]
    assert notes == ["ready", *loading, *rendered, "ready", *rendered, "ready", *rendered]
    assert [values["device"] for name, values in events if name == "ready"] == [CARD.label, CARD.label, "CPU"]
    (text,) = [values["text"] for name, values in events if name == "kernels_loading"]
    assert "CUDA (Test Card)" in text
    assert bpy.context.scene.cycles.device == "CPU"


def test_one_process_at_a_time_loads_kernels(tmp_path, events):
    with kernel_loading._hold_turn():
        (lock,) = tmp_path.glob("kernelwalk-kernels-*.lock")
        with lock.open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with lock.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert lock.stat().st_mode & 0o077 == 0


def test_a_missing_device_ends_a_task_at_once_but_a_survey_lists_what_is_there(tmp_path, preferences, events):
    runner = task_runner.TaskRunner()
    with pytest.raises(DeviceMissing, match="CUDA"):
        runner.run(make_task(tmp_path, "hip"))
    assert not events
    runner.run(make_task(tmp_path, "hip", frames=[], survey=True))
    ((name, values),) = events
    assert (name, values["device"]) == ("ready", "")
    assert ["cuda", "Test Card"] in values["devices"]


@pytest.mark.parametrize(("device", "is_used"), [("GPU", True), ("CPU", False)])
def test_regions_that_differ_by_one_level_in_a_pixel_count_as_equal_on_a_gpu_alone(scene, tmp_path, device, is_used):
    plan = make_test_plan(LAYERS["plain"])
    build_and_apply(plan, scene)
    scene.cycles.device = device
    parts = FrameRenderer(plan, scene, tmp_path, "")
    base = parts.render_frame(parts.base_frame, tmp_path / "none").rename(tmp_path / "base.png")
    with Image.open(base) as picture:
        changed = picture.convert("RGB")
    place = changed.width // 2, changed.height // 2  # in the middle of the picture, which is tested
    color = changed.getpixel(place)
    changed.putpixel(place, (color[0] ^ 1, *color[1:]))
    changed.save(base)
    other = FrameRenderer(plan, scene, tmp_path, "")
    other.render_frame(9, base)
    assert (other.full_frame_reason == "") == is_used


def test_eevee_has_no_device_and_says_so(tmp_path, events):
    task = make_task(tmp_path, "cuda", frames=[])
    task["spec"]["render"]["engine"] = "eevee"
    task_runner.TaskRunner()._choose_device(task)
    (_, ready), (_, note) = events
    assert ready["device"] == "EEVEE"
    assert "for Cycles alone" in note["text"]
