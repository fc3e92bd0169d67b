# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk as glTF: a scene in three dimensions that plays in browsers and other programs."""
