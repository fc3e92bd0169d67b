# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m kernelwalk_pipeline is the command kernelwalk."""

from .cli import main

main()
