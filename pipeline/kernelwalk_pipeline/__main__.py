# SPDX-License-Identifier: GPL-3.0-or-later
"""The command kernelwalk, which is python -m kernelwalk_pipeline too."""

from __future__ import annotations

import sys
from typing import NoReturn

from .blenders import ahead


def main() -> NoReturn:
    """Run the command (see cli.py), and load a worker meanwhile."""
    ahead.begin(sys.argv[1:])
    try:
        from .cli import main as run

        run()
    finally:
        ahead.dismiss()


if __name__ == "__main__":
    main()
