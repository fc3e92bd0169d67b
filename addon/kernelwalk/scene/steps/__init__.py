# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of a built walk: markers, the step that is shown, and the tiles that a user picks."""
