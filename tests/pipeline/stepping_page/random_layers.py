# SPDX-License-Identifier: GPL-3.0-or-later
"""Random layers of every operation, as a spec's tables: most are possible, some have one or more problems."""

from __future__ import annotations

from random import Random
from typing import Any

from kernelwalk.core.layers.channels import CHANNEL_PARAMETERS
from kernelwalk.core.layers.parameters import OPTION_CHECKS
from kernelwalk.core.layers.registry import LAYERS

Table = dict[str, Any]

COMPLEX = ("conv_transpose", "conv_transpose", "conv_transpose", "max_pool", "avg_pool", "upsample")
"""Operations that are made more often, since frameworks differ most in them."""

LARGEST_INPUT = {1: 14, 2: 9, 3: 5}
"""By the number of axes."""

RARE_LAYERS: tuple[Table, ...] = (
    *({"op": "upsample", "input": [4], "output_shape": size} for size in (82, 94, 110)),  # rounded by float32
    *(
        {"op": "conv_transpose", "input": [3], "kernel": 2, "stride": 2, "output_shape": size, "convention": "jax"}
        | {"padding": "same_upper"}
        for size in (4, 5, 6, 7)  # from below the least size to above the greatest
    ),
    {"op": "conv_transpose", "input": [3], "kernel": 1, "stride": 3, "padding": "same", "convention": "keras"},
    {
        "op": "max_pool",
        "input": [6],
        "kernel": 3,
        "stride": 2,
        "padding": "valid",
        "convention": "onnx",
        "ceil_mode": True,
    },
    {"op": "max_pool", "input": [3], "kernel": 4, "stride": 2, "convention": "onnxruntime"},
    {"op": "upsample", "input": [2, 2], "scale": 3.2},
)
"""Layers that random ones are seldom."""

PADDING = ("valid", "same", "full", "same_upper", "same_lower", "causal")

SCALES = (0.5, 1.5, 2.5, 0.7, 1 / 3, 2 / 3)

ODD_VALUES = (
    0,
    -1,
    1.5,
    "same",
    "wide",
    True,
    [],
    [1],
    [2, 2],
    [1, 2, 3, 4],
    [[1, 2]],
    [[1], 2],
    2_000_000,
    [None, 1],
    "w" * 70,
)
"""Values that most parameters do not take."""


class LayerMaker:
    """Makes layers from a seed."""

    def __init__(self, seed: int):
        self.random = Random(seed)

    def make(self) -> Table:
        """Return the table of a layer."""
        if self.random.random() < 0.02:
            return dict(self.random.choice(RARE_LAYERS))
        op = self.random.choice((*LAYERS, *COMPLEX))
        dims = self.random.choice((1, 2, 2, 3))
        names = LAYERS[op].PARAMETERS
        table = {"op": op}
        for name in names:
            if name in ("input", "kernel", "factor") or self.random.random() < self._share(op, name):
                table[name] = self._choose(op, name, dims)
        if op == "fold" and "output_shape" in table and self.random.random() < 0.8:
            del table["input"]
        if op == "upsample" and "output_shape" not in table:
            table["scale"] = self._choose(op, "scale", dims)
        if op == "pixel_unshuffle" and self.random.random() < 0.9:
            factor = table["factor"] if isinstance(table["factor"], list) else [table["factor"]] * dims
            table["input"] = [self.random.randint(1, 3) * part for part in factor]
        self._choose_channels(op, table)
        if self.random.random() < 0.08:
            table[self.random.choice(names)] = self.random.choice(ODD_VALUES)
        if self.random.random() < 0.02:
            del table[self.random.choice([name for name in table if name != "op"])]
        return table

    def _share(self, op: str, name: str) -> float:
        """Return how often a parameter is given."""
        shape = 0.8 if op.startswith("adaptive") else 0.25
        shares = {"output_shape": shape, "output_padding": 0.3, "scale": 0.0, "interpolation": 0.9, "convention": 0.9}
        shares |= dict.fromkeys(CHANNEL_PARAMETERS, 0.0)
        return shares.get(name, 0.5)

    def _choose(self, op: str, name: str, dims: int) -> Any:
        random = self.random
        if name == "input":  # a list, which tells the number of axes
            return [random.randint(1, LARGEST_INPUT[dims]) for _ in range(dims)]
        if name == "padding":
            return self._choose_padding(op, dims)
        if (op, name) == ("upsample", "convention"):
            return random.choice(("keras", "jax", "onnx"))
        if name in OPTION_CHECKS:
            return random.choice(getattr(OPTION_CHECKS[name], "options", (True, False)))
        least, most = {
            "kernel": (1, 4),
            "factor": (1, 3),
            "stride": (1, 3),
            "dilation": (1, 3),
            "output_padding": (0, 2),
            "output_shape": (1, 12),
            "scale": (1, 3),
        }[name]

        def choose() -> float:
            if name == "scale" and random.random() < 0.6:
                return random.choice((*SCALES, round(random.uniform(0.2, 3), 3), random.uniform(0.5, 1.5)))
            return random.randint(least, most)

        return choose() if random.random() < 0.4 else [choose() for _ in range(dims)]

    def _choose_padding(self, op: str, dims: int) -> Any:
        random = self.random
        if random.random() < 0.5 and op != "fold":
            return random.choice(PADDING)
        if random.random() < 0.4:
            return random.randint(0, 2)
        if random.random() < 0.4:
            return [random.randint(0, 2) for _ in range(dims)]
        return [[random.randint(0, 3), random.randint(0, 2)] for _ in range(dims)]

    def _choose_channels(self, op: str, table: Table) -> None:
        random = self.random
        if random.random() < 0.5:
            return
        if op == "conv" and random.random() < 0.15:
            table |= {"in_channels": random.randint(1, 3), "depth_multiplier": random.randint(1, 2)}
        elif op in ("conv", "conv_transpose"):
            groups = random.choice((1, 1, 2, 3))
            table |= {"groups": groups} if groups > 1 or random.random() < 0.5 else {}
            for name in ("in_channels", "out_channels"):
                table[name] = groups * random.randint(1, 2) + (random.random() < 0.05)
        elif op == "channel_shuffle":
            table["groups"] = random.randint(1, 3)
            table["channels"] = table["groups"] * random.randint(1, 3) + (random.random() < 0.05)
        else:
            parts = {"fold": "kernel", "pixel_shuffle": "factor"}.get(op)
            cells = 1
            sizes = table.get(parts) if parts else 1
            for size in sizes if isinstance(sizes, list) else [sizes] * len(table.get("input", [1, 1])):
                cells *= size
            table["channels"] = cells * random.randint(1, 3) + (random.random() < 0.03)
