# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of upsampling layers that several frameworks have in common, as the keys of a spec."""

from __future__ import annotations

from typing import Any

from .layer_signature import SpecKeys

UPSAMPLING_AXES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
"""Numbers of axes of the modes of upsampling that need a certain number."""


def parse_whole_scale(value: Any) -> SpecKeys:
    """Parse the factor of an upsampling that has whole ones alone. Raises ValueError."""
    factors = value if isinstance(value, list) else [value]
    if any(type(factor) is float and not factor.is_integer() for factor in factors):
        raise ValueError("it is a whole number, or one per axis")
    return {"scale": value}


def parse_scale(value: Any) -> SpecKeys:
    """Parse scale_factor, which may be a float."""
    factors = list(value) if isinstance(value, (list, tuple)) else [value]
    whole = [int(factor) if isinstance(factor, float) and factor.is_integer() else factor for factor in factors]
    return {"scale": whole if isinstance(value, (list, tuple)) else whole[0]}


def parse_interpolation(value: Any) -> SpecKeys:
    """Parse torch's mode and Keras' interpolation of an upsampling. Raises ValueError."""
    if value in ("nearest", "nearest-exact"):
        return {} if value == "nearest" else {"interpolation": "nearest_exact"}
    if not isinstance(value, str) or value not in UPSAMPLING_AXES:
        raise ValueError("nearest, linear, bilinear, trilinear and bicubic are drawn")
    return {"interpolation": "cubic" if value == "bicubic" else "linear"}
