# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs, from specs to outputs; a repeated job continues where it stopped."""
