# SPDX-License-Identifier: GPL-3.0-or-later
"""Films: their formats, and encoding from frames."""
