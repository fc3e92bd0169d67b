# SPDX-License-Identifier: GPL-3.0-or-later
"""The gallery: every preset once in each chosen template; a self-contained page; and continuing."""

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
    """A parsed page: its elements by tag and its texts. Asserts that every element is closed."""

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

    def texts_in(self, tag):
        return [text for name, text in self.texts if name == tag]


def gallery_items(looks=None, settings=(), quality=None, stills=False, folder=Path("out")):
    return gallery_builder.build_items(gallery_builder.parse_templates(looks), settings, quality, folder, stills)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(presets, "list_presets", lambda: FEW)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def test_every_preset_is_shown_once_unchanged(out):
    result = gallery_items(folder=out)
    assert [gallery_item.preset for gallery_item in result] == presets.list_presets()
    assert all(gallery_item.source.spec == presets.load_preset(gallery_item.preset) for gallery_item in result)


def test_all_stands_for_the_templates_that_ship(out):
    result = gallery_items("all", folder=out)
    assert {gallery_item.template for gallery_item in result} == set(templates.list_templates())
    assert result[0].template == templates.DEFAULT_TEMPLATE
    assert len({gallery_item.output.path for gallery_item in result}) == len(presets.list_presets()) * len(
        templates.list_templates()
    )


def test_a_template_replaces_a_presets_own_look(out):
    (gallery_item,) = (item for item in gallery_items("dark", folder=out) if item.preset == "mathematica")
    assert gallery_item.source.spec.look.colors == read_spec("dilation", ["look.template=dark"]).spec.look.colors
    assert gallery_item.source.spec.look.thickness > 0


def test_the_command_of_an_item_makes_the_same_film(out):
    for gallery_item in gallery_items("dark,studio", ["render.samples=3", 'title=it\'s "so"'], "draft", folder=out):
        arguments = shlex.split(gallery_item.command)
        assert arguments[:5] == ["kernelwalk", "render", gallery_item.preset, "-o", f"{gallery_item.preset}.mp4"]
        settings = [arguments[number + 1] for number, argument in enumerate(arguments) if argument == "--set"]
        assert (
            read_spec(gallery_item.preset, settings, arguments[arguments.index("--quality") + 1]).spec
            == gallery_item.source.spec
        )


@pytest.mark.parametrize("text", ["neon", "dark,neon", "", ",", "dark,dark", "no.blend"])
def test_impossible_templates_are_refused_once(text):
    with pytest.raises(UsageError, match=r"--looks: .*\. (Name|Leave)") as refused:
        gallery_builder.parse_templates(text)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("looks", [None, "all"])
@pytest.mark.parametrize("stills", [False, True])
def test_the_page_is_well_formed_and_self_contained(out, looks, stills):
    created = gallery_items(looks, folder=out, stills=stills)
    text = build_page(created)
    result = Page(text)
    assert "//" not in text.replace("// without JavaScript", "")
    assert "url(" not in text
    assert "@import" not in text
    files = {*result.all("video", "src"), *result.all("video", "poster"), *result.all("img", "src")}
    wanted = {gallery_item.poster.name for gallery_item in created} | {
        gallery_item.film.name for gallery_item in created if gallery_item.film
    }
    assert files == wanted
    assert result.all("script", "src") == result.all("link", "href") == []
    assert {link[1:] for link in result.all("a", "href")} == set(result.all("section", "id"))
    ids = [values["id"] for _, values in result.found if "id" in values]
    assert len(ids) == len(set(ids))
    assert "$" not in text


def test_the_page_shows_title_sizes_and_command_of_each_preset(out):
    created = gallery_items(folder=out)
    result = Page(build_page(created))
    assert sorted(result.texts_in("h3")) == sorted(gallery_item.source.spec.name for gallery_item in created)
    assert sorted(result.texts_in("code")) == sorted(gallery_item.command for gallery_item in created)
    text = " ".join(result.texts_in("p")).replace("\N{NO-BREAK SPACE}", " ")
    assert "9 × 9 → 5 × 5, kernel 5 × 5" in text
    assert "Three layers with kernels of size 3 have the receptive field of one kernel of size 7." in text


def test_each_template_can_be_selected(out):
    result = Page(build_page(gallery_items("dark,paper", folder=out)))
    picked = [values for tag, values in result.found if tag == "input"]
    assert [("checked" in values, values["id"]) for values in picked] == [(True, "template-0"), (False, "template-1")]
    assert result.texts_in("span") == ["dark", "paper"]
    shown = [values["class"] for tag, values in result.found if tag == "div" and "in " in values.get("class", "")]
    assert {item.split()[1] for item in shown} == {"template-0", "template-1"}


def test_titles_are_escaped(out):
    text = build_page(gallery_items(settings=['title="<script>alert(1)</script> & \\"more\\""'], folder=out))
    assert "<script>alert" not in text
    assert Page(text).texts_in("h3")[0] == '<script>alert(1)</script> & "more"'


@pytest.mark.usefixtures("shared_blender", "few")
def test_films_posters_page_and_sheet_are_made_and_kept(call, out, blender_frames):
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


@pytest.mark.usefixtures("shared_blender", "few")
def test_failed_items_are_left_out_of_the_page(call, out):
    (out / "max_pool.mp4.frames").mkdir(parents=True)
    (out / "max_pool.mp4.frames" / "frame_00001.png").write_text("mine")
    ran = call("gallery", "-o", "out", *TINY)
    assert ran.code == 4
    assert "did not make" in ran.err
    assert Page((out / "index.html").read_text()).all("video", "src") == ["no_padding_no_strides.mp4"]


@pytest.mark.usefixtures("shared_blender", "few")
def test_posters_only_in_two_templates(call, out):
    ran = call("gallery", "-o", "out", "--posters-only", "--looks", "dark,paper", *TINY)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == ["out/index.html", "out/sheet-dark.png", "out/sheet-paper.png"]
    with Image.open(out / "sheet-dark.png") as dark, Image.open(out / "sheet-paper.png") as paper:
        assert max(dark.getpixel((0, 0))) < 80
        assert min(paper.getpixel((0, 0))) > 230
    assert len(list(out.glob("*.poster.png"))) == 4
    assert not list(out.glob("*.mp4"))
