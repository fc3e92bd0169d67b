# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery: every preset in every look that is asked for, once; a page that stands by itself; going on."""

from __future__ import annotations

import shlex
from html.parser import HTMLParser
from pathlib import Path

import pytest
from kernelwalk.core.spec import presets, templates
from kernelwalk_pipeline.failures import UsageError
from kernelwalk_pipeline.pages import gallery_builder
from kernelwalk_pipeline.pages.html_page import build_page
from kernelwalk_pipeline.source import read_spec
from PIL import Image

VOID = {"meta", "img", "input", "br", "hr", "link"}
TINY = ["--size", "96x54", "--set", "render.samples=1", "--set", "walk.frames_per_step=1", "--set", "walk.lead_out=0"]
FEW = ["no_padding_no_strides", "max_pool"]


class Page(HTMLParser):
    """A page: its elements by their tag, its texts, and whether all that is opened is closed."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1], data.strip()))

    def all(self, tag, key):
        return [values[key] for name, values in self.found if name == tag and key in values]

    def words(self, tag):
        return [text for name, text in self.texts if name == tag]


def pieces(looks=None, settings=(), quality=None, stills=False, folder=Path("out")):
    return gallery_builder.build_items(gallery_builder.parse_templates(looks), settings, quality, folder, stills)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(presets, "names", lambda: FEW)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def test_every_preset_is_shown_once_as_it_is(out):
    found = pieces(folder=out)
    assert [piece.preset for piece in found] == presets.preset_names()
    assert all(piece.source.spec == presets.load_preset(piece.preset) for piece in found)


def test_all_looks_are_those_that_ship(out):
    found = pieces("all", folder=out)
    assert {piece.template for piece in found} == set(templates.template_names())
    assert found[0].template == templates.DEFAULT_TEMPLATE
    assert len({piece.output.path for piece in found}) == len(presets.preset_names()) * len(templates.template_names())


def test_a_look_takes_the_place_of_a_presets_own(out):
    (piece,) = (each for each in pieces("dark", folder=out) if each.preset == "mathematica")
    assert piece.source.spec.look.colors == read_spec("dilation", ["look.template=dark"]).spec.look.colors
    assert piece.source.spec.look.thickness > 0


def test_the_command_that_is_told_makes_the_same_film(out):
    for piece in pieces("dark,studio", ["render.samples=3", 'title=it\'s "so"'], "draft", folder=out):
        words = shlex.split(piece.command)
        assert words[:5] == ["kernelwalk", "render", piece.preset, "-o", f"{piece.preset}.mp4"]
        settings = [words[number + 1] for number, word in enumerate(words) if word == "--set"]
        assert read_spec(piece.preset, settings, words[words.index("--quality") + 1]).spec == piece.source.spec


@pytest.mark.parametrize("text", ["neon", "dark,neon", "", ",", "dark,dark", "no.blend"])
def test_looks_that_cannot_be_are_refused_once(text):
    with pytest.raises(UsageError, match=r"--looks: .*\. (Name|Leave)") as refused:
        gallery_builder.parse_templates(text)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("looks", [None, "all"])
@pytest.mark.parametrize("stills", [False, True])
def test_the_page_is_whole_and_needs_nothing_from_elsewhere(out, looks, stills):
    made = pieces(looks, folder=out, stills=stills)
    text = build_page(made)
    found = Page(text)
    assert "//" not in text.replace("// without this", "")
    assert "url(" not in text
    assert "@import" not in text
    files = {*found.all("video", "src"), *found.all("video", "poster"), *found.all("img", "src")}
    wanted = {piece.poster.name for piece in made} | {piece.film.name for piece in made if piece.film}
    assert files == wanted
    assert found.all("script", "src") == found.all("link", "href") == []
    assert {link[1:] for link in found.all("a", "href")} == set(found.all("section", "id"))
    ids = [values["id"] for _, values in found.found if "id" in values]
    assert len(ids) == len(set(ids))
    assert "$" not in text


def test_the_page_tells_of_each_preset_its_title_sizes_and_command(out):
    made = pieces(folder=out)
    found = Page(build_page(made))
    assert sorted(found.words("h3")) == sorted(piece.source.spec.name for piece in made)
    assert sorted(found.words("code")) == sorted(piece.command for piece in made)
    text = " ".join(found.words("p")).replace("\N{NO-BREAK SPACE}", " ")
    assert "9 × 9 → 5 × 5, kernel 5 × 5" in text
    assert "Three kernels of 3 see as far as one of 7." in text


def test_each_look_can_be_picked_by_itself(out):
    found = Page(build_page(pieces("dark,paper", folder=out)))
    picked = [values for tag, values in found.found if tag == "input"]
    assert [("checked" in values, values["id"]) for values in picked] == [(True, "look-0"), (False, "look-1")]
    assert found.words("span") == ["dark", "paper"]
    shown = [values["class"] for tag, values in found.found if tag == "div" and "in " in values.get("class", "")]
    assert {each.split()[1] for each in shown} == {"look-0", "look-1"}


def test_what_a_title_says_is_no_html(out):
    text = build_page(pieces(settings=['title="<script>alert(1)</script> & \\"more\\""'], folder=out))
    assert "<script>alert" not in text
    assert Page(text).words("h3")[0] == '<script>alert(1)</script> & "more"'


@pytest.mark.usefixtures("bpy_is_there", "few")
def test_films_posters_page_and_sheet_are_made_and_stay(call, out, blender_frames):
    ran = call("gallery", "-o", "out", *TINY)
    assert (ran.code, ran.out.splitlines()) == (0, ["out/index.html", "out/sheet.png"]), ran.err
    files = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    films = {f"{name}{end}" for name in FEW for end in (".mp4", ".poster.png")}
    assert files == {*films, "index.html", "sheet.png"}
    assert call("verify", "out").code == 0
    with Image.open(out / "sheet.png") as picture:
        assert picture.height > 2 * 180
    rendered = len(blender_frames)
    assert call("gallery", "-o", "out", *TINY).code == 0
    assert len(blender_frames) == rendered
    (out / "max_pool.poster.png").unlink()
    assert call("gallery", "-o", "out", *TINY).code == 0
    assert 0 < len(blender_frames) - rendered < rendered
    assert (out / "max_pool.poster.png").is_file()


@pytest.mark.usefixtures("bpy_is_there", "few")
def test_what_fails_is_left_out_and_the_others_are_shown(call, out):
    (out / "max_pool.mp4.frames").mkdir(parents=True)
    (out / "max_pool.mp4.frames" / "frame_00001.png").write_text("mine")
    ran = call("gallery", "-o", "out", *TINY)
    assert ran.code == 4
    assert "did not make" in ran.err
    assert Page((out / "index.html").read_text()).all("video", "src") == ["no_padding_no_strides.mp4"]


@pytest.mark.usefixtures("bpy_is_there", "few")
def test_posters_alone_in_two_looks(call, out):
    ran = call("gallery", "-o", "out", "--stills", "--looks", "dark,paper", *TINY)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == ["out/index.html", "out/sheet-dark.png", "out/sheet-paper.png"]
    with Image.open(out / "sheet-dark.png") as dark, Image.open(out / "sheet-paper.png") as paper:
        assert max(dark.getpixel((0, 0))) < 80
        assert min(paper.getpixel((0, 0))) > 230
    assert len(list(out.glob("*.poster.png"))) == 4
    assert not list(out.glob("*.mp4"))
