"""Runs lines of ncnn's param files."""

from __future__ import annotations

import re

import ncnn
import numpy as np


def run(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a line, whose blobs are x and y. weight: axes as of `weight_axes`, without groups."""
    given = dict(re.findall(r"(\d+)=(\S+)", code))
    kind = code.split()[0]
    net = ncnn.Net()
    net.opt.num_threads = 1
    # weights that are read are numbers after one that tells their type; a bias has none
    numbers = np.zeros(int(given.get("6", 0)) if kind.startswith(("Conv", "Deconv")) else 0, np.float32)
    if weight is not None:
        groups = int(given.get("7", 1))
        if kind.startswith(
            "Deconv"
        ):  # (outputs of a group, inputs) here, (groups, outputs of one, inputs of one) there
            weight = np.concatenate(np.split(weight, groups, axis=1))
        assert weight.size == numbers.size
        numbers = weight.astype(np.float32).ravel()
    data = np.concatenate([np.zeros(1, np.float32), numbers]).tobytes()
    if net.load_param_mem(f"7767517\n2 2\nInput x 0 1 x\n{code}\n"):
        raise RuntimeError("the line cannot be loaded")
    net.load_model_mem(data)
    shape = values.shape[1:] if kind != "Fold" else (values.shape[1], -1)
    extractor = net.create_extractor()
    extractor.input("x", ncnn.Mat(np.ascontiguousarray(values.reshape(shape))).clone())
    failure, output = extractor.extract("y")
    if failure:
        raise RuntimeError(f"ncnn returns {failure}")
    result = np.array(output)
    return result.reshape(1, -1, *[1] * (values.ndim - 2)) if result.ndim == 1 else result[None]
