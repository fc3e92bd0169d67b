# SPDX-License-Identifier: GPL-3.0-or-later
"""No import cycle: neither among imports at the top of modules, nor among those in functions or for type checks alone.

Lazy and type-only imports count, since two modules that need each other in any way are one subject. In the add-on, this
holds for packages too: `core`, `scene` and `ui`, and the packages in each of them.
"""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = (ROOT / "addon", ROOT / "pipeline")

Graph = dict[str, set[str]]


def module_name(path: Path, source: Path) -> str:
    parts = path.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph(*sources: Path) -> Graph:
    """Return the modules that each module below the given folders imports, anywhere in its text."""
    paths = {module_name(path, source): path for source in sources for path in sorted(source.rglob("*.py"))}
    graph: Graph = {}
    for name, path in paths.items():
        graph[name] = set()
        package = name if path.stem == "__init__" else name.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names if alias.name in paths}
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                base = ".".join([*above, *([node.module] if node.module else [])])
                # each name is a submodule, or else something within the module itself
                within = [f"{base}.{alias.name}" for alias in node.names]
                targets = {submodule if submodule in paths else base for submodule in within}
                graph[name] |= {target for target in targets if target in paths and target != name}
    return graph


def contract(graph: Graph, depth: int) -> Graph:
    """Return the packages that each package of the add-on imports, where names have at most `depth` parts."""
    packages: Graph = {}
    for name, imported in graph.items():
        package = ".".join(name.split(".")[:depth])
        targets = {".".join(each.split(".")[:depth]) for each in imported}
        packages.setdefault(package, set()).update(targets - {package})
    return packages


def find_cycle(graph: Graph) -> list[str]:
    """Return the modules of a cycle, the first one twice; nothing if there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_through_others() -> None:
    graph = import_graph(*SOURCES)
    assert len(graph) > 100 and "kernelwalk.core.layers.axis" in graph["kernelwalk.core.layers.mapping"]
    cycle = find_cycle(graph)
    assert not cycle, "imports run in a circle: " + " → ".join(cycle)


@pytest.mark.parametrize(
    ("depth", "pairs"),
    [
        (2, [("core", "scene"), ("scene", "ui")]),
        (3, [("core.layers", "core.walk"), ("scene.builds", "scene.objects"), ("ui.fields", "ui.settings")]),
    ],
)
def test_no_package_of_the_add_on_imports_itself_through_others(depth: int, pairs: list[tuple[str, str]]) -> None:
    packages = contract(import_graph(ROOT / "addon"), depth)
    for below, above in pairs:
        assert f"kernelwalk.{below}" in packages[f"kernelwalk.{above}"]
    cycle = find_cycle(packages)
    assert not cycle, "imports run in a circle: " + " → ".join(cycle)


def test_a_circle_of_packages_is_found_where_no_module_imports_itself() -> None:
    graph = {"house.attic.first": {"house.cellar.second"}, "house.cellar.third": {"house.attic.fourth"}}
    assert find_cycle(graph) == []
    assert set(find_cycle(contract(graph, 2))) == {"house.attic", "house.cellar"}


@pytest.mark.parametrize(
    "back",
    [
        "from . import first",
        "from .first import anything",
        "import house.rooms.first",
        "from house.rooms.first import anything",
        "def lazily():\n    from ..rooms.first import anything",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .first import anything",
    ],
)
def test_a_circle_is_found_however_it_is_imported(tmp_path: Path, back: str) -> None:
    rooms = tmp_path / "house" / "rooms"
    rooms.mkdir(parents=True)
    for package in (rooms.parent, rooms):
        (package / "__init__.py").write_text("")
    (rooms / "first.py").write_text("from .second import anything\n")
    (rooms / "second.py").write_text("from math import pi\n")
    assert find_cycle(import_graph(tmp_path)) == []
    (rooms / "second.py").write_text(back + "\n")
    assert set(find_cycle(import_graph(tmp_path))) == {"house.rooms.first", "house.rooms.second"}
