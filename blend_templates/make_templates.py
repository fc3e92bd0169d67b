# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the .blend of every template again: python make_templates.py [NAME...]

The files must open in the oldest Blender that Kernelwalk works with, so run it with that one (bpy 4.2). What the
files hold is CC0; the contract that they follow stands in README.md beside this file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "addon")]

from makers import blueprint, dark, paper, studio  # noqa: E402  # found only after the path is set

LOOKS = {
    "paper": paper.make_template,
    "studio": studio.make_template,
    "dark": dark.make_template,
    "blueprint": blueprint.make_template,
}


def main() -> None:
    for name in sys.argv[1:] or LOOKS:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.context.scene.name = name.capitalize()
        LOOKS[name]()
        path = HERE / f"{name}.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True, relative_remap=False)
        print(f"{path.name}: {path.stat().st_size:,} bytes, Blender {bpy.app.version_string}")
    sys.stdout.flush()
    os._exit(0)  # the module can hang when it exits


if __name__ == "__main__":
    main()
