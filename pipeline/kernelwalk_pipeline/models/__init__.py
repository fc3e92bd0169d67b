# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of trained models: ONNX files are listed, run by ONNX Runtime, and a layer with its values becomes a spec."""
