# SPDX-License-Identifier: GPL-3.0-or-later
"""kernelwalk package: the add-on's zip."""

from __future__ import annotations

from . import options


def package(out: options.Folder) -> None:
    """Build and validate the add-on's zip."""
    from ..addon_zip import build_addon_zip
    from ..paths import prepare_folder

    prepare_folder(out)
    print(build_addon_zip(out))
