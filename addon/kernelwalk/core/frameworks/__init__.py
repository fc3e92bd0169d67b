# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers as code of PyTorch, Keras and ONNX: parsing, and emitting."""
