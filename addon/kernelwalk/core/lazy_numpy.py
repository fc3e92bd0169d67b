# SPDX-License-Identifier: GPL-3.0-or-later
"""numpy, loaded when it is first used: it takes longer to load than to tell all of a layer that is told without it.

Whoever reads a spec imports `np` from here, and has no table of numpy's made on the way. Plans import numpy itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["np"]

if TYPE_CHECKING:
    import numpy as np
else:

    class _Numpy:
        def __getattr__(self, name: str) -> Any:
            import numpy

            found = getattr(numpy, name)
            setattr(self, name, found)  # where it is found at once from now on
            return found

    np = _Numpy()
