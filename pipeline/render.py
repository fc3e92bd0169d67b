# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a spec with Blender alone, and nothing installed:

    blender --background --python pipeline/render.py -- SPEC -o OUT

SPEC is a TOML file or a preset's name; OUT a folder, for PNG frames, or an .mp4, which Blender's own encoder writes.
Whole frames of an interrupted run are kept, so the same command goes on. Exit codes are those of `kernelwalk`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent))

# each of these is found only once what stands before it has set the path
# isort: off
from kernelwalk_pipeline.worker import worker as worker
from kernelwalk_pipeline.worker.task_runner import build_scene
from kernelwalk_pipeline.worker.frame_renderer import FrameRenderer, find_full_frame_reason
from kernelwalk_pipeline.frames.png import is_whole

import bpy

from kernelwalk.core import Plan, Spec, SpecError, spec_from_table, make_plan
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.spec import load_spec_table
from kernelwalk.scene import saved_settings, compat, render_settings

# isort: on

BAD_SPEC, BLENDER_FAILED, OUTPUT_FAILED = 2, 3, 4


def exit_with_error(message: str, code: int) -> NoReturn:
    for line in message.splitlines():
        print(f"kernelwalk: {line}", file=sys.stderr, flush=True)
    os._exit(code)


def read_spec(argument: str) -> Spec:
    table = (
        presets.load_preset_table(argument) if argument in presets.preset_names() else load_spec_table(Path(argument))
    )
    return spec_from_table(table)


def render_frames(planned: Plan, folder: Path) -> dict[int, Path]:
    """Render every picture of the plan that `folder` does not hold whole; the file of each frame of the film."""
    files = {frame: folder / f"frame_{picture:05d}.png" for frame, picture in _unique_frame_of(planned).items()}
    missing = sorted({picture for frame, picture in _unique_frame_of(planned).items() if not is_whole(files[frame])})
    scene, left_out = build_scene(planned)
    for note in left_out:
        print(f"kernelwalk: {note}", file=sys.stderr, flush=True)
    pictures = FrameRenderer(planned, scene, folder, find_full_frame_reason(planned, scene))
    still = folder / f"frame_{pictures.base_frame:05d}.png"
    missing.sort(key=lambda frame: frame != pictures.base_frame)  # which the others are held against
    for number, frame in enumerate(missing, start=1):
        part = pictures.render_frame(frame, still)
        if not is_whole(part):
            exit_with_error(f"{part}: Blender wrote no whole picture. Is the disk full?", OUTPUT_FAILED)
        part.replace(folder / f"frame_{frame:05d}.png")
        print(f"kernelwalk: {number} of {len(missing)} pictures", flush=True)
    return files


def _unique_frame_of(planned: Plan) -> dict[int, int]:
    return dict(zip(planned.frames, planned.unique_frames.tolist(), strict=True))


def encode_film(planned: Plan, files: dict[int, Path], film: Path) -> None:
    """Write the film by Blender's encoder, through its sequence editor: no picture is rendered again for it."""
    scene = bpy.data.scenes.new("Film")
    spec, frames = planned.spec, list(files.values())
    scene.frame_start, scene.frame_end = 1, len(frames)
    scene.render.fps, scene.render.fps_base = spec.walk.fps, 1.0
    scene.render.resolution_x, scene.render.resolution_y = spec.render.resolution
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"  # type: ignore[assignment]  # the pictures' colours as they are
    strips = compat.get_strips(scene.sequence_editor_create())
    strip = strips.new_image("Frames", str(frames[0]), channel=1, frame_start=1, fit_method="ORIGINAL")
    for path in frames[1:]:
        strip.elements.append(path.name)
    saved_settings.set_settings(scene, render_settings.VIDEO_VALUES)
    scene.render.use_file_extension = False
    part = film.with_name(f"part_{film.name}")
    scene.render.filepath = compat.escape_path(str(part))
    with bpy.context.temp_override(scene=scene):
        bpy.ops.render.render(animation=True)
    if not part.is_file() or not part.stat().st_size:
        exit_with_error(f"{film}: Blender wrote no film. Is the disk full?", OUTPUT_FAILED)
    part.replace(film)


def prepare_folder(folder: Path, planned: Plan, restart: bool) -> None:
    """Make the folder of frames, and refuse one that was begun for something else."""
    stamp = folder / "job.json"
    job = json.dumps({"blender": bpy.app.version_string, **planned.spec.to_table()}, sort_keys=True)
    folder.mkdir(parents=True, exist_ok=True)
    begun = stamp.exists() or any(folder.glob("frame_*.png"))
    if begun and not restart and (not stamp.exists() or stamp.read_text() != job):
        exit_with_error(
            f"{folder}: holds frames of something else. Use --restart to write over them, or another output", BAD_SPEC
        )
    if restart:
        for path in folder.glob("frame_*.png"):
            path.unlink()
    stamp.write_text(job)


def main() -> None:
    words = argparse.ArgumentParser(prog="blender --background --python pipeline/render.py --")
    words.add_argument("spec", metavar="SPEC", help="a TOML file, or a preset's name")
    words.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="a folder, or an .mp4")
    words.add_argument("--restart", action="store_true", help="render all anew, and write over earlier frames")
    given = words.parse_args(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else [])
    out = given.output.absolute()
    film = out.suffix.lower() == ".mp4"
    if out.suffix and not film and not out.is_dir():
        exit_with_error(f"{out}: Blender alone writes an .mp4 or a folder of frames. Name one of them", BAD_SPEC)
    try:
        planned = make_plan(read_spec(given.spec))
        if film and any(side % 2 for side in planned.spec.render.resolution):
            exit_with_error(
                f"{given.spec}: render.resolution: MP4 needs an even width and height. Change it by 1", BAD_SPEC
            )
        folder = out.with_name(out.name + ".frames") if film else out
        prepare_folder(folder, planned, given.restart)
        files = render_frames(planned, folder)
        if film:
            encode_film(planned, files, out)
            shutil.rmtree(folder)
        else:
            for frame, path in files.items():
                if not (folder / f"frame_{frame:05d}.png").exists():
                    shutil.copyfile(path, folder / f"frame_{frame:05d}.png")
    except SpecError as error:
        exit_with_error("\n".join(f"{given.spec}: {problem}" for problem in error.problems), BAD_SPEC)
    except OSError as error:
        exit_with_error(
            f"{error.filename or out}: cannot be written: {error.strerror}. Choose another output", OUTPUT_FAILED
        )
    except RuntimeError as error:  # what Blender's operators raise
        exit_with_error(f"{given.spec}: {error}", BLENDER_FAILED)
    print(f"kernelwalk: {out}", flush=True)
    os._exit(0)


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # whatever it is: Blender would print it, and exit as if all were well
        traceback.print_exc()
        exit_with_error(f"a mistake of Kernelwalk's own, see above: {error}", BLENDER_FAILED)
