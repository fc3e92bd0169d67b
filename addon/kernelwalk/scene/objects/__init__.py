# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a plan's layers: tiles, lines, frustum, labels and sums; and the curves that move them."""
