# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks as glTF before outside judges: Khronos' validator, Babylon.js, and three.js in Chromium beside our rendered
stills.

The packages that npm installs are pinned in pyproject.toml.
"""

from __future__ import annotations

import functools
import http.server
import io
import json
import os
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from kernelwalk.core import Plan, load_preset, make_plan
from kernelwalk.core.gltf.walk_document import PITCH, make_glb
from kernelwalk.core.moving_parts.walk_parts import find_origin
from kernelwalk.core.plan.tile_moments import list_moments
from kernelwalk.core.spec.colors_section import encode_srgb
from kernelwalk.core.spec.presets import list_presets
from kernelwalk.core.tiles.side_shades import LIT_TEMPLATES
from kernelwalk_pipeline.meshopt import compress
from kernelwalk_pipeline.source import read_spec
from kernelwalk_pipeline.word_meshes import triangulate_text
from PIL import Image

from .figures.drawn import PLAIN, find_hidden, look_up
from .patience import PATIENCE

pytest.importorskip("playwright.sync_api", reason="needs kernelwalk[browser]")
if shutil.which("npm") is None:
    pytest.skip("needs npm", allow_module_level=True)

LARGEST_DIFFERENCE = 8
"""Of a color, of 255, between what three.js shows and a still of few samples; a tile's two colors differ by 100."""

ROOT = Path(__file__).parents[2]

VALIDATE = """
const validator = require("gltf-validator"), fs = require("fs");
(async () => {
  const found = {};
  for (const name of process.argv.slice(1)) {
    const { issues } = await validator.validateBytes(new Uint8Array(fs.readFileSync(name)));
    found[name] = issues.messages.filter((each) => each.severity < 2).map((each) => each.message);
  }
  console.log(JSON.stringify(found));
})();
"""

PLAY = """
import fs from "fs";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Scene } from "@babylonjs/core/scene.js";
import { SceneLoader } from "@babylonjs/core/Loading/sceneLoader.js";
import { ArcRotateCamera } from "@babylonjs/core/Cameras/arcRotateCamera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import "@babylonjs/core/Animations/animatable.js";
import "@babylonjs/loaders/glTF/2.0/index.js";
const [name, ...times] = process.argv.slice(2), scene = new Scene(new NullEngine());
new ArcRotateCamera("camera", 0, 1, 1, Vector3.Zero(), scene);
console.log = () => {};
await SceneLoader.AppendAsync("", "data:;base64," + fs.readFileSync(name).toString("base64"), scene, undefined, ".glb");
const [walk] = scene.animationGroups, perSecond = 60;
scene.animationTimeScale = 0; // a moment is drawn as it is, however long that takes
walk.start(false);
const found = times.map((seconds) => {
  walk.goToFrame(walk.from + perSecond * Number(seconds));
  scene.render();
  scene.meshes.forEach((mesh) => mesh.computeWorldMatrix(true));
  const glows = scene.meshes.filter((mesh) => mesh.name.startsWith("Glow") && mesh.absoluteScaling.x > 1e-4);
  return glows.map((mesh) => mesh.getAbsolutePosition().asArray());
});
process.stdout.write("\\n" + JSON.stringify(found));
"""

PAGE = """<!doctype html><link rel="icon" href="data:,"><body style="margin:0">
<canvas width="640" height="360"></canvas>
<script type="importmap">{"imports": {"three": "/node_modules/three/build/three.module.js"}}</script>
<script type="module">
import * as THREE from "three";
import { GLTFLoader } from "/node_modules/three/examples/jsm/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "/node_modules/three/examples/jsm/libs/meshopt_decoder.module.js";
import { GLTFAnimationPointerExtension } from "/node_modules/@needle-tools/three-animation-pointer/src/index.js";
const form = location.search.slice(1), loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
if (form === "pointer") loader.register((parser) => new GLTFAnimationPointerExtension(parser));
const renderer = new THREE.WebGLRenderer({ canvas: document.querySelector("canvas"), preserveDrawingBuffer: true });
const { scene, cameras, animations } = await loader.loadAsync(`/${form}.glb`);
const stage = new THREE.Scene().add(scene, new THREE.AmbientLight(0xffffff, Math.PI));
const mixer = new THREE.AnimationMixer(scene);
mixer.clipAction(animations[0]).play();
window.show = (seconds, background) => {
  renderer.setClearColor(background);
  mixer.setTime(seconds);
  stage.updateMatrixWorld(true);
  renderer.render(stage, cameras[0]);
  return true;
};
</script>"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the packages of npm."""
    folder = tmp_path_factory.mktemp("npm")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["kernelwalk"]["npm-packages"]
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *wanted]
    subprocess.run(command, check=True, cwd=folder)
    return folder


def test_the_validator_of_khronos_has_nothing_against_any_preset_and_gliding_ones_are_no_larger(packages):
    for preset in list_presets():
        plan = make_plan(load_preset(preset))
        stepping, gliding = (make_glb(plan, preset, triangulate_text, glides) for glides in (False, True))
        (packages / f"{preset}.glb").write_bytes(stepping)
        (packages / f"{preset}-gliding.glb").write_bytes(gliding)
        assert len(gliding) <= len(stepping), preset
    names = [f"{preset}{form}.glb" for preset in list_presets() for form in ("", "-gliding")]
    ran = subprocess.run(["node", "-e", VALIDATE, *names], check=True, cwd=packages, capture_output=True, text=True)
    assert {name: found for name, found in json.loads(ran.stdout).items() if found} == {}
    assert len(names) == len(json.loads(ran.stdout))


