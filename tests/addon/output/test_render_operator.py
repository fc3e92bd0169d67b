# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering from the panel: the files it writes, and the scene's settings, which it restores."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest
from PIL import Image

bpy = pytest.importorskip("bpy", reason="needs Blender as a Python package: bpy, on Python 3.11 or 3.13")

from kernelwalk.scene.steps import step_navigation  # noqa: E402  # only where there is a Blender

from ..text_layout import draw, draw_layout  # noqa: E402  # as above


@pytest.fixture
def small(scene: Any, tmp_path: Path) -> Any:
    """Return a scene with a short walk and tiny renders."""
    props = scene.kernelwalk
    props.layer.input, props.layer.kernel, props.layer.padding_before = (2, 2, 2), (2, 2, 2), (0, 0, 0)
    props.walk.lead_in, props.walk.lead_out, props.walk.frames_per_step = 1, 1, 2
    props.render.resolution, props.render.samples = (64, 36), 1
    props.output.folder = str(tmp_path) + "/"
    props.title = "Tiny: a/b"
    scene.render.filepath = "/tmp/mine"
    bpy.ops.kernelwalk.generate()
    scene.render.resolution_x, scene.render.fps, scene.frame_end = 333, 7, 999
    return scene


@pytest.mark.parametrize("call", ["execute", "invoke"])
def test_blenders_own_errors_are_reported_in_lines_that_fit_the_window(
    small: Any, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    from kernelwalk.ui.output import render_operator

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("Error: " + "Blender says at length why it cannot render this. " * 9)

    reports: list[str] = []
    parts = dict.fromkeys(("_restore", "_remove_partial"), lambda: None)
    operator = SimpleNamespace(
        animation=False, _start=lambda _: True, report=lambda _, text: reports.append(text), **parts
    )
    monkeypatch.setattr(
        render_operator, "bpy", SimpleNamespace(ops=SimpleNamespace(render=SimpleNamespace(render=fail)))
    )
    arguments = [SimpleNamespace(scene=small), None][: 1 + (call == "invoke")]
    assert getattr(render_operator.KERNELWALK_OT_render, call)(operator, *arguments) == {"CANCELLED"}
    (text,) = reports
    assert text.startswith("Error: Blender says") and max(map(len, text.splitlines())) <= 120


USER_SETTINGS = {
    "16-bit TIFF": {"image_settings.file_format": "TIFF", "image_settings.color_depth": "16"},
    "10-bit film": {
        "image_settings.file_format": "FFMPEG",
        "ffmpeg.format": "MPEG4",
        "ffmpeg.codec": "H265",
        "image_settings.color_depth": "10",
    },
    "transparent film": {
        "image_settings.file_format": "FFMPEG",
        "ffmpeg.format": "WEBM",
        "ffmpeg.codec": "WEBM",
        "image_settings.color_mode": "RGBA",
        "ffmpeg.use_autosplit": True,
    },
}
"""Settings of a user's own renders, by name."""


@pytest.fixture(params=USER_SETTINGS)
def set_user_settings(request: Any, small: Any) -> None:
    for path, value in USER_SETTINGS[request.param].items():
        part, name = path.split(".")
        if path.endswith("file_format") and hasattr(small.render.image_settings, "media_type"):
            small.render.image_settings.media_type = "VIDEO" if value == "FFMPEG" else "IMAGE"
        try:
            setattr(getattr(small.render, part), name, value)
        except TypeError as error:
            pytest.skip(f"this Blender cannot write it: {error}")


def render_settings(scene: Any) -> dict[str, Any]:
    render, picture, film = scene.render, scene.render.image_settings, scene.render.ffmpeg
    groups = {"render": render, "picture": picture, "film": film, "cycles": scene.cycles, "scene": scene}
    return {
        f"{name}.{prop.identifier}": getattr(group, prop.identifier)
        for name, group in groups.items()
        for prop in group.bl_rna.properties
        if not prop.is_readonly
        and prop.type in ("INT", "FLOAT", "STRING", "BOOLEAN", "ENUM")
        and not getattr(prop, "is_array", False)
    }


@pytest.mark.usefixtures("set_user_settings")
def test_a_step_is_rendered_and_the_settings_are_restored(small: Any, tmp_path: Path) -> None:
    step_navigation.go_to_step(small, 0)
    before = render_settings(small)
    assert bpy.ops.kernelwalk.render() == {"FINISHED"}
    assert render_settings(small) == before
    (path,) = tmp_path.glob("*.png")
    assert path.name == "Tiny_ a_b 0.png"
    assert Image.open(path).size == (64, 36)


@pytest.mark.usefixtures("set_user_settings")
def test_the_walk_is_rendered_as_a_film(small: Any, tmp_path: Path) -> None:
    before = render_settings(small)
    assert bpy.ops.kernelwalk.render(animation=True) == {"FINISHED"}
    assert render_settings(small) == before
    with av.open(str(tmp_path / "Tiny_ a_b.mp4")) as film:
        assert len(list(film.decode(video=0))) == 1 + 2 + 1
        assert film.streams.video[0].average_rate == 24
        assert film.streams.video[0].pix_fmt == "yuv420p"


def test_a_film_that_is_cut_off_does_not_get_its_name(small: Any, tmp_path: Path) -> None:
    from kernelwalk.ui.output import render_files

    film = tmp_path / "Tiny_ a_b.mp4"
    assert bpy.ops.kernelwalk.render(animation=True) == {"FINISHED"}
    assert [path.name for path in tmp_path.iterdir()] == [film.name]
    assert render_files.is_whole_film(film)
    whole = film.read_bytes()
    for size in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        film.write_bytes(whole[:size])
        assert not render_files.is_whole_film(film), size
    film.write_bytes(whole[: whole.index(b"moov") - 4])
    assert not render_files.is_whole_film(film), "its index was not written"


def test_the_walk_is_rendered_as_pictures(small: Any, tmp_path: Path) -> None:
    small.kernelwalk.output.film = False
    small.kernelwalk.render.resolution = (65, 36)  # films need even sizes, pictures do not
    assert bpy.ops.kernelwalk.render(animation=True) == {"FINISHED"}
    pictures = sorted((tmp_path / "Tiny_ a_b").iterdir())
    assert [path.name for path in pictures] == [f"frame_{frame:05d}.png" for frame in range(1, 5)]
    assert {Image.open(path).size for path in pictures} == {(65, 36)}


def test_an_impossible_folder_is_rejected_and_the_settings_are_restored(small: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    small.kernelwalk.output.folder = str(tmp_path / "file" / "below") + "/"
    before = render_settings(small)
    with pytest.raises(RuntimeError, match=r"cannot\sbe\screated[^.]*\.\sChoose\sanother\sfolder"):
        bpy.ops.kernelwalk.render()
    assert render_settings(small) == before


def test_the_reason_why_a_scene_cannot_be_rendered_stands_in_the_panel_with_its_remedy(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kernelwalk.ui.output import render_operator
    from kernelwalk.ui.output.render_buttons import draw_render_buttons

    assert draw(draw_render_buttons) == ("4 frames, 0.2 s", ["render", "render", "export_glb"])
    lines = len(draw_layout(draw_render_buttons, 142).text)
    with monkeypatch.context() as patched:
        patched.setattr(render_operator, "render_blocker", lambda _: render_operator.RUNNING)
        running = draw_layout(draw_render_buttons, 142).text
        assert " ".join(running).strip() == "A render is running" and len(running) == lines, "nothing moves"
    small.kernelwalk.output.folder = "//"
    text, buttons = draw(draw_render_buttons)
    assert "never saved" in text and buttons == ["save_mainfile", "render", "render", "export_glb"]
    bpy.ops.kernelwalk.clear()
    text, buttons = draw(draw_render_buttons)
    assert "Nothing has been generated" in text and buttons == ["generate", "render", "render", "export_glb"]


def test_the_reason_why_a_scene_cannot_be_rendered_is_reported(small: Any) -> None:
    from kernelwalk.ui.output.render_operator import render_blocker

    assert render_blocker(small) == ""
    small.kernelwalk.output.folder = "//"
    assert "never saved" in render_blocker(small)
    small.kernelwalk.output.folder = ""
    assert "never saved" in render_blocker(small)
    small.kernelwalk.output.folder = "/tmp/"
    small.camera = None
    assert "no camera" in render_blocker(small)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("", "Convolution"),
        ("..", "Convolution"),
        ("a#b {c}", "a_b _c_"),
        ("resnet.101", "resnet.101"),
        ("畳み込み", "畳み込み"),
        ("x" * 120, "x" * 120),
    ],
)
def test_the_title_becomes_a_valid_file_name(small: Any, tmp_path: Path, title: str, name: str) -> None:
    small.kernelwalk.title = title
    bpy.ops.kernelwalk.generate()
    assert bpy.ops.kernelwalk.render() == {"FINISHED"}
    assert [path.name for path in tmp_path.glob("*.png")] == [f"{name} 0.png"]


def test_braces_in_a_folder_are_literal(small: Any, tmp_path: Path) -> None:
    small.kernelwalk.output.folder = str(tmp_path / "{blend_name}") + "/"
    assert bpy.ops.kernelwalk.render() == {"FINISHED"}
    assert len(list((tmp_path / "{blend_name}").iterdir())) == 1


def test_relative_folders_are_beside_the_file(small: Any, tmp_path: Path) -> None:
    from kernelwalk.ui.output.render_files import resolve_folder

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    assert resolve_folder("") == resolve_folder("//") == tmp_path
    assert resolve_folder("out") == resolve_folder("//out") == tmp_path / "out"
    assert resolve_folder("~/out") == Path.home() / "out"
    assert resolve_folder("/out") == Path("/out")


def test_scenes_with_the_same_title_do_not_overwrite_each_other(small: Any) -> None:
    from kernelwalk.ui.output.render_files import output_path

    bpy.ops.scene.new(type="FULL_COPY")
    assert output_path(small, False) != output_path(bpy.context.scene, False)


def test_odd_sizes_are_rejected_for_films_alone(small: Any) -> None:
    small.kernelwalk.render.resolution = (65, 36)
    with pytest.raises(RuntimeError, match=r"even width.*by 1"):
        bpy.ops.kernelwalk.render(animation=True)
    assert bpy.ops.kernelwalk.render() == {"FINISHED"}


def test_transparent_pictures_can_be_rendered_but_no_transparent_film(small: Any, tmp_path: Path) -> None:
    small.kernelwalk.render.transparent = True
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    with pytest.raises(RuntimeError, match=r"MP4 film cannot be transparent"):
        bpy.ops.kernelwalk.render(animation=True)
    assert bpy.ops.kernelwalk.render() == {"FINISHED"}
    (path,) = tmp_path.glob("*.png")
    with Image.open(path) as picture:
        assert picture.mode == "RGBA"
        assert picture.getpixel((0, 0))[3] == 0


def test_the_panel_renders_on_the_devices_of_the_preferences_and_leaves_the_scenes_own_alone(small: Any) -> None:
    used = []
    bpy.app.handlers.render_pre.append(lambda scene, *_: used.append(scene.cycles.device))
    try:
        for device in ("PREFERENCES", "CPU"):
            small.kernelwalk.output.device = device
            assert bpy.ops.kernelwalk.render() == {"FINISHED"}
    finally:
        bpy.app.handlers.render_pre.pop()
    assert used == ["GPU", "CPU"]
    small.cycles.device = "GPU"
    assert bpy.ops.kernelwalk.generate() == {"FINISHED"}
    assert bpy.ops.kernelwalk.render() == {"FINISHED"}
    assert small.cycles.device == "GPU"


def test_pictures_of_a_longer_walk_are_kept(small: Any, tmp_path: Path) -> None:
    small.kernelwalk.output.film = False
    stale = tmp_path / "Tiny_ a_b" / "frame_00099.png"
    stale.parent.mkdir()
    stale.write_bytes(b"older")
    import os

    os.utime(stale, (1, 1))
    assert bpy.ops.kernelwalk.render(animation=True) == {"FINISHED"}
    assert stale.exists()
