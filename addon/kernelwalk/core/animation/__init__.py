# SPDX-License-Identifier: GPL-3.0-or-later
"""Animation curves and the keyframes of a walk."""
