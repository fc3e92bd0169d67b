# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in Debian's Firefox, which WebDriver BiDi drives, on a screen in memory: WebGL needs one there."""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import load_preset, make_plan
from kernelwalk_pipeline.figures.blending import format_color
from kernelwalk_pipeline.stepping_page.page_builder import make_page
from PIL import Image

from ..patience import PATIENCE, wait_for

websocket = pytest.importorskip("websocket", reason="needs kernelwalk[browser]")

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

pytestmark = pytest.mark.skipif(
    FIREFOX is None or shutil.which("xvfb-run") is None, reason="needs Firefox and xvfb-run"
)

ADDRESS = re.compile(r"(ws://\S+)\s")
"""The line in which Firefox tells where it listens."""

LARGEST_DIFFERENCE = 3
"""Of a color, of 255, between the page and the plan."""

RIGHT = "\ue014"
"""The arrow key, as WebDriver names it."""

PRESET = "padding_strides"

WAIT_FOR_STEP = """new Promise((done) => {
  const look = () => {
    const { player, view } = kernelwalk;
    if (player.step === STEP && view.moment.share === 1 && !view.isWaiting) requestAnimationFrame(done);
    else setTimeout(look, 20);
  };
  look();
})"""

FIND_TOPS = """JSON.stringify((() => {
  const { scene, view, player } = kernelwalk, grid = scene.grids[0];
  const stage = document.querySelector("#stage").getBoundingClientRect();
  return grid.data.kinds.map((_, tile) => {
    const place = [0, 1, 2].map((axis) => grid.centers[3 * tile + axis]);
    place[2] += grid.data.looks[grid.looksAt(player.step)[tile]][2] + grid.thicknessOf(tile);
    const [x, y] = view.camera.project(place), hit = kernelwalk.pickAt(x, y);
    return [stage.x + 1 + x, stage.y + 1 + y, hit !== null && hit.grid === 0 && hit.tile === tile];
  });
})())"""


class Firefox:
    """Sends commands, and notes what the page's console says."""

    def __init__(self, address: str):
        self.socket = websocket.create_connection(f"{address}/session", timeout=PATIENCE, suppress_origin=True)
        self.numbers = itertools.count(1)
        self.noise: list[str] = []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **parameters: Any) -> Any:
        """Send a command, and return its result."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("method") == "log.entryAdded":
                self.noise.append(answer["params"]["text"])
            elif answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def evaluate(self, script: str) -> Any:
        """Return what a script gives in the page."""
        target = {"context": self.context}
        return self.send("script.evaluate", expression=script, target=target, awaitPromise=True)["result"].get("value")

    def wait_for_step(self, step: int) -> None:
        """Wait until a step is drawn."""
        self.evaluate(WAIT_FOR_STEP.replace("STEP", str(step)))

    def press(self, key: str) -> None:
        """Press a key."""
        strokes = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": strokes}]
        self.send("input.performActions", context=self.context, actions=actions)

    def take_picture(self) -> Any:
        """Return the window's pixels, shape (height, width, 3)."""
        data = base64.b64decode(self.send("browsingContext.captureScreenshot", context=self.context)["data"])
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), int)


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    """Return Firefox with a new profile, in a window as narrow as a phone's."""
    profile = tmp_path / "profile"
    profile.mkdir()
    settings = '"webgl.force-enabled", true', '"widget.dmabuf.enabled", false'
    (profile / "user.js").write_text("".join(f"user_pref({setting});\n" for setting in settings))
    command = ["xvfb-run", "-a", str(FIREFOX), "--profile", str(profile), "--remote-debugging-port", "0"]
    log = tmp_path / "log"  # a pipe would have to be read to the end, or Firefox waits once it is full
    with log.open("wb") as file, subprocess.Popen(command, stderr=file, stdout=subprocess.DEVNULL) as started:
        try:
            wait_for(lambda: started.poll() is not None or ADDRESS.search(log.read_text(errors="replace")))
            opened = Firefox(ADDRESS.findall(log.read_text(errors="replace"))[0])
            size = {"width": 390, "height": 844}
            opened.send("browsingContext.setViewport", context=opened.context, viewport=size)
            yield opened
            opened.send("browser.close")
            started.wait(PATIENCE)
        finally:
            started.terminate()


def test_tops_of_tiles_have_the_plan_s_colors_and_keys_step(firefox: Firefox, tmp_path: Path) -> None:
    make_page(PRESET).write(tmp_path / "page.html")
    plan = make_plan(load_preset(PRESET))
    url = f"file://{tmp_path}/page.html#step=3"
    firefox.send("browsingContext.navigate", context=firefox.context, url=url, wait="complete")
    for step in (3, 4):
        firefox.wait_for_step(step)
        assert firefox.evaluate("document.querySelector('#counter').textContent") == f"{step} of 0–8"
        picture, colors = firefox.take_picture(), plan.colors_at(float(plan.spec.walk.start_frame(step)))
        tops = json.loads(firefox.evaluate(FIND_TOPS))
        seen = [tile for tile, (_, _, is_seen) in enumerate(tops) if is_seen]
        assert len(seen) > len(tops) / 2
        for tile in seen:
            color = format_color(plan.spec.look, colors[plan.grids[0].name][tile])
            wanted = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
            x, y, _ = (round(each) for each in tops[tile])
            square = picture[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3)  # a line may cross the middle
            assert np.abs(square - wanted).max(axis=1).min() <= LARGEST_DIFFERENCE, (step, tile)
        firefox.press(RIGHT)
    assert firefox.evaluate("document.documentElement.scrollWidth") == 390
    assert not firefox.noise
