# SPDX-License-Identifier: GPL-3.0-or-later
"""Code, parsed and never executed: calls and chains of calls as the layers of a spec."""
