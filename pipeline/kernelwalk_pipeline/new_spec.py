# SPDX-License-Identifier: GPL-3.0-or-later
"""Specs that commands write as files."""

from __future__ import annotations

from pathlib import Path

from kernelwalk.core import Spec
from kernelwalk.core.spec.commented_toml import dump_commented

from .failures import OutputError
from .paths import check_suffix, describe_os_error, prepare_file


def write_new_spec(spec: Spec, out: Path, is_replaced: bool) -> None:
    """Write a spec as commented TOML. Raises OutputError, also if the file exists and is not replaced."""
    check_suffix(out, ".toml")
    prepare_file(out)
    text = dump_commented(spec)
    try:
        with out.open("w" if is_replaced else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise OutputError(f"{out}: exists. Choose another name, or overwrite it with --force") from None
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {describe_os_error(error)}. Choose another output") from None
