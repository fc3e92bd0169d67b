# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the .blend file of every built-in template: python make_templates.py [NAME...]

Run it with the oldest supported Blender (bpy 4.2), so that every later one can open the files. Their contents are CC0;
docs/templates.md states their contract.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "addon")]

from makers import blueprint, dark, paper, studio  # noqa: E402  # importable only with the path set

TEMPLATES = {
    "paper": paper.make_template,
    "studio": studio.make_template,
    "dark": dark.make_template,
    "blueprint": blueprint.make_template,
}


def main() -> None:
    """Make the templates named on the command line, or all."""
    for name in sys.argv[1:] or TEMPLATES:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.context.scene.name = name.capitalize()
        TEMPLATES[name]()
        path = HERE / f"{name}.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True, relative_remap=False)
        print(f"{path.name}: {path.stat().st_size:,} bytes, Blender {bpy.app.version_string}")
    sys.stdout.flush()
    os._exit(0)  # bpy can hang at exit


if __name__ == "__main__":
    main()
