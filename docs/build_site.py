# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation's site from docs/, with the gallery of presets in it, into build/site.

    .venv/bin/python docs/build_site.py [--posters-only] [--size WxH] [--set KEY=VALUE]

The extra `docs` holds MkDocs. Films and posters of all presets are rendered once; later runs keep them.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "build" / "site-source"
GALLERY = ROOT / "build" / "gallery"

GALLERY_PAGE = """# Gallery
Every preset, with its film. [The page by itself](gallery/index.html) needs nothing but the files beside it.

<iframe src="gallery/index.html" title="All presets" style="width: 100%; height: 80vh; border: 0"></iframe>
"""


def render_gallery(options: list[str]) -> None:
    """Render films and posters of all presets into GALLERY, and the page that shows them."""
    command = [sys.executable, "-m", "kernelwalk_pipeline", "gallery", "-o", str(GALLERY), *options]
    subprocess.run(command, check=True)


def copy_pages() -> None:
    """Copy docs/ and the README into SOURCE, with the README's links as they hold there, and the gallery beside."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.copytree(ROOT / "docs", SOURCE, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (SOURCE / "index.md").write_text(re.sub(r"\]\(docs/", "](", readme), encoding="utf-8")
    shutil.copy(ROOT / "CITATION.cff", SOURCE)
    (SOURCE / "gallery.md").write_text(GALLERY_PAGE, encoding="utf-8")
    shutil.copytree(GALLERY, SOURCE / "gallery")


def main() -> None:
    """Read the command line, render the gallery and build the site."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posters-only", action="store_true", help="render posters, no films")
    parser.add_argument("--size", default="640x360", metavar="WxH", help="size of films and posters, in pixels")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as for kernelwalk gallery")
    arguments = parser.parse_args()
    options = ["--size", arguments.size, *(["--posters-only"] if arguments.posters_only else [])]
    render_gallery([*options, *(word for each in arguments.set for word in ("--set", each))])
    copy_pages()
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(ROOT / ".mkdocs.yml")], check=True)
    print(ROOT / "build" / "site" / "index.html")


if __name__ == "__main__":
    main()
