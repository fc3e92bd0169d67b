# SPDX-License-Identifier: GPL-3.0-or-later
"""Models as other programs print them: the modules of PyTorch, the nodes of ONNX."""
