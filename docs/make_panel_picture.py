# SPDX-License-Identifier: GPL-3.0-or-later
"""Make docs/images/panel.png, a screenshot of the panel beside a generated walk, in a desktop Blender's window.

    KERNELWALK_DESKTOP=COMMAND .venv/bin/python docs/make_panel_picture.py

tests/addon/window.py says what the command has to do.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
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
window, area, regions = find_view()
space = area.spaces.active
space.overlay.show_overlays = space.show_gizmo = False
window.scene.eevee.taa_samples = 16
with bpy.context.temp_override(window=window, area=area, region=regions["WINDOW"]):
    bpy.ops.kernelwalk.import_spec(filepath={spec!r})
    bpy.ops.kernelwalk.generate()
window.scene.kernelwalk.steps.step = 9
answer = [area.x, area.y, area.x + area.width, area.y + area.height]
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
        left, bottom, right, top = window.run_python(SHOW_WALK.format(spec=str(spec)))
        window.open_sidebar()
        window.wait_until_drawn()
        before, now = b"", b"now"
        while before != now:  # until the view is sampled
            window.run_python("answer = settle()")
            before, now = now, window.take_screenshot("panel").read_bytes()
    with Image.open(folder / "panel.png") as whole:
        view = whole.convert("RGB").crop((left, SIZE[1] - top, right, SIZE[1] - bottom))
        few = view.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)  # keeps rare colors
        few.save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
