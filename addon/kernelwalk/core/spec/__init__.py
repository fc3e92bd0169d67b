# SPDX-License-Identifier: GPL-3.0-or-later
"""The spec: settings read from TOML, code or a table and checked, with presets and templates."""
