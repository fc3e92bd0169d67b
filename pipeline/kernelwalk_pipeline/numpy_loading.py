# SPDX-License-Identifier: GPL-3.0-or-later
"""The loading of numpy, of which commands need a part: numpy 2 loads others when they are used, and numpy 1 does so by
this module. `import numpy` takes a third of its time less, and with one thread for matrices half of its processor time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

PARTS = ("ctypeslib", "fft", "ma", "polynomial", "random", "testing")
"""Parts of numpy that are loaded when they are used."""

THREADS = "OPENBLAS_NUM_THREADS"
"""Variable of the environment with the number of threads that multiply matrices; those of commands are small."""


class _PartFinder:
    """Finds parts of numpy, which load on their first use."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        package, _, part = name.partition(".")
        if package != "numpy" or part not in PARTS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def load_only_what_is_used() -> None:
    """Let a later `import numpy` load what is used alone, and start no threads."""
    os.environ.setdefault(THREADS, "1")
    sys.meta_path.insert(0, _PartFinder)
