"""Runs code of nnabla, on Python 3.8."""

from __future__ import annotations

import nnabla
import nnabla.functions
import nnabla.parametric_functions
import numpy as np


def run(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a layer."""
    nnabla.clear_parameters()
    variable = nnabla.Variable.from_numpy_array(values)
    names = {"nnabla": nnabla, "PF": nnabla.parametric_functions, "F": nnabla.functions, "x": variable}
    output = eval(code, names)
    for name, parameter in nnabla.get_parameters().items():
        if name.endswith("W") and weight is not None:
            assert parameter.shape == weight.shape
            parameter.d = weight
        else:
            parameter.d = 0
    output.forward()
    return output.d
