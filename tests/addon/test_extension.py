# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip of `kernelwalk package`, installed as a user would install it, in a separate Blender process."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from kernelwalk.core.spec import templates

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("bpy") is None, reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13"
)

SCRIPT = """
import os, sys, warnings
import bpy

def finish():
    sys.stdout.flush()
    os._exit(0)

checkout = os.path.join("kernelwalk", "__init__.py")
sys.path = [path for path in sys.path if not os.path.isfile(os.path.join(path, checkout))]
bpy.ops.wm.read_factory_settings()
user = bpy.utils.user_resource("EXTENSIONS")
def handlers():
    names = [name for name in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, name), list)]
    return {name: len(getattr(bpy.app.handlers, name)) for name in names}

handlers_before = handlers()
names = ("VIEW3D_MT_view", "VIEW3D_MT_add", "TOPBAR_MT_file_import", "TOPBAR_MT_file_export")
menus = [getattr(bpy.types, name) for name in names]

def added():  # what an add-on leaves behind in Blender if it does not unregister it
    drawn = [draw.__module__ for menu in menus for draw in getattr(menu.draw, "_draw_funcs", [])]
    classes = [name for name in dir(bpy.types) if name.startswith("KERNELWALK")]
    modules = [name for name in drawn if "kernelwalk" in name]
    return classes, modules, {name for name, count in handlers().items() if count != handlers_before[name]}

for _ in range(2):
    bpy.ops.extensions.package_install_files(filepath=sys.argv[1], repo="user_default", enable_on_install=True)
    assert "bl_ext.user_default.kernelwalk" in bpy.context.preferences.addons
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    scene = bpy.context.scene
    inputs = [item for child in scene.collection.children for item in child.all_objects if item.name == "Input"]
    assert len(inputs) == 1 and len(inputs[0].data.polygons) > 25
    bpy.ops.kernelwalk.step(to="LAST")
    bpy.ops.kernelwalk.preset_add(name="Mine")
    (saved,) = [os.path.join(at, name) for at, _, names in os.walk(user) for name in names if name == "Mine.toml"]
    assert os.path.dirname(saved).endswith(os.path.join("user_default", "kernelwalk", "presets")), saved
    for template in ("blueprint", "dark", "paper", "studio"):
        scene.kernelwalk.look.template = template
        assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    scene.kernelwalk.layer.kernel = (2, 2, 2)
    bpy.ops.kernelwalk.import_spec(filepath=saved)
    assert tuple(scene.kernelwalk.layer.kernel) == (3, 3, 3)
    inputs = [item for child in scene.collection.children for item in child.all_objects if item.name == "Input"]
    assert bpy.context.preferences.addons["bl_ext.user_default.kernelwalk"].preferences.live_tiles > 0
    bpy.ops.preferences.addon_disable(module="bl_ext.user_default.kernelwalk")
    assert not hasattr(bpy.types.Scene, "kernelwalk")
    assert added() == ([], [], set()), added()
    assert inputs[0].name in bpy.data.objects
    bpy.ops.preferences.addon_enable(module="bl_ext.user_default.kernelwalk")
    assert bpy.ops.kernelwalk.clear() == {"FINISHED"}
    bpy.ops.extensions.package_uninstall(repo_index=1, pkg_id="kernelwalk")
    assert not hasattr(bpy.types.Scene, "kernelwalk")
print("USED")
finish()
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    command = [sys.executable, "-m", "kernelwalk_pipeline", "package", "-o", str(folder)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(output).parent == folder
    return Path(output)


def test_the_wheel_holds_every_template() -> None:
    table = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    included = table["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    files = [f"{template}.{suffix}" for template in templates.list_templates() for suffix in ("blend", "png", "toml")]
    assert included == {f"blend_templates/{name}": f"kernelwalk/templates/{name}" for name in files}


def test_the_zip_holds_the_add_on_with_its_templates_and_presets(archive: Path) -> None:
    names = set(zipfile.ZipFile(archive).namelist())
    assert {"__init__.py", "blender_manifest.toml"} <= names
    shipped = {
        f"templates/{template}.{suffix}"
        for template in templates.list_templates()
        for suffix in ("blend", "png", "toml")
    }
    assert {name for name in names if name.startswith("templates/")} - {"templates/"} == shipped
    assert {"presets/mathematica.toml", "presets/mathematica.png"} <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_zip_has_the_version_of_the_package(archive: Path) -> None:
    import kernelwalk

    assert archive.name == f"kernelwalk-{kernelwalk.__version__}.zip"


def test_the_add_on_is_installed_used_disabled_and_removed_twice(archive: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user"), "PYTHONPATH": ""}
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(archive)], env=environment, capture_output=True, text=True, check=False
    )
    assert "USED" in process.stdout, process.stdout + process.stderr
    assert not list((tmp_path / "user").rglob("kernelwalk/*.py"))
