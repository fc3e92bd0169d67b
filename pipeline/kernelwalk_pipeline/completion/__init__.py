# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion of command lines in shells: a script for each shell, and the candidates that it asks for."""
