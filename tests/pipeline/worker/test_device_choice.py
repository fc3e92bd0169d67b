# SPDX-License-Identifier: GPL-3.0-or-later
"""Which device a spec gets of those that a machine has."""

from __future__ import annotations

import pytest
from kernelwalk.core.spec.render_section import FIELDS, Render
from kernelwalk_pipeline.worker.device_choice import (
    AUTO_ORDER,
    ChosenDevice,
    Device,
    DeviceMissing,
    choose_device,
    foresee_device,
)

ALL = [Device("cpu", "Xeon"), *(Device(kind, f"card {kind}") for kind in sorted(AUTO_ORDER))]


def table(device, engine="cycles"):
    return {"device": device, "engine": engine}


def refuse_to_list():
    raise AssertionError("the drivers were asked")


def test_every_kind_of_gpu_that_a_spec_can_name_has_its_place_in_auto():
    assert {*AUTO_ORDER, "cpu", "auto"} == set(FIELDS["device"].options)


@pytest.mark.parametrize("kind", AUTO_ORDER)
def test_a_kind_that_is_named_is_chosen_whatever_else_is_there(kind):
    assert choose_device(table(kind), lambda: ALL) == ChosenDevice(kind, (f"card {kind}",))


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [((), "cpu"), (("oneapi",), "oneapi"), (("optix", "cuda"), "cuda"), (("hip", "optix"), "optix")],
)
def test_auto_takes_a_gpu_before_the_cpu_and_cuda_before_optix(kinds, expected):
    there = [device for device in ALL if device.kind in ("cpu", *kinds)]
    assert choose_device(table("auto"), lambda: there).kind == expected


def test_all_cards_of_a_kind_are_chosen_and_equal_ones_told_once():
    cards = [Device("cuda", "B"), Device("cuda", "A"), Device("cuda", "B"), Device("optix", "C")]
    assert choose_device(table("cuda"), lambda: cards).label == "CUDA (A, B)"


def test_the_cpu_and_eevee_ask_no_driver():
    assert choose_device(table("cpu"), refuse_to_list) == ChosenDevice("cpu")
    assert choose_device(table("cuda", "eevee"), refuse_to_list).label == "EEVEE"
    assert not ChosenDevice("eevee").is_gpu


def test_a_device_that_is_missing_is_refused_with_what_is_there():
    there = [Device("cpu", "Xeon"), Device("cuda", "H200")]
    with pytest.raises(
        DeviceMissing, match=r"no device for HIP here\. It finds CPU \(Xeon\), CUDA \(H200\)\. Use auto"
    ):
        choose_device(table("hip"), lambda: there)


@pytest.mark.parametrize(
    ("device", "earlier", "expected"),
    [
        ("auto", "CUDA (H200)", "CUDA (H200)"),
        ("cuda", "CUDA (H200)", "CUDA (H200)"),
        ("cpu", "CUDA (H200)", "CPU"),
        ("optix", "CUDA (H200)", "OptiX"),
        ("cpu", "CPU", "CPU"),
    ],
)
def test_a_begun_job_goes_on_where_its_device_is_one_that_the_spec_allows(device, earlier, expected):
    assert foresee_device(Render(device=device), earlier) == expected
    assert foresee_device(Render(device=device, engine="eevee"), "EEVEE") == "EEVEE"
