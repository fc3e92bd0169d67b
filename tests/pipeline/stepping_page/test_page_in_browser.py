# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in Chromium: stepped, turned, clicked and changed, by mouse, by finger and by keys alone.

Each page that a test opens must make no request and print nothing on the console.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernelwalk.core import load_preset, make_plan
from kernelwalk.core.plan.tile_moments import list_moments
from kernelwalk_pipeline.figures.blending import format_color
from kernelwalk_pipeline.stepping_page import make_page
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api", reason="needs kernelwalk[browser]")

MILLISECONDS = 180_000
"""After which something that does not happen fails: far more than a busy machine takes."""

playwright.expect.set_options(timeout=MILLISECONDS)

PRESETS = ("padding_strides", "max_pool_values", "receptive_field", "checkerboard")

PAIR = [
    *("title=Narrow", "compare=nn.Conv2d(1, 1, 3, padding=1)", "beside=Padded", "input=5"),
    *("values.input=random", "values.kernel=sobel_x"),
]
"""Settings of a layer beside another one, which has more outputs."""

LARGEST_DIFFERENCE = 3
"""Of a color, of 255, between the page and the plan."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of some presets, and beside it a page that holds it in a frame."""
    folder = tmp_path_factory.mktemp("pages")
    make_page(*PRESETS).write(folder / "page.html")
    make_page("max_pool", settings=["look.template=dark"]).write(folder / "dark.html")
    make_page("nn.Conv2d(1, 1, 3)", settings=PAIR).write(folder / "pair.html")
    frame = (
        '<!doctype html><title>Lecture</title><iframe src="page.html?compact&step=3" width="480" height="360"></iframe>'
    )
    (folder / "lecture.html").write_text(frame)
    (folder / "notebook.html").write_text(f"<!doctype html>{make_page('max_pool')._repr_html_()}")
    return folder


