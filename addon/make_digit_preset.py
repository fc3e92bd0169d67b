# SPDX-License-Identifier: GPL-3.0-or-later
"""Train a small network on handwritten digits, and write it and its preset: python make_digit_preset.py

Needs scikit-learn for the digits, and onnx. Writes docs/digit.onnx and kernelwalk/presets/digit.toml, and prints the
share of digits that the network gets right. The digits are the 1,797 of scikit-learn's load_digits (8 × 8 cells from 0
to 16; Alpaydin and Kaynak 1998, doi:10.24432/C50P49).

The network is a convolution, ReLU, max pooling and a linear layer. The linear layer can undo any scale of a filter. So
filters are scaled and rounded to small whole numbers, which can be read on tiles, and the rest is trained once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.datasets import load_digits

ROOT = Path(__file__).resolve().parent
MODEL, PRESET = ROOT.parent / "docs" / "digit.onnx", ROOT / "kernelwalk" / "presets" / "digit.toml"

SPLIT_SEED, SEEDS = 0, range(4)
"""Seed by which digits are chosen for the test, and seeds of the trainings, of which the best is kept."""

FILTERS, KERNEL, POOL, CLASSES = 3, 3, 2, 10
SIZE, WHITE = 8, 16.0
"""Cells along each side of a digit, and the value of ink."""

TEST_COUNT = 360
"""Digits that the network is not trained on."""

EPOCHS, BATCH, RATE, DECAY = 150, 64, 0.01, 1e-4
"""Passes over the digits, digits per step, Adam's rate at the start, and the share by which weights shrink."""

LARGEST_WEIGHT = 2
"""Largest weight of each filter, without its sign."""

SHOWN = 3
"""The digit of the preset: the first of the test that shows it."""

Arrays = dict[str, np.ndarray]

PRESET_TEXT = """\
# The first two layers of a network that reads handwritten digits, on a digit that it was not trained on.
title = "A trained network reads a digit"
input = {size}
layers = "nn.Sequential(nn.Conv2d(1, {filters}, {kernel}), nn.ReLU(), nn.MaxPool2d({pool}))"

[values]
input = [
{rows}
]

[[values.layers]]
kernel = [
{weights}
]
bias = {bias}

[[values.layers]]

[walk]
filters = "each"

[labels]
size = 0.85

[look]
gap = 7.0
"""


def cut_windows(digits: np.ndarray) -> np.ndarray:
    """Return what the kernel reads, shape (n, y, x, weights), of digits (n, SIZE, SIZE)."""
    windows = sliding_window_view(digits, (KERNEL, KERNEL), axis=(1, 2))
    return windows.reshape(*windows.shape[:3], -1)


def pool_features(windows: np.ndarray, weights: Arrays) -> tuple[np.ndarray, np.ndarray]:
    """Return the pooled values, shape (n, FILTERS, y, x), and the four of each before, shape (n, FILTERS, y, x, 4)."""
    sums = np.moveaxis(windows @ weights["kernel"].T + weights["conv_bias"], -1, 1)
    features = np.maximum(sums, 0)
    count = features.shape[-1] // POOL
    blocks = features.reshape(*features.shape[:2], count, POOL, count, POOL).swapaxes(3, 4)
    blocks = blocks.reshape(*blocks.shape[:4], -1)
    return blocks.max(axis=-1), blocks


def classify(windows: np.ndarray, weights: Arrays) -> np.ndarray:
    """Return the ten scores of each digit."""
    pooled, _ = pool_features(windows, weights)
    return pooled.reshape(len(windows), -1) @ weights["linear"] + weights["linear_bias"]


def compute_gradients(windows: np.ndarray, labels: np.ndarray, weights: Arrays) -> Arrays:
    """Return the gradients of the mean cross-entropy."""
    pooled, blocks = pool_features(windows, weights)
    flat = pooled.reshape(len(windows), -1)
    scores = flat @ weights["linear"] + weights["linear_bias"]
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    slope = (shares - np.eye(CLASSES)[labels]) / len(labels)
    back = (slope @ weights["linear"].T).reshape(pooled.shape)
    # to the cell that won, if ReLU let it pass
    winners = np.eye(POOL * POOL)[blocks.argmax(axis=-1)] * ((pooled > 0) * back)[..., None]
    count = pooled.shape[-1]
    cells = winners.reshape(*pooled.shape, POOL, POOL).swapaxes(3, 4).reshape(*pooled.shape[:2], count * POOL, -1)
    return {
        "kernel": np.einsum("ncyx,nyxk->ck", cells, windows),
        "conv_bias": cells.sum(axis=(0, 2, 3)),
        "linear": flat.T @ slope,
        "linear_bias": slope.sum(axis=0),
    }


