# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a spec with Blender alone; nothing needs to be installed:

    blender --background --python pipeline/render.py -- SPEC -o OUT

SPEC is a TOML file or the name of a preset. OUT is a folder for PNG frames, or an .mp4, which Blender's own encoder
writes. Finished frames of an interrupted run are kept, so the same command continues. Exit codes are those of
`kernelwalk`.
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

# each module is found only after the one before it has set the path
# isort: off
from kernelwalk_pipeline.worker import worker as worker
from kernelwalk_pipeline.worker.cycles_devices import CyclesDevices
from kernelwalk_pipeline.worker.device_choice import ChosenDevice, DeviceMissing, choose_device
from kernelwalk_pipeline.worker.task_runner import prepare_scene
from kernelwalk_pipeline.worker.frame_renderer import FrameRenderer, find_full_frame_reason
from kernelwalk_pipeline.frames.png import is_whole
from kernelwalk_pipeline.paths import parse_system_path

import bpy

from kernelwalk.core import Plan, Spec, SpecError, make_plan, spec_from_table
from kernelwalk.core.spec import presets
from kernelwalk.core.spec.parse import load_spec_table
from kernelwalk.core.values.value_files import read_value_files
from kernelwalk.core.frame_rates import split_frame_rate
from kernelwalk.scene import compat, render_settings
from kernelwalk.scene.setup import saved_settings

# isort: on

SPEC_CODE, BLENDER_CODE, OUTPUT_CODE = 2, 3, 4
"""Exit codes: an invalid spec, a failure of Blender, a failure of the disk."""


def exit_with_error(message: str, code: int) -> NoReturn:
    """Print each line of a message to standard error and end the process."""
    for line in message.splitlines():
        print(f"kernelwalk: {line}", file=sys.stderr, flush=True)
    os._exit(code)


def read_spec(argument: str) -> Spec:
    """Read a spec from a file or a preset. Raises SpecError."""
    is_preset = argument in presets.list_presets()
    if is_preset:
        return spec_from_table(presets.load_preset_table(argument))
    return spec_from_table(read_value_files(load_spec_table(Path(argument)))[0])


def render_frames(plan: Plan, folder: Path, device: ChosenDevice) -> dict[int, Path]:
    """Render every unique frame of a plan that `folder` does not contain yet. Returns the file of each frame."""
    files = {frame: folder / f"frame_{unique:05d}.png" for frame, unique in _unique_frame_of(plan).items()}
    missing = sorted({unique for frame, unique in _unique_frame_of(plan).items() if not is_whole(files[frame])})
    scene, left_out = prepare_scene(plan)
    CyclesDevices().enable(scene, device)
    for note in left_out:
        print(f"kernelwalk: {note}", file=sys.stderr, flush=True)
    renderer = FrameRenderer(plan, scene, folder, find_full_frame_reason(plan, scene), may_sample_edges=True)
    base_path = folder / f"frame_{renderer.base_frame:05d}.png"
    missing.sort(key=lambda frame: frame != renderer.base_frame)  # the others are composed from it
    for number, frame in enumerate(missing, start=1):
        part = renderer.render_frame(frame, base_path)
        if not is_whole(part):
            exit_with_error(f"{part}: Blender wrote an incomplete picture. Is the disk full?", OUTPUT_CODE)
        part.replace(folder / f"frame_{frame:05d}.png")
        print(f"kernelwalk: {number} of {len(missing)} frames", flush=True)
    return files


def _unique_frame_of(plan: Plan) -> dict[int, int]:
    return dict(zip(plan.frames, plan.unique_frames.tolist(), strict=True))


def encode_film(plan: Plan, files: dict[int, Path], film: Path) -> None:
    """Encode frames with Blender's encoder, through its sequence editor: nothing is rendered again."""
    scene = bpy.data.scenes.new("Film")
    spec, frames = plan.spec, list(files.values())
    scene.frame_start, scene.frame_end = 1, len(frames)
    scene.render.fps, scene.render.fps_base = split_frame_rate(spec.walk.fps)
    scene.render.resolution_x, scene.render.resolution_y = spec.render.resolution
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"  # type: ignore[assignment]  # keeps the pictures' colors
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
        exit_with_error(f"{film}: Blender wrote no film. Is the disk full?", OUTPUT_CODE)
    part.replace(film)


def prepare_folder(folder: Path, plan: Plan, device: ChosenDevice, restart: bool) -> None:
    """Create the folder of the frames. End with an error if it contains frames of another spec or device."""
    job_file = folder / "job.json"
    job = json.dumps(
        {"blender": bpy.app.version_string, "device": device.label, **plan.spec.to_table()}, sort_keys=True
    )
    folder.mkdir(parents=True, exist_ok=True)
    has_frames = job_file.exists() or any(folder.glob("frame_*.png"))
    if has_frames and not restart and (not job_file.exists() or job_file.read_text() != job):
        exit_with_error(
            f"{folder}: contains frames of another spec or device. Use --restart to overwrite them, or choose another "
            "output",
            SPEC_CODE,
        )
    if restart:
        for path in folder.glob("frame_*.png"):
            path.unlink()
    job_file.write_text(job)


def main() -> None:
    parser = argparse.ArgumentParser(prog="blender --background --python pipeline/render.py --")
    parser.add_argument("spec", metavar="SPEC", help="a TOML file, or the name of a preset")
    parser.add_argument(
        "-o", "--output", metavar="OUT", type=parse_system_path, required=True, help="a folder, or an .mp4"
    )
    parser.add_argument("--restart", action="store_true", help="render everything again, overwriting earlier frames")
    args = parser.parse_args(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else [])
    out = args.output.absolute()
    is_film = out.suffix.lower() == ".mp4"
    if out.suffix and not is_film and not out.is_dir():
        exit_with_error(f"{out}: Blender alone writes only .mp4 or a folder of frames. Name one of these", SPEC_CODE)
    try:
        plan = make_plan(read_spec(args.spec))
        if is_film and any(side % 2 for side in plan.spec.render.resolution):
            message = f"{args.spec}: render.resolution: MP4 needs an even width and height. Change it by 1"
            exit_with_error(message, SPEC_CODE)
        folder = out.with_name(out.name + ".frames") if is_film else out
        device = choose_device(plan.spec.render._asdict(), CyclesDevices().list_devices)
        prepare_folder(folder, plan, device, args.restart)
        files = render_frames(plan, folder, device)
        if is_film:
            encode_film(plan, files, out)
            shutil.rmtree(folder)
        else:
            for frame, path in files.items():
                if not (folder / f"frame_{frame:05d}.png").exists():
                    shutil.copyfile(path, folder / f"frame_{frame:05d}.png")
    except SpecError as error:
        exit_with_error("\n".join(f"{args.spec}: {problem}" for problem in error.problems), SPEC_CODE)
    except DeviceMissing as error:
        exit_with_error(f"{args.spec}: {error}", BLENDER_CODE)
    except OSError as error:
        message = f"{error.filename or out}: cannot be written: {error.strerror}. Choose another output"
        exit_with_error(message, OUTPUT_CODE)
    except RuntimeError as error:  # raised by Blender's operators
        exit_with_error(f"{args.spec}: {error}", BLENDER_CODE)
    print(f"kernelwalk: {out}", flush=True)
    os._exit(0)


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # of any type: Blender would print it and exit with code 0
        traceback.print_exc()
        exit_with_error(f"internal error of Kernelwalk, see above: {error}", BLENDER_CODE)
