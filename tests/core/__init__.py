# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of kernelwalk.core, against PyTorch, ONNX Runtime and definitions written out. None of them needs Blender."""