def improve(windows: np.ndarray, labels: np.ndarray, weights: Arrays, names: Sequence[str], seed: int) -> None:
    """Change the named weights by Adam (Kingma and Ba 2015) with decoupled decay, at a rate that falls to zero."""
    generator = np.random.default_rng(seed)
    mean, square = ({name: np.zeros_like(weights[name]) for name in names} for _ in range(2))
    steps = EPOCHS * (len(labels) // BATCH)
    for step in range(steps):
        chosen = generator.choice(len(labels), BATCH, replace=False)
        gradients = compute_gradients(windows[chosen], labels[chosen], weights)
        rate = RATE * (1 - step / steps)
        for name in names:
            mean[name] += 0.1 * (gradients[name] - mean[name])
            square[name] += 0.001 * (gradients[name] ** 2 - square[name])
            change = mean[name] / (1 - 0.9 ** (step + 1)) / (np.sqrt(square[name] / (1 - 0.999 ** (step + 1))) + 1e-8)
            weights[name] -= rate * (change + DECAY * weights[name])


def round_filters(weights: Arrays) -> None:
    """Scale each filter until its largest weight is LARGEST_WEIGHT, and round its weights to whole numbers."""
    factors = LARGEST_WEIGHT / np.abs(weights["kernel"]).max(axis=1)
    weights["kernel"] = np.round(weights["kernel"] * factors[:, None]) + 0.0  # no minus before a zero
    weights["conv_bias"] *= factors
    weights["linear"] /= np.repeat(factors, len(weights["linear"]) // FILTERS)[:, None]


def use_whole_inputs(weights: Arrays) -> None:
    """Turn weights for inputs from 0 to 1 into those for inputs from 0 to WHITE, with whole biases of filters."""
    weights["conv_bias"] = np.round(weights["conv_bias"] * WHITE) + 0.0
    weights["linear"] /= WHITE


def measure_accuracy(windows: np.ndarray, labels: np.ndarray, weights: Arrays) -> float:
    """Return the share of digits whose highest score is that of their label."""
    return float((classify(windows, weights).argmax(axis=1) == labels).mean())


def make_model(weights: Arrays) -> Any:
    """Return the network as an ONNX model, in float32."""
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    tensors = {
        "conv.weight": weights["kernel"].reshape(FILTERS, 1, KERNEL, KERNEL),
        "conv.bias": weights["conv_bias"],
        "linear.weight": weights["linear"].T,
        "linear.bias": weights["linear_bias"],
    }
    nodes = [
        helper.make_node("Conv", ["digit", "conv.weight", "conv.bias"], ["sums"], "conv", kernel_shape=[KERNEL] * 2),
        helper.make_node("Relu", ["sums"], ["features"], "relu"),
        helper.make_node("MaxPool", ["features"], ["pooled"], "pool", kernel_shape=[POOL] * 2, strides=[POOL] * 2),
        helper.make_node("Flatten", ["pooled"], ["flat"], "flatten"),
        helper.make_node("Gemm", ["flat", "linear.weight", "linear.bias"], ["scores"], "linear", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("digit", floats, ["batch", 1, SIZE, SIZE])],
        [helper.make_tensor_value_info("scores", floats, ["batch", CLASSES])],
        [onnx.numpy_helper.from_array(tensor.astype(np.float32), name) for name, tensor in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


def write_preset(digit: np.ndarray, weights: Arrays) -> None:
    """Write the preset: a digit (SIZE, SIZE) and the convolution's weights."""
    kernels = weights["kernel"].reshape(FILTERS, KERNEL, KERNEL).astype(int).tolist()
    text = PRESET_TEXT.format(
        size=SIZE,
        filters=FILTERS,
        kernel=KERNEL,
        pool=POOL,
        rows="\n".join(f"    {row.astype(int).tolist()}," for row in digit),
        weights="\n".join(f"    [{kernel}]," for kernel in kernels),
        bias=weights["conv_bias"].astype(int).tolist(),
    )
    PRESET.write_text(text, encoding="utf-8")


def train(windows: np.ndarray, labels: np.ndarray, seed: int) -> Arrays:
    """Return the weights of a network for inputs from 0 to WHITE. windows: of digits from 0 to 1."""
    generator = np.random.default_rng(seed)
    cells = FILTERS * ((SIZE - KERNEL + 1) // POOL) ** 2
    weights = {
        "kernel": generator.normal(0, np.sqrt(2 / KERNEL**2), (FILTERS, KERNEL**2)),
        "conv_bias": np.zeros(FILTERS),
        "linear": generator.normal(0, np.sqrt(1 / cells), (cells, CLASSES)),
        "linear_bias": np.zeros(CLASSES),
    }
    improve(windows, labels, weights, list(weights), seed)
    round_filters(weights)
    improve(windows, labels, weights, ["conv_bias", "linear", "linear_bias"], seed)
    use_whole_inputs(weights)
    return weights


def main() -> None:
    """Train, measure and write."""
    data = load_digits()
    order = np.random.default_rng(SPLIT_SEED).permutation(len(data.target))
    digits, labels = data.images[order], data.target[order]
    windows = cut_windows(digits)
    tested, trained = slice(None, TEST_COUNT), slice(TEST_COUNT, None)
    networks = [train(windows[trained] / WHITE, labels[trained], seed) for seed in SEEDS]
    weights = max(networks, key=lambda network: measure_accuracy(windows[trained], labels[trained], network))
    right = measure_accuracy(windows[tested], labels[tested], weights)
    print(f"{right:.1%} of {TEST_COUNT} digits that the network was not trained on are right")
    MODEL.write_bytes(make_model(weights).SerializeToString())
    write_preset(digits[tested][labels[tested] == SHOWN][0], weights)


if __name__ == "__main__":
    main()
