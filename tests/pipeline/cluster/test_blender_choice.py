# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the version and the device that render one job."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("distributed", reason="needs kernelwalk[cluster]")

from kernelwalk_pipeline.cluster.blender_choice import BlenderChoice
from kernelwalk_pipeline.cluster.dask_cluster import ClusterWorker
from kernelwalk_pipeline.worker.device_choice import Device

RENDER = {"engine": "cycles", "device": "auto"}


def make_worker(version: str, slots: int = 1, card: str = "", **fields: Any) -> ClusterWorker:
    worker = ClusterWorker(slots=slots, **fields)
    worker.blender_version, worker.devices = version, [Device("cuda", card)] if card else []
    return worker


def test_the_version_with_most_slots_is_chosen_once_all_have_reported() -> None:
    choice, workers = BlenderChoice("", ""), [make_worker("4.5.1"), make_worker("5.0.1", slots=2), make_worker("")]
    choice.choose(workers, RENDER, is_probing=True)
    assert choice.version == ""
    choice.choose(workers, RENDER, is_probing=False)
    assert (choice.version, choice.device) == ("5.0.1", "CPU")
    assert choice.find_mismatch(workers[0], RENDER) == "its Blender is 4.5.1, this job uses 5.0.1"
    choice.choose([make_worker("4.5.1", slots=9)], RENDER, is_probing=False)
    assert choice.version == "5.0.1"


def test_a_card_comes_before_more_slots_without_one() -> None:
    choice, workers = BlenderChoice("", ""), [make_worker("4.5.1", slots=9), make_worker("4.5.1", card="H200")]
    choice.choose(workers, RENDER, is_probing=False)
    assert choice.device == "CUDA (H200)"
    assert choice.find_mismatch(workers[0], RENDER) == "its device is CPU, this job uses CUDA (H200)"


def test_existing_frames_decide() -> None:
    choice = BlenderChoice("4.5.1", "CPU")
    choice.choose([make_worker("5.0.1", slots=9)], RENDER, is_probing=False)
    assert choice.find_mismatch(make_worker("4.5.1"), RENDER) == ""
    assert "the existing frames were rendered with 4.5.1" in choice.find_mismatch(make_worker("5.0.1"), RENDER)
