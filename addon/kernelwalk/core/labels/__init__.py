# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels in the picture: their text in pixels, their room beside the scene, and their measures."""
