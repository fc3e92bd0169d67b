# SPDX-License-Identifier: GPL-3.0-or-later
"""numpy, loaded on first use: loading it takes longer than everything that is computed of a layer without it.

Modules that are needed to read a spec import `np` from here, and build no numpy arrays at import. Plans import numpy
itself.
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

            value = getattr(numpy, name)
            setattr(self, name, value)  # the next access does not come here
            return value

    np = _Numpy()
