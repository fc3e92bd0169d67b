# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview as a picture file, for a viewer that follows it."""

from __future__ import annotations

import os
from pathlib import Path

from ..atomic import publish_file
from ..failures import OutputError
from ..paths import describe_os_error


def write_picture(path: Path, png: bytes) -> None:
    """Replace a picture file in one step, so that a viewer never reads half of it. Raises OutputError."""
    part = path.with_name(f".kernelwalk_{os.getpid()}.png")
    try:
        part.write_bytes(png)
        publish_file(part, path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {describe_os_error(error)}. Choose another output") from None
    finally:
        part.unlink(missing_ok=True)
