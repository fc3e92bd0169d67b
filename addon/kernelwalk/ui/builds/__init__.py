# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds: Generate and Clear, live updates, changes by hand, and what Generate sets up."""
