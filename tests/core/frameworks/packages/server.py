"""Runs code of a package that needs an older Python than Kernelwalk: requests on standard input, answers on output.

Usage: python server.py NAME, the name of a module beside this file. A line of input is {"code", "values", "weight"}, a
line of output {"output", "shape"} or {"error"}; arrays are nested lists.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

import numpy as np


def main(name: str) -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # packages print
    sys.path.pop(0)  # this folder, whose modules have the packages' names
    spec = importlib.util.spec_from_file_location("run_" + name, str(Path(__file__).with_name(name + ".py")))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for line in sys.stdin:
        request = json.loads(line)
        weight = request["weight"]
        try:
            values = np.array(request["values"], np.float32)
            output = module.run(request["code"], values, None if weight is None else np.array(weight, np.float32))
            answer = {"output": np.asarray(output, float).tolist(), "shape": output.shape}
        except Exception as error:  # each package has its own
            answer = {"error": repr(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
