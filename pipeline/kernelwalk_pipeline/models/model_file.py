# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of models. Those of other formats than ONNX are read as models of ONNX, which ONNX Runtime runs."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from ..failures import UsageError

if TYPE_CHECKING:
    from onnx import ModelProto

PACKAGES = {
    ".onnx": ("onnx", "onnxruntime"),
    ".keras": ("onnx", "onnxruntime", "h5py"),
    ".tflite": ("onnx", "onnxruntime", "tflite"),
}
"""Packages that read each format, by the file's suffix."""

INSTALL = "Install the extra models: sh pipeline/setup.sh models in a checkout, or pip install"


def check_packages(path: Path) -> None:
    """Raise UsageError if a package that reads the file is missing."""
    packages = PACKAGES.get(path.suffix.lower(), PACKAGES[".onnx"])
    for name in packages:
        try:
            importlib.import_module(name)
        except ImportError as error:
            what = f"models need the Python package {error.name}, which is missing"
            raise UsageError(f"{path}: {what}. {INSTALL} {' '.join(packages)}") from None


def load_model(path: Path) -> ModelProto:
    """Return the model in a file, as one of ONNX. Raises UsageError."""
    check_packages(path)
    if path.suffix.lower() == ".keras":
        from .keras_file import load_keras

        return load_keras(path)
    if path.suffix.lower() == ".tflite":
        from .tflite_file import load_tflite

        return load_tflite(path)
    from .onnx_file import load_onnx

    return load_onnx(path)
