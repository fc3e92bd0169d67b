# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder's frames are of one device."""

from __future__ import annotations

import pytest
from kernelwalk.core import spec_from_table
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.jobs.job_checks import open_manifest, start_or_check_job
from kernelwalk_pipeline.source import Source

from ..conftest import TINY


def source_on(device):
    return Source("tiny", spec_from_table({**TINY, "render": {**TINY["render"], "device": device}}))


@pytest.fixture
def begun(tmp_path):
    """A folder whose frames were begun on a card."""
    source = source_on("cuda")
    start_or_check_job(source, "4.5.15", "CUDA (A)", open_manifest(source, [1], tmp_path), restart=False)
    return tmp_path


@pytest.mark.parametrize("device", ["cuda", "auto"])
def test_the_same_device_goes_on_however_it_is_chosen(begun, device):
    start_or_check_job(source_on(device), "4.5.15", "CUDA (A)", open_manifest(source_on(device), [1], begun), False)


@pytest.mark.parametrize("actual", ["CUDA (B)", "OptiX (A)", "CPU"])
def test_another_card_or_device_does_not_go_on_but_can_restart(begun, actual):
    source = source_on("auto")
    with pytest.raises(
        UsageError, match=r"frames of .* and of .*, whose pixels differ a little\. Use the --device"
    ) as error:
        start_or_check_job(source, "4.5.15", actual, open_manifest(source, [1], begun), restart=False)
    assert "CUDA (A)" in str(error.value)
    assert actual in str(error.value)
    start_or_check_job(source, "4.5.15", actual, open_manifest(source, [1], begun, restart=True), restart=True)
    assert open_manifest(source, [1], begun).job["device"] == actual


def test_a_device_that_is_surely_another_is_refused_before_blender_starts(begun):
    with pytest.raises(UsageError, match=r"frames of CPU and of CUDA \(A\)"):
        open_manifest(source_on("cpu"), [1], begun)


def test_frames_of_two_runs_on_different_devices_do_not_become_one_film(begun):
    """Runs of a farm begin at the same time, each with a manifest of its own."""
    source = source_on("auto")
    other = open_manifest(source, [1], begun, only=[1])
    other.start({**other.job, "device": "CUDA (B)"})
    with pytest.raises(UsageError, match=r"frames of CUDA \(A\) and of CUDA \(B\)"):
        open_manifest(source, [1], begun)