@pytest.fixture
def open_page(browser: Any, pages: Path) -> Iterator[Callable[..., Any]]:
    """Return the function that opens a page; all of them are checked at the end."""
    noise: list[str] = []
    contexts = []

    def open_it(name: str = "page.html", wide: int = 1100, high: int = 800, ready: bool = True, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": wide, "height": high}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else noise.append(asked.url))
        page.goto(f"file://{pages}/{name}")
        if ready:
            page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not noise


def read_words(page: Any, name: str = "sentence") -> str:
    return page.locator(f"#{name}").inner_text()


def wait_for_step(page: Any, step: int) -> None:
    """Wait until a step is shown, and its picture is drawn."""
    playwright.expect(page.locator("#counter")).to_have_text(re.compile(f"^{step} of"))
    page.wait_for_function("kernelwalk.view.moment.share === 1 && !kernelwalk.view.isWaiting")


def find_pixels(page: Any, grid: int, tiles: Sequence[int], only_seen: bool = False) -> dict[int, tuple[float, float]]:
    """Return the pixels of the window at which the middles of tiles' tops are.

    only_seen: leave out those that a click would not hit, since another tile is in front
    """
    places = page.evaluate(
        """([number, tiles]) => tiles.map((tile) => {
            const { scene, view, player } = kernelwalk, grid = scene.grids[number];
            const look = grid.data.looks[grid.looksAt(player.step)[tile]];
            const place = [0, 1, 2].map((axis) => grid.centers[3 * tile + axis]);
            place[2] += look[2] + grid.thicknessOf(tile);
            const camera = view.cameras[scene.walks.indexOf(scene.walkOf(number))];
            const [x, y] = camera.project(place), hit = kernelwalk.pickAt(x, y);
            return [x, y, hit !== null && hit.grid === number && hit.tile === tile];
        })""",
        [grid, list(tiles)],
    )
    box = page.locator("#stage").bounding_box()
    return {
        tile: (box["x"] + 1 + x, box["y"] + 1 + y)
        for tile, (x, y, is_seen) in zip(tiles, places, strict=True)
        if is_seen or not only_seen
    }


def find_pixel(page: Any, grid: int, tile: int) -> tuple[float, float]:
    """Return the pixel of the window at which the middle of a tile's top is."""
    return find_pixels(page, grid, [tile])[tile]


def test_tops_of_tiles_have_the_plan_s_colors_at_each_step(open_page: Any, tmp_path: Path) -> None:
    page, plan = open_page("page.html#spec=padding_strides"), make_plan(load_preset("padding_strides"))
    for step in (0, 4):
        page.evaluate("(step) => kernelwalk.player.load(kernelwalk.scene.stepCount, [1, 1], step)", step)
        wait_for_step(page, step)
        page.screenshot(path=tmp_path / "a.png")
        picture = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"), int)
        frame = float(plan.spec.walk.start_frame(step))
        checked = 0
        for number, moment in enumerate(list_moments(plan, plan.state_at(frame), frame)):
            for tile, (x, y) in find_pixels(page, number, range(len(moment.colors)), only_seen=True).items():
                color = format_color(plan.spec.look, moment.colors[tile])
                wanted = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
                square = picture[round(y) - 6 : round(y) + 7, round(x) - 6 : round(x) + 7].reshape(-1, 3)
                assert np.abs(square - wanted).max(axis=1).min() <= LARGEST_DIFFERENCE, (step, number, tile)
                checked += 1
        assert checked > 40


def test_a_walk_is_stepped_by_buttons_keys_and_the_slider_and_told_in_words(open_page: Any) -> None:
    page = open_page()
    assert read_words(page) == "output (0, 0) ← input rows 0–1, columns 0–1 and padding"
    page.locator("#next").click()
    wait_for_step(page, 1)
    page.keyboard.press("ArrowRight")
    wait_for_step(page, 2)
    page.keyboard.press("End")
    wait_for_step(page, 8)
    page.locator("#slider").focus()
    page.keyboard.press("ArrowLeft")
    wait_for_step(page, 7)
    assert "output (2, 1)" in read_words(page)
    assert "output (2, 1)" in page.locator("#slider").get_attribute("aria-valuetext")
    page.locator("#previous").click()
    wait_for_step(page, 6)
    assert "Step 6 of 0 to 8: output (2, 0)" in read_words(page, "live")
    page.wait_for_function("location.hash.includes('step=6')")


def test_a_walk_plays_to_its_end(open_page: Any) -> None:
    page = open_page("page.html#step=6")
    page.locator("#play").click()
    assert page.locator("#play").get_attribute("aria-label") == "Pause"
    wait_for_step(page, 8)
    playwright.expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    assert "Step 8 of 0 to 8" in read_words(page, "live")


def test_a_click_tells_what_a_tile_reads_and_who_reads_it(open_page: Any) -> None:
    page = open_page("page.html#spec=max_pool_values&step=8")
    page.mouse.click(*find_pixel(page, 1, 8))
    assert "Output (2, 2)" in read_words(page, "tile")
    assert "output (2, 2) ← input rows 4–5, columns 4–5" in read_words(page, "tile")
    assert "max(" in read_words(page, "tile")
    page.mouse.click(*find_pixel(page, 0, 35))
    assert "input (5, 5) → outputs row 2, column 2" in read_words(page, "tile")
    assert "Value: 1" in read_words(page, "tile")
    page.mouse.click(*find_pixel(page, 1, 0))  # an output: its step is shown
    wait_for_step(page, 0)
    box = page.locator("#stage").bounding_box()
    page.mouse.click(box["x"] + 8, box["y"] + 8)
    assert page.locator("#tile").is_hidden()


def test_a_drag_turns_the_scene_and_keeps_all_of_it_in_the_picture(open_page: Any) -> None:
    page = open_page()
    before = page.evaluate("[kernelwalk.view.camera.azimuth, kernelwalk.view.camera.elevation]")
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 420, box["y"] + 240, steps=6)
    page.mouse.up()
    after = page.evaluate("[kernelwalk.view.camera.azimuth, kernelwalk.view.camera.elevation]")
    assert after[0] < before[0] - 30
    assert after[1] > before[1] + 10
    assert page.locator("#tile").is_hidden()  # a drag is no click
    inside = page.evaluate(
        """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
            const { view, scene } = kernelwalk;
            done(scene.walks[0].corners.map((corner) => view.camera.project(corner)).every(
                ([x, y]) => x >= 0 && y >= 0 && x <= view.stage.clientWidth && y <= view.stage.clientHeight));
        })))"""
    )
    assert inside
    page.locator("#reset").click()
    assert page.evaluate("[kernelwalk.view.camera.azimuth, kernelwalk.view.camera.elevation]") == before