def test_babylon_js_plays_glows_around_the_tiles_that_are_active_at_each_step(packages):
    plan = make_plan(load_preset("padding_strides"))
    (packages / "played.glb").write_bytes(make_glb(plan, "padding_strides", triangulate_text))
    (packages / "play.mjs").write_text(PLAY)
    frames = [float(plan.spec.walk.start_frame(step)) for step in range(plan.spec.step_count)]
    times = [str((frame - plan.frames.start) / float(plan.spec.walk.fps) + 0.02) for frame in frames]
    command = ["node", "play.mjs", "played.glb", *times]
    ran = subprocess.run(command, check=True, cwd=packages, capture_output=True, text=True)
    origin = find_origin(plan, PITCH)
    for frame, glows in zip(frames, json.loads(ran.stdout.splitlines()[-1]), strict=True):
        state, wanted = plan.state_at(frame), []
        for moment in list_moments(plan, state, frame):
            wanted += moment.centers[moment.grid.active_share_at(state.position) > 0.5].tolist()
        x, y = (PITCH * np.array(wanted)[:, :2]).T
        # Babylon.js turns x round, to have its left-handed coordinates
        places = sorted(np.column_stack([-(x + origin[0]), origin[2] - y]).round(4).tolist())
        assert sorted(np.array(glows)[:, [0, 2]].round(4).tolist()) == places


@pytest.fixture(scope="module")
def address(packages: Path) -> Iterator[str]:
    """Return where the page and the packages are served."""
    (packages / "index.html").write_text(PAGE)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(packages))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def list_points(lines: np.ndarray) -> np.ndarray:
    """Return points (n, 3) along lines (m, 2, 3)."""
    shares = np.linspace(0, 1, 99)[:, None]
    return (lines[:, :1] + shares * (lines[:, -1:] - lines[:, :1])).reshape(-1, 3)


def find_tops(plan: Plan, frame: float) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return each grid's name, the middles (n, 3) of tiles that nothing hides or crosses, and their sRGB (n, 3)."""
    look, found = plan.spec.look, []
    lines = plan.view.project(np.concatenate([list_points(each) for each in plan.lines_at(frame)]))
    for moment in list_moments(plan, plan.state_at(frame), frame):
        grid = moment.grid
        tops = moment.centers + np.array(grid.thicknesses)[grid.kinds][:, None] * [0, 0, 1]
        apart = np.abs(plan.view.project(tops)[:, None] - lines[None]).max(axis=2).min(axis=1)
        is_seen = find_hidden(tops, plan, frame)[1] & (apart > 0.015)
        srgb = encode_srgb(np.clip(look.to_linear_rgb(moment.colors[is_seen]), 0, 1))
        found.append((grid.name, tops[is_seen], np.rint(255 * srgb).astype(int)))
    return found


@pytest.mark.parametrize(
    ("preset", "template"),
    [
        ("padding_strides", "paper"),
        ("max_pool", "blueprint"),
        ("padding_strides", "studio"),
        ("checkerboard", "dark"),
    ],
)
def test_three_js_shows_the_colors_of_the_plan_at_each_step_and_those_of_our_stills(
    preset, template, packages, address, browser, run, tmp_path, monkeypatch
):
    settings = [*PLAIN, f"look.template={template}", "look.shadows=false", "render.resolution=[640, 360]"]
    spec = read_spec(preset, settings).spec
    plan, background = make_plan(spec), spec.look.colors.background
    sets = [word for each in ("render.samples=4", *settings) for word in ("--set", each)]
    ends, stills = (0, spec.step_count - 1), {}
    for step in ends:
        assert run("still", preset, "--step", step, "-o", "still.png", *sets).code == 0
        stills[step] = np.asarray(Image.open(tmp_path / "still.png").convert("RGB")).astype(int)
    monkeypatch.setenv("PATH", str(packages / "node_modules/.bin"), prepend=os.pathsep)
    for form in ("steps", "pointer", "meshopt"):
        data = make_glb(plan, preset, triangulate_text, glides=form == "pointer")
        (packages / f"{form}.glb").write_bytes(compress(data) if form == "meshopt" else data)
        page = browser.new_page(viewport={"width": 640, "height": 360})
        page.set_default_timeout(1000 * PATIENCE)
        messages: list[str] = []
        page.on("console", lambda message, own=messages: own.append(message.text))
        page.on("pageerror", lambda error, own=messages: own.append(str(error)))
        page.goto(f"{address}?{form}")
        page.wait_for_function("window.show")
        compared = 0
        for step in ends if template in LIT_TEMPLATES else range(spec.step_count):
            frame = float(spec.walk.start_frame(step))
            page.evaluate(f"show({(frame - plan.frames.start) / float(spec.walk.fps) + 0.001}, '{background}')")
            played = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
            for name, tops, srgb in find_tops(plan, frame):
                shown, expected = look_up(played, plan, frame, tops), [srgb] if template not in LIT_TEMPLATES else []
                expected += [look_up(stills[step], plan, frame, tops)] if step in stills else []
                for colors in expected:
                    assert np.abs(shown - colors).max(initial=0) <= LARGEST_DIFFERENCE, f"{form}: {name}, step {step}"
                    compared += len(tops)
        page.close()
        assert compared > 20
        assert (b"EXT_meshopt_compression" in (packages / f"{form}.glb").read_bytes()) == (form == "meshopt")
        assert [message for message in messages if "GPU stall" not in message] == []
