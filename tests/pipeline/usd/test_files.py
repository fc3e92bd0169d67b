# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in USD: rules, sizes, exit codes and messages of kernelwalk export usd."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kernelwalk.core.spec.presets import list_presets
from pxr import Usd, UsdGeom, UsdValidation

PRESET = "no_padding_no_strides"
RULES = Path(__file__).with_name("check_arkit.py")


def check(*paths: str) -> dict[str, list[str]]:
    """Return what usdchecker --arkit and the validators of usd-core have against files."""
    command = [sys.executable, RULES, *paths]
    failed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for path in paths:
        context = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
        failed[path] += [each.GetErrorAsString() for each in context.Validate(Usd.Stage.Open(path))]
    return failed


@pytest.fixture(autouse=True)
def rules(bpy_is_there: None) -> None:
    """Skip the tests where the rules are not there."""


def test_files_follow_the_rules_of_phones(call, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "bpy", None)
        for name in ("a.usda", "a.usdc", "a.usdz"):
            ran = call("export", "usd", PRESET, "-o", name)
            assert (ran.code, ran.err, ran.out.strip()) == (0, "", name)
    assert sorted(each.name for each in Path().iterdir()) == ["a.usda", "a.usdc", "a.usdz"]
    broken = Usd.Stage.CreateNew("b.usda")
    UsdGeom.PointInstancer.Define(broken, "/a")
    broken.Save()
    failed = check("a.usda", "a.usdc", "a.usdz", "b.usda")
    refused = " ".join(failed.pop("b.usda"))
    assert "unsupported type 'PointInstancer'" in refused
    assert "upAxis" in refused
    assert not any(failed.values())
    stage = Usd.Stage.Open("a.usdz")
    assert (UsdGeom.GetStageUpAxis(stage), UsdGeom.GetStageMetersPerUnit(stage)) == ("Y", 0.01)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode(), stage.GetTimeCodesPerSecond()) == (1, 72, 24)
    assert stage.GetDefaultPrim().GetName() == PRESET


@pytest.mark.thorough
def test_all_presets_follow_the_rules_of_phones(call):
    names = [f"{preset}.usdz" for preset in list_presets()]
    for preset, name in zip(list_presets(), names, strict=True):
        assert call("export", "usd", preset, "-o", name).code == 0
    assert {name: failed for name, failed in check(*names).items() if failed} == {}


@pytest.mark.thorough
def test_the_size_grows_with_tiles_and_steps_and_not_with_their_product(call):
    sizes = []
    for edge in (9, 18):
        ran = call("export", "usd", "nn.Conv2d(1, 1, 3)", "--input", f"{edge}x{edge}", "-o", f"{edge}.usdz")
        assert ran.code == 0, ran.err
        sizes.append(Path(f"{edge}.usdz").stat().st_size)
    assert sizes[0] < 150_000
    assert sizes[1] < 4 * sizes[0]


@pytest.mark.thorough
def test_the_same_walk_gives_the_same_bytes(run, tmp_path):
    written = []
    for seed in ("1", "2"):  # of the order in which Python has the items of sets
        ran = run("export", "usd", "max_pool_values", "-o", "a.usdz", env={**os.environ, "PYTHONHASHSEED": seed})
        assert ran.code == 0, ran.err
        written.append((tmp_path / "a.usdz").read_bytes())
    assert written[0] == written[1]


def test_walks_of_several_specs_stand_in_a_folder(call):
    ran = call("export", "usd", "conv1d", "blur", "-o", "walks", "--format", "usdc")
    assert (ran.code, ran.out.split()) == (0, ["walks/conv1d.usdc", "walks/blur.usdc"])
    assert call("export", "usd", "conv1d", "-o", "walks").out.strip() == "walks/conv1d.usdz"
    assert sorted(each.name for each in Path("walks").iterdir()) == ["blur.usdc", "conv1d.usdc", "conv1d.usdz"]


def test_a_walk_that_cannot_be_written_is_an_error_that_says_why(call):
    for arguments, code, message in (
        (["-o", "a.glb"], 2, "a.glb: .glb is no form of USD. Use .usdz, .usda, .usdc, or a folder"),
        (["-o", "a"], 2, "a: no suffix is no form of USD"),
        (["-o", "a.usdz", "--set", "layer.input=140"], 2, "a .usdz of 38,644 tiles and 19,044 steps would have about"),
        (["-o", "/dev/null/a.usdz"], 4, "/dev/null"),
    ):
        ran = call("export", "usd", PRESET, *arguments)
        assert (ran.code, len(ran.complaints)) == (code, 1), ran
        assert message in ran.err
    assert not list(Path().iterdir())
