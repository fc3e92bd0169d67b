# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings from files: specs, presets and templates."""
