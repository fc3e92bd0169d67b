# SPDX-License-Identifier: GPL-3.0-or-later
"""Job descriptions for render farms, which do the scheduling themselves."""
