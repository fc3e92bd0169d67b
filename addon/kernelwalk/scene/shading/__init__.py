# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials and node groups. Each module names the function of the core that its nodes repeat."""
