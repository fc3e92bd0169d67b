# SPDX-License-Identifier: GPL-3.0-or-later
"""Make docs/images/panel.png, a screenshot of the panel beside a generated walk, in a desktop Blender's window.

    KERNELWALK_DESKTOP=COMMAND .venv/bin/python docs/make_panel_picture.py

tests/addon/window.py says what the command has to do.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.addon.window import SIZE, Window  # noqa: E402  # importable only with the path set

PICTURE = ROOT / "docs" / "images" / "panel.png"

SPEC = """title = "Half padding, stride 2"
[layer]
op = "conv"
input = 7
kernel = 3
stride = 2
padding = 1
"""

SHOW_WALK = """
window = bpy.context.window_manager.windows[0]
area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
region = next(region for region in area.regions if region.type == "WINDOW")
for item in list(bpy.data.objects):
    bpy.data.objects.remove(item)
with bpy.context.temp_override(window=window, area=area, region=region):
    bpy.ops.kernelwalk.import_spec(filepath={spec!r})
    bpy.ops.kernelwalk.generate()
    bpy.context.scene.frame_set(bpy.context.scene.frame_start + 12 + 9 * 12)
    space = area.spaces.active
    space.region_3d.view_perspective = "CAMERA"
    space.shading.type = "RENDERED"
    space.overlay.show_overlays = False
    space.show_gizmo = False
    bpy.ops.view3d.view_center_camera()
    space.region_3d.view_camera_zoom -= 13  # the picture fits beside the sidebar
    space.region_3d.view_camera_offset = (0.06, 0.0)
answer = [area.x, area.y, area.width, area.height]
"""


def main() -> None:
    """Install the add-on, generate a walk, and save the 3D view with the sidebar."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    spec = folder / "half_padding.toml"
    spec.write_text(SPEC, encoding="utf-8")
    command = [sys.executable, "-m", "kernelwalk_pipeline", "package", "-o", str(folder)]
    archive = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    with Window(folder) as window:
        install = {"filepath": archive, "repo": "user_default", "enable_on_install": True}
        window.run_python(f"bpy.ops.extensions.package_install_files(**{install!r})")
        window.open_sidebar()
        x, y, width, height = window.run_python(SHOW_WALK.format(spec=str(spec)))
        window.open_sidebar()
        time.sleep(20)  # until the view is sampled
        screenshot = window.take_screenshot("panel")
    with Image.open(screenshot) as whole:
        view = whole.convert("RGB").crop((x, SIZE[1] - y - height, x + width, SIZE[1] - y))
        view.quantize(128, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
