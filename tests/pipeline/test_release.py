# SPDX-License-Identifier: GPL-3.0-or-later
"""pipeline/release.py: the same bytes from two checkouts, which can be installed; and what it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path

import kernelwalk
import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = [f"kernelwalk-{kernelwalk.__version__}{end}" for end in ("-py3-none-any.whl", ".tar.gz", ".zip")]
GIT = ["git", "-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]

pytestmark = [
    pytest.mark.thorough,  # each makes a wheel, an archive and the zip: seconds
    pytest.mark.once,
    pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="needs git and a checkout"),
]


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def release(checkout: Path, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "pipeline/release.py", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with one commit: the files as they are here."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "All")
    return folder


@pytest.fixture(scope="module")
def releases(checkout: Path, bpy_is_there: None, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the folders of two releases, made in two clones with other names, times, rights and time zones."""
    pytest.importorskip("hatchling", reason="needs the extra release")
    folders = []
    for number, (umask, zone) in enumerate([(0o022, "UTC"), (0o077, "Asia/Kathmandu")]):
        clone = tmp_path_factory.mktemp(f"clone-{'again-' * number}") / "kernelwalk"
        git(checkout, "clone", "-q", ".", str(clone))
        for path in clone.rglob("*") if number else []:
            os.utime(path, (1e9, 1e9))
        done = release(clone, "-o", "dist", umask=umask, env={**os.environ, "TZ": zone})
        assert done.returncode == 0, done.stderr
        folders.append(clone / "dist")
        assert done.stdout.splitlines() == [str(folders[-1] / name) for name in (*NAMES, "SHA256SUMS")]
    return folders


def test_two_checkouts_give_the_same_bytes(releases: list[Path]) -> None:
    for name in (*NAMES, "SHA256SUMS"):
        one, other = ((folder / name).read_bytes() for folder in releases)
        assert one == other, name


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_the_checksums_are_those_of_the_files(releases: list[Path]) -> None:
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=releases[0], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout.splitlines()) == (0, [f"{name}: OK" for name in NAMES])


def test_the_files_have_the_time_of_the_commit(checkout: Path, releases: list[Path]) -> None:
    committed = time.gmtime(int(git(checkout, "log", "-1", "--format=%ct")))
    for name in (NAMES[0], NAMES[2]):
        with zipfile.ZipFile(releases[0] / name) as archive:
            assert {entry.date_time[:5] for entry in archive.infolist()} == {committed[:5]}


def test_the_wheel_works_in_an_empty_environment(releases: list[Path], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    bin = tmp_path / "venv" / "bin"
    pip = [sys.executable, "-m", "pip", "--python", bin / "python"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", releases[0] / NAMES[0]], check=True)
    # the packages that it depends on are those of the tests, to download nothing
    (packages,) = (tmp_path / "venv" / "lib").glob("*/site-packages")
    (packages / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for words in (
        ["inspect", "padding_strides", "--set", "look.template=dark"],
        ["completion", "fish"],
        ["page", "padding_strides", "-o", "a.html"],
    ):
        done = subprocess.run([bin / "kernelwalk", *words], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout
    where = subprocess.run([bin / "python", "-c", "import kernelwalk; print(kernelwalk.__file__)"], capture_output=True)
    assert where.stdout.decode().startswith(str(packages))


def test_what_is_not_committed_is_refused(checkout: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(checkout, "clone", "-q", ".", str(clone))
    (clone / "new.txt").touch()
    done = release(clone, "-o", "dist")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("release: not committed: new.txt. ")
    citation = clone / "CITATION.cff"
    citation.write_text(citation.read_text().replace(kernelwalk.__version__, "9.9.9"))
    done = release(clone, "-o", "dist", "--uncommitted")
    assert done.returncode == 2
    assert "9.9.9 in CITATION.cff" in done.stderr
    assert not (clone / "dist").exists()


def test_without_git_the_reason_is_told(checkout: Path, tmp_path: Path) -> None:
    shutil.copytree(checkout / "pipeline", tmp_path / "pipeline")
    done = release(tmp_path, "-o", "dist")
    assert done.returncode == 2
    assert "A release is made from a checkout" in done.stderr
    assert "Traceback" not in done.stderr
