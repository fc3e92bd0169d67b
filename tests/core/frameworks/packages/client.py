"""The other end of server.py: runs code in a package of another Python."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest


class DistantPackage:
    """A package that another Python runs, which an environment variable names."""

    def __init__(self, name: str) -> None:
        variable = f"KERNELWALK_{name.upper()}_PYTHON"
        python = os.environ.get(variable)
        if not python:
            pytest.skip(f"{variable} names no Python with {name}", allow_module_level=True)
        server = Path(__file__).with_name("server.py")
        self.process = subprocess.Popen(
            [python, "-W", "ignore", server, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
        """Return the output of a layer. Raises RuntimeError where the package raises anything."""
        assert self.process.stdin and self.process.stdout
        request = {"code": code, "values": values.tolist(), "weight": None if weight is None else weight.tolist()}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            pytest.exit(f"the package stopped at {code} on {values.shape}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return np.array(answer["output"]).reshape(answer["shape"])
