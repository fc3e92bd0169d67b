# SPDX-License-Identifier: GPL-3.0-or-later
"""User interface of the add-on: settings, operators and panels."""
