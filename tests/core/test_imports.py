# SPDX-License-Identifier: GPL-3.0-or-later
"""The core needs the standard library and numpy alone, and its packages import one way."""

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
FOUNDATIONS = {
    *("arrays.py", "errors.py", "font_file.py", "font_metrics.py", "frame_rates.py", "joined_letters.py"),
    *("lazy_numpy.py", "text_direction.py", "typeface.py", "validation.py"),
}
ORDER = (
    *("layers", "comparison", "frameworks", "walk", "spec", "values", "camera", "geometry", "tiles", "lines"),
    *("animation", "assembly", "labels", "plan", "incremental", "describe", "moving_parts", "gltf"),
)
"""The packages of the core, lowest first."""


def run(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def imports_of(module: Path) -> set[tuple[int, str]]:
    """Return the levels (0: absolute) and the names of a module's imports."""
    imports = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imports |= {(0, alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imports |= {(node.level, name) for name in ([node.module] if node.module else _names(node))}
    return imports


def _names(node: ast.ImportFrom) -> list[str]:
    return [alias.name for alias in node.names]


def test_the_core_computes_a_layer_where_blender_cannot_be_imported() -> None:
    code = """
import sys
for name in ("bpy", "mathutils", "bmesh", "gpu", "bl_math", "bpy_extras"):
    sys.modules[name] = None
import kernelwalk
from kernelwalk.core import ConvTranspose, load_preset, make_plan
layer = ConvTranspose(input=3, kernel=3, stride=2, padding=1, output_padding=1)
print(layer.output, layer.taps((0, 0)), len(make_plan(load_preset("mathematica")).unique_frames))
"""
    assert run(code).startswith("(6, 6) [((1, 1), (0, 0))] ")


def test_importing_the_core_loads_numpy_and_no_other_package() -> None:
    code = """
import sys, numpy
before = set(sys.modules)
from kernelwalk.core import *
added = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(added - sys.stdlib_module_names - {"numpy"}))
"""
    assert run(code).strip() == "['kernelwalk']"


def test_a_layer_is_computed_without_numpy() -> None:
    code = """
import sys
from kernelwalk.core import AvgPool, Conv, ConvTranspose, MaxPool, PixelShuffle, Unfold, Upsample, load_preset
layers = [
    Conv((4, 5), 3, padding=1, padding_mode="reflect"), ConvTranspose(3, 3, stride=2), MaxPool(5, 2, ceil_mode=True),
    AvgPool(5, 2), PixelShuffle(3, 2), Unfold(5, 3), Upsample(3, 2)]
for layer in layers:
    layer.output, layer.taps((0, 0)), layer.mapping.unused_count
load_preset("mathematica").step_count
print([name for name in sys.modules if name.partition(".")[0] == "numpy"])
"""
    assert run(code).strip() == "[]"


def test_every_name_of_the_core_is_available_whatever_was_imported_before() -> None:
    code = """
import kernelwalk.core.incremental.changed_regions, kernelwalk.core as core
print([name for name in core.__all__ if getattr(core, name).__module__ == "kernelwalk.core" or name not in dir(core)])
try:
    core.nothing
except AttributeError as error:
    print(error)
"""
    message = "module 'kernelwalk.core' has no attribute 'nothing'"
    assert run(code).splitlines() == ["[]", message]


def test_the_package_itself_loads_nothing() -> None:
    code = "import sys, kernelwalk; print([name for name in sys.modules if name.startswith(('kernelwalk.', 'numpy'))])"
    assert run(code).strip() == "[]"


def test_every_package_has_its_place_in_the_order() -> None:
    assert {module.relative_to(CORE).parts[0] for module in MODULES if module.parent != CORE} == set(ORDER)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(CORE)))
def test_a_module_imports_relatively_and_only_from_its_own_package_and_those_below(module: Path) -> None:
    package = module.relative_to(CORE).parts[0]
    place = ORDER.index(package) if package in ORDER else -1 if module.name in FOUNDATIONS else len(ORDER)
    up = len(module.relative_to(CORE).parts)
    for level, name in imports_of(module):
        top = name.partition(".")[0]
        if not level:
            assert top in sys.stdlib_module_names or top == "numpy", name
        assert level <= up, "the core imports from outside its folder"
        if level == up:
            below = ORDER[:place] if up > 1 else ORDER[: max(place, 0)]
            assert top in below or f"{top}.py" in FOUNDATIONS, f"{name} is not below"
