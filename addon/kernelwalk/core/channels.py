# SPDX-License-Identifier: GPL-3.0-or-later
"""temporary"""
from dataclasses import dataclass
import numpy as np
@dataclass(frozen=True)
class Channels:
    inputs: int = 1
    outputs: int = 1
    groups: int = 1
    def pairs(self):
        per_out, per_in = self.outputs // self.groups, self.inputs // self.groups
        return np.array([(o, i) for o in range(self.outputs) for i in range((o // per_out) * per_in, (o // per_out + 1) * per_in)])
