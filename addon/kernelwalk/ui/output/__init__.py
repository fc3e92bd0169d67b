# SPDX-License-Identifier: GPL-3.0-or-later
"""Output of a walk: rendered pictures and films, and glTF."""
