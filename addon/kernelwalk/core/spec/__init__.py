# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user asks for: read from TOML, code or a table, checked, with presets and templates."""
