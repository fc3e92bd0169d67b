# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of operators and panels: conditions and reports, elements, bases of panels, pictures."""
