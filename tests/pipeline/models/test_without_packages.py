# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands on models without the packages of the extra "models": text needs none, and files name what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import environment

PACKAGES = ("onnx", "onnxruntime", "h5py", "tflite")

RUN = (
    f"import sys; sys.modules.update(dict.fromkeys({PACKAGES})); from kernelwalk_pipeline.__main__ import main; main()"
)

PRINTED = """Sequential(
  (0): Conv2d(1, 8, kernel_size=(5, 5), stride=(1, 1))
  (1): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
)
"""


def run_without(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that finds none of PACKAGES."""
    command = [sys.executable, "-c", RUN, *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def test_the_layers_of_a_printed_model_are_listed(tmp_path):
    (tmp_path / "net.txt").write_text(PRINTED)
    ran = run_without("layers", "net.txt", "--input", "28", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[2] for line in ran.stdout.splitlines()[1:3]] == ["Conv2d", "MaxPool2d"]


@pytest.mark.parametrize("command", ["layers", "inspect"])
@pytest.mark.parametrize("name", ["a.onnx", "a.keras", "a.tflite"])
def test_a_file_of_a_model_names_the_package_and_the_extra(tmp_path, command, name):
    (tmp_path / name).touch()
    ran = run_without(command, name, folder=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"kernelwalk: {name}: models need the Python package onnx, which is missing. Install")
