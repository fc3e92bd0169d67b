# SPDX-License-Identifier: GPL-3.0-or-later
"""The command kernelwalk, which python -m kernelwalk_pipeline runs too."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

from .blenders import prestart
from .numpy_loading import load_only_what_is_used


def main() -> NoReturn:
    """Run the command (see cli.py) while a worker process loads."""
    gc.set_threshold(100_000)  # what is loaded is no garbage, and to look for some takes a twentieth of the start
    load_only_what_is_used()
    prestart.start_worker(sys.argv[1:])
    try:
        from .cli import main as run

        run()
    finally:
        prestart.terminate_worker()


if __name__ == "__main__":
    main()
