# SPDX-License-Identifier: GPL-3.0-or-later
"""The core stands on the standard library and numpy alone, and imports run one way."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import kernelwalk.core
import pytest

CORE = Path(kernelwalk.core.__file__).parent
MODULES = sorted(CORE.rglob("*.py"))
FOUNDATIONS = {"errors.py", "check.py", "lazy.py"}
ORDER = ("layers", "code", "walk", "spec", "stage", "words", "picture")
"""The packages of the core, from the bottom up."""


def run(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def imported(module: Path) -> set[tuple[int, str]]:
    """How far up each import of a module reaches (0: absolute), and what it names."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {(0, name.name) for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.level, node.module or ""))
    return found


def test_the_core_computes_a_layer_where_blender_cannot_be_imported() -> None:
    code = """
import sys
for name in ("bpy", "mathutils", "bmesh", "gpu", "bl_math", "bpy_extras"):
    sys.modules[name] = None
import kernelwalk
from kernelwalk.core import ConvTranspose, plan, preset
layer = ConvTranspose(input=3, kernel=3, stride=2, padding=1, output_padding=1)
print(layer.output, layer.taps((0, 0)), len(plan(preset("mathematica")).pictures))
"""
    assert run(code).startswith("(6, 6) [((1, 1), (0, 0))] ")


def test_importing_the_core_brings_in_numpy_and_nothing_else_from_outside() -> None:
    code = """
import sys, numpy
before = set(sys.modules)
from kernelwalk.core import *
added = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(added - sys.stdlib_module_names - {"numpy"}))
"""
    assert run(code).strip() == "['kernelwalk']"


def test_a_layer_is_told_without_numpy() -> None:
    code = """
import sys
from kernelwalk.core import AvgPool, Conv, ConvTranspose, MaxPool, PixelShuffle, Unfold, Upsample, preset
layers = [
    Conv((4, 5), 3, padding=1, padding_mode="reflect"), ConvTranspose(3, 3, stride=2), MaxPool(5, 2, ceil_mode=True),
    AvgPool(5, 2), PixelShuffle(3, 2), Unfold(5, 3), Upsample(3, 2)]
for layer in layers:
    layer.output, layer.taps((0, 0)), layer.mapping.unused
preset("mathematica").steps
print([name for name in sys.modules if name.partition(".")[0] == "numpy"])
"""
    assert run(code).strip() == "[]"


def test_every_name_of_the_core_is_there_whatever_was_imported_before() -> None:
    code = """
import kernelwalk.core.incremental.changed_regions, kernelwalk.core as core
print([name for name in core.__all__ if getattr(core, name).__module__ == "kernelwalk.core" or name not in dir(core)])
try:
    core.nothing
except AttributeError as error:
    print(error)
"""
    told = "module 'kernelwalk.core' has no attribute 'nothing'"
    assert run(code).splitlines() == ["[]", told]


def test_the_package_itself_brings_in_nothing() -> None:
    code = "import sys, kernelwalk; print([name for name in sys.modules if name.startswith(('kernelwalk.', 'numpy'))])"
    assert run(code).strip() == "[]"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(CORE)))
def test_a_module_of_the_core_imports_from_packages_below_its_own_relatively_and_nothing_above(module: Path) -> None:
    package = module.relative_to(CORE).parts[0]
    place = ORDER.index(package) if package in ORDER else -1 if module.name in FOUNDATIONS else len(ORDER)
    up = 1 + (package in ORDER)
    for level, name in imported(module):
        top = name.partition(".")[0]
        if not level:
            assert top in sys.stdlib_module_names or top == "numpy", name
        assert level <= up, "the core reaches out of its folder"
        if level == up and top:
            below = ORDER[:place] if up == 2 else ORDER[: max(place, 0)]
            assert top in below or f"{top}.py" in FOUNDATIONS, f"{name} is not below"
