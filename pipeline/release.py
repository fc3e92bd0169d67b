# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a release from a checkout: the add-on's zip, the wheel, the source distribution, and their checksums.

    python pipeline/release.py -o dist

Needs the extra `release`. The same commit gives the same bytes, wherever and whenever it is made: files are taken as
git tracks them, and their times are that of the last commit. Only Python's zlib and the pinned tools have a say.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from kernelwalk_pipeline.failures import BlenderError, Failure, OutputError, UsageError
from kernelwalk_pipeline.paths import describe_os_error, prepare_folder

ROOT = Path(__file__).resolve().parents[1]
CHECKSUMS = "SHA256SUMS"

VERSIONS = {
    "addon/kernelwalk/__init__.py": r'^__version__ = "(.+)"$',
    "addon/kernelwalk/blender_manifest.toml": r'^version = "(.+)"$',
    "CITATION.cff": r"^version: (.+)$",
    "docs/changelog.md": r"^## (\S+)",
}
"""Where the version stands: each file, and the pattern of its line."""


def main() -> None:
    """Run the command; a failure prints its message and exits with its code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--uncommitted", action="store_true", help="release the files as they are, not as committed")
    arguments = parser.parse_args()
    try:
        for path in make_release(arguments.output.absolute(), arguments.uncommitted):
            print(path)
    except Failure as failure:
        print(f"release: {failure}", file=sys.stderr)
        sys.exit(failure.exit_code)


def make_release(folder: Path, with_uncommitted: bool = False) -> list[Path]:
    """Write the files of a release into a folder and return their paths. Raises Failure."""
    if not with_uncommitted and (changes := _git("status", "--porcelain").splitlines()):
        names = ", ".join(line[3:] for line in changes[:5]) + (" …" if len(changes) > 5 else "")
        raise UsageError(f"not committed: {names}. Commit or remove these files, or give --uncommitted")
    _check_versions()
    if importlib.util.find_spec("hatchling") is None:
        raise UsageError("hatchling is not installed. Set up with: sh pipeline/setup.sh release")
    prepare_folder(folder)
    time = _git("log", "-1", "--format=%ct").strip()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": time, "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as scratch:
        tree, built = Path(scratch) / "tree", Path(scratch) / "built"
        _copy_tree(tree)
        built.mkdir()
        paths = {**environment, "PYTHONPATH": f"{tree / 'addon'}{os.pathsep}{tree / 'pipeline'}"}
        _run([sys.executable, "-m", "kernelwalk_pipeline", "package", "-o", str(built)], tree, paths)
        _run([sys.executable, "-m", "hatchling", "build", "-d", str(built)], tree, environment)
        names = sorted(path.name for path in built.iterdir())
        sums = [f"{hashlib.sha256((built / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
        (built / CHECKSUMS).write_text("".join(sums), encoding="ascii")
        try:
            return [Path(shutil.copyfile(built / name, folder / name)) for name in (*names, CHECKSUMS)]
        except OSError as error:
            raise OutputError(f"{folder}: cannot be written: {describe_os_error(error)}. Choose another") from None


def read_versions() -> dict[str, str]:
    """Return the version that stands first in each file of VERSIONS; "none" where there is none."""
    found = {}
    for name, pattern in VERSIONS.items():
        match = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        found[name] = match[1] if match else "none"
    return found


def _check_versions() -> None:
    versions = read_versions()
    if len(set(versions.values())) > 1:
        listed = ", ".join(f"{version} in {name}" for name, version in versions.items())
        raise UsageError(f"the versions differ: {listed}. Write the same one everywhere")


def _copy_tree(target: Path) -> None:
    """Copy the files that git tracks, and new ones that it does not ignore."""
    names = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        if not (ROOT / name).is_file():
            continue  # deleted, but not yet in a commit
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy)


def _git(*arguments: str) -> str:
    """Return the output of a git command. Raises UsageError."""
    try:
        ran = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        raise UsageError("git is not installed. A release is made from a checkout, with git") from None
    if ran.returncode:
        raise UsageError(f"git {arguments[0]}: {ran.stderr.strip()}. A release is made from a checkout, with git")
    return ran.stdout


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run a builder. Raises BlenderError or UsageError with its messages."""
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        kind = BlenderError if ran.returncode == BlenderError.exit_code else UsageError
        raise kind(f"{' '.join(command[2:4])}: {ran.stderr.strip() or ran.stdout.strip()}")


if __name__ == "__main__":
    main()