def test_a_parameter_is_changed_and_a_wrong_one_refused(open_page: Any) -> None:
    page = open_page("page.html#spec=padding_strides&step=2")
    assert page.locator(".ends").inner_text().split() == ["before", "after", "y", "x"]
    page.locator("[name=stride-1]").fill("1")
    page.keyboard.press("Tab")
    playwright.expect(page.locator("#counter")).to_have_text("2 of 0–14")
    assert "Output x = ⌊(5 + 1 + 1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 5" in read_words(page, "equations")
    page.locator("[name=kernel-0]").fill("9")
    page.keyboard.press("Tab")
    assert "kernel" in read_words(page, "problem")
    playwright.expect(page.locator("#counter")).to_have_text("2 of 0–14")
    page.wait_for_function("location.hash.includes('layer=')")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    playwright.expect(page.locator("#counter")).to_have_text("2 of 0–14")  # the address holds the change
    page.locator("#restore").click()
    playwright.expect(page.locator("#counter")).to_have_text("0 of 0–8")
    assert page.locator("#restore").is_hidden()
    page.locator("[role=tab]").get_by_text("receptive field").click()
    assert page.locator("#form").is_hidden()
    assert "single layers only, not a chain" in read_words(page, "fixed")


def test_connectors_of_a_changed_layer_end_before_digits_wherever_it_is_seen_from(open_page: Any) -> None:
    page = open_page('page.html#spec=max_pool_values&step=3&layer=[["stride",[1,1]]]')
    shortened = """() => {
        const { view, scene } = kernelwalk;
        const drawn = view.collectLines(scene.walks[0], view.camera, 3, 3, 1).values;
        const whole = scene.pointsAt(scene.data.lines[0], 3);
        const lengths = (stride, values) => [0, 1, 2, 3].map((line) =>
            Math.hypot(...[0, 1, 2].map((axis) => values[stride * line + 3 + axis] - values[stride * line + axis])));
        const [left, all] = [lengths(11, drawn), lengths(6, whole)];
        return left.map((each, line) => Math.round(100 * each / all[line]));
    }"""
    playwright.expect(page.locator("#counter")).to_have_text("3 of 0–24")
    wait_for_step(page, 3)
    before = page.evaluate(shortened)
    assert sum(share < 95 for share in before) == 2
    page.evaluate("kernelwalk.view.camera.turnBy(180, 0)")
    page.evaluate("kernelwalk.view.drawNow()")
    after = page.evaluate(shortened)
    assert after == before[2:] + before[:2]  # the opposite corner


def test_everything_is_reached_by_keys_alone(open_page: Any) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.locator("[role=tab]:focus").inner_text() == read_words(page, "title") == "Max pooling in numbers"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "stage"
    page.keyboard.press("ArrowRight")
    wait_for_step(page, 1)
    page.keyboard.press("t")
    assert "Output (0, 1)" in read_words(page, "live")
    page.keyboard.press("PageDown")
    assert "Input (0, 2)" in read_words(page, "live")
    page.keyboard.press("ArrowDown")
    assert "Input (1, 2)" in read_words(page, "live")
    page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate("kernelwalk.view.camera.isReset") is False
    page.keyboard.press("0")
    page.keyboard.press("Escape")
    assert page.locator("#tile").is_hidden()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.name"))
    assert {"play", "next", "slider", "reset", "kernel-0", "padding-name"} <= reached


def test_two_layers_side_by_side_are_stepped_turned_and_asked_together(open_page: Any) -> None:
    page = open_page("pair.html#step=3")
    assert [page.locator("#title").inner_text(), page.title()] == ["Narrow and Padded"] * 2
    assert read_words(page).splitlines() == [
        "Narrow: rests at output (0, 2) ← input rows 0–2, columns 2–4",
        "Padded: output (0, 3) ← input rows 0–1, columns 2–4 and padding",
    ]
    assert len(read_words(page, "sum").splitlines()) == 2
    page.keyboard.press("End")
    wait_for_step(page, 24)
    assert "Step 24 of 0 to 24: Narrow: rests at output (2, 2)" in read_words(page, "live")
    page.mouse.click(*find_pixel(page, 3, 0))  # an output of the second layer: its step is shown
    wait_for_step(page, 0)
    assert "Padded: Output (0, 0)" in read_words(page, "tile")
    assert page.evaluate("kernelwalk.scene.findRelated({ grid: 3, tile: 0 }).map(({ grid }) => grid)") == [2] * 9
    page.mouse.click(*find_pixel(page, 1, 8))
    wait_for_step(page, 12)
    assert "Narrow: Output (2, 2)" in read_words(page, "tile")
    assert page.locator("#tile .goto button").all_inner_texts() == ["12"]  # and not those at which the walk rests
    page.keyboard.press("PageUp")
    assert "Padded: Input" in read_words(page, "live")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("!kernelwalk.view.isWaiting")
    assert page.evaluate("new Set(kernelwalk.view.cameras.map((each) => each.azimuth)).size") == 1
    units = page.evaluate("kernelwalk.view.cameras.map((each) => each.unit)")
    assert units[0] == pytest.approx(units[1])
    page.wait_for_function("location.hash.includes('tile=2,')")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert "Padded: Input" in read_words(page, "tile")
    assert page.locator("#form").is_hidden()
    assert "leave out the key compare" in read_words(page, "fixed")


