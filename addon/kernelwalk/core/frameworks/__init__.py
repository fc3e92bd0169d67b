# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers as lines of PyTorch, Keras and ONNX, read and written."""
