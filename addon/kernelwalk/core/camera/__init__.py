# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera: where it stands so that everything is in the picture."""