def test_each_of_two_layers_keeps_to_its_half_of_the_picture(open_page: Any, tmp_path: Path) -> None:
    page = open_page("pair.html")
    for width in (1100, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("kernelwalk.view.drawNow()")
        panes = page.evaluate("kernelwalk.view.panes")
        stage = page.locator("#stage").bounding_box()
        assert panes[1]["left"] == panes[0]["width"]
        assert sum(pane["width"] * pane["height"] for pane in panes) == pytest.approx(
            (stage["width"] - 2) * (stage["height"] - 2), rel=0.01
        )
        seen = page.evaluate(
            """kernelwalk.scene.walks.map((walk, at) => {
                const { left, top, width, height } = kernelwalk.view.panes[at];
                return walk.corners.map((each) => kernelwalk.view.cameras[at].project(each)).every(
                    ([x, y]) => x >= left && y >= top && x <= left + width && y <= top + height);
            })"""
        )
        assert seen == [True, True]
    # a walk that is brought nearer is cut at the middle: the other's half stays as it is without that walk
    page.set_viewport_size({"width": 1100, "height": 800})
    shots = []
    for count in (2, 1):
        page.evaluate(f"kernelwalk.view.camera.zoom = 4; kernelwalk.scene.walks[0].grids.length *= {count - 1}")
        page.evaluate("kernelwalk.scene.walks[0].data.lines = []; kernelwalk.view.drawNow()")
        page.wait_for_timeout(100)
        page.locator("#stage").screenshot(path=tmp_path / "a.png")
        shots.append(np.asarray(Image.open(tmp_path / "a.png").convert("RGB"), int))
    middle = shots[0].shape[1] // 2
    assert np.array_equal(shots[0][:, middle + 2 :], shots[1][:, middle + 2 :])
    assert not np.array_equal(shots[0][:, : middle - 2], shots[1][:, : middle - 2])


def test_a_phone_shows_the_page_without_scrolling_sideways(open_page: Any) -> None:
    page = open_page("page.html#spec=max_pool_values", 390, 844, device_scale_factor=2, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for name in ("play", "previous", "next", "slider", "closer"):
        box = page.locator(f"#{name}").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["height"] >= 36
    page.touchscreen.tap(*find_pixel(page, 0, 30))
    assert "Input (5, 0)" in read_words(page, "tile")


def test_a_frame_shows_the_scene_and_the_steps_in_its_height(open_page: Any) -> None:
    frame = open_page("lecture.html", ready=False).frames[1]
    frame.wait_for_selector("html[data-ready]", state="attached")
    assert frame.locator("#counter").inner_text() == "3 of 0–8"
    assert frame.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]") == [360, 480]
    assert frame.locator("#stage").bounding_box()["height"] > 180
    assert frame.locator("aside").is_hidden()


def test_a_notebook_shows_the_page_in_a_frame(open_page: Any) -> None:
    frame = open_page("notebook.html", ready=False).frames[1]
    frame.wait_for_selector("html[data-ready]", state="attached")
    frame.locator("#next").click()
    assert "output (0, 1)" in frame.locator("#sentence").inner_text()


def test_without_webgl_steps_are_told_in_words(open_page: Any, pages: Path) -> None:
    page = open_page(ready=False)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert "no WebGL 2" in read_words(page, "absent")
    page.keyboard.press("ArrowRight")
    assert "output (0, 1)" in read_words(page)


def test_a_dark_look_makes_a_dark_page(open_page: Any) -> None:
    page = open_page("dark.html")
    assert page.evaluate("document.documentElement.className") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
