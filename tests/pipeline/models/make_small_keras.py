# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes small.keras and what Keras computes with it, small.npz, which tests read:
`python tests/pipeline/models/make_small_keras.py`, where the extra keras is installed.

Its layers have what real files have: names that are those of other groups in the file, a model in a model, and weights
in every layout.
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
from keras import Input, Model, Sequential, layers

FOLDER = Path(__file__).parent


def make_model() -> Any:
    """Return the model. All its weights are random, by their number."""
    inner = Sequential(
        [layers.Conv2D(4, 3, padding="same", name="conv2d_1"), layers.BatchNormalization(), layers.ReLU()], name="inner"
    )
    given = Input((12, 10, 3), name="picture")
    first = layers.Conv2D(4, 3, padding="same", activation="relu", name="conv2d_1")(given)
    last = layers.Conv2D(4, (2, 3), strides=2, padding="same", name="conv2d")(first)
    last = layers.BatchNormalization(scale=False)(last)
    last = layers.Activation("silu", name="silu")(last)
    last = layers.Add()([last, inner(last)])
    last = layers.Dropout(0.5)(last)
    last = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(last)
    last = layers.SeparableConv2D(3, 2, padding="same", activation="tanh", name="separable")(last)
    last = layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="up")(last)
    last = layers.UpSampling2D(2, name="nearest")(last)
    last = layers.ZeroPadding2D(((1, 2), (0, 1)))(last)
    last = layers.Conv2D(2, 3, dilation_rate=2, groups=2, use_bias=False, padding="same", name="dilated")(last)
    last = layers.LeakyReLU(negative_slope=0.3)(last)
    last = layers.MaxPooling2D(3, 2, padding="same", name="max")(last)
    last = layers.AveragePooling2D(2, name="mean")(last)
    last = layers.GlobalAveragePooling2D(name="global")(last)
    model = Model(given, layers.Dense(2, activation="softmax")(last))
    for number, weight in enumerate(model.weights):
        numbers = np.random.default_rng(number).normal(size=weight.shape) * 0.3
        weight.assign(np.square(numbers) + 0.5 if "variance" in weight.path else numbers)
    return model


def compute_outputs(model: Any) -> dict[str, Any]:
    """Return what each layer computes from random pixels, which are "x"."""
    pixels = np.random.default_rng(5).random((1, 12, 10, 3)).astype(np.float32)
    asked = {each.name: each.output for each in model.layers if each.name in NAMES}
    return {"x": pixels, **{name: np.asarray(output) for name, output in Model(model.input, asked)(pixels).items()}}


NAMES = ("conv2d_1", "conv2d", "depthwise", "separable", "up", "nearest", "dilated", "max", "mean")
"""Layers that are compared."""


def main() -> None:
    """Write both files, the zip with less bytes than Keras does."""
    model, whole = make_model(), io.BytesIO()
    model.save(FOLDER / "small.keras")
    with (
        zipfile.ZipFile(FOLDER / "small.keras") as archive,
        zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as smaller,
    ):
        for name in archive.namelist():
            smaller.writestr(zipfile.ZipInfo(name), archive.read(name), zipfile.ZIP_DEFLATED)
    (FOLDER / "small.keras").write_bytes(whole.getvalue())
    np.savez_compressed(FOLDER / "small.npz", **compute_outputs(model))


if __name__ == "__main__":
    main()
