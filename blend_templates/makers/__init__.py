# SPDX-License-Identifier: GPL-3.0-or-later
"""Makers of the built-in templates, one module per template, and the parts that they share."""
