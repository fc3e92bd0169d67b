# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of a walk: the operators that go to one, and the tool that shows the steps of a tile."""
