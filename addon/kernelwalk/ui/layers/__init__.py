# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of a layer: its parameters, equations, code, values, and its comparison with another."""
