"""Runs code of JAX, Flax, NNX, Haiku and Equinox, without the numbers that they would draw for weights."""

from __future__ import annotations

import ast
from typing import Any

import equinox as eqx
import flax.linen
import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax
from kernelwalk.core.frameworks.jax import CHANNELS_LAST

jax.config.update("jax_default_matmul_precision", "highest")  # whole numbers stay whole
jax.config.update("jax_disable_most_optimizations", True)  # each line is compiled, and runs once


def run_lax(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of "w = jnp.zeros(shape); lax.…(x, w, …)", channels first.

    weight: axes (kernel, inputs, outputs)
    """
    first, _, call = code.partition("; ")
    names = {"jnp": jnp, "lax": lax, "jax": jax}
    exec(first, names)
    arguments = ast.parse(call, mode="eval").body
    assert isinstance(arguments, ast.Call) and isinstance(arguments.func, ast.Attribute)
    named = {word.arg: word.value for word in arguments.keywords}
    dims = values.ndim - 2
    is_transposed = arguments.func.attr == "conv_transpose"
    data, kernel, _ = CHANNELS_LAST[dims]
    if "dimension_numbers" in named:
        data, kernel, result = ast.literal_eval(named["dimension_numbers"])
    elif is_transposed:
        result = data
    else:
        data = result = "NC" + data[1:-1]
        kernel = "OI" + kernel[:dims]
    if weight is not None:
        is_swapped = "transpose_kernel" in named and ast.literal_eval(named["transpose_kernel"])
        letters = [*(each for each in data if each not in "NC"), "I", "O"]
        weight = np.swapaxes(weight, -1, -2) if is_swapped else weight
        weight = _join_groups(weight, values.shape[1] // weight.shape[-2], named)
        names["w"] = np.transpose(weight, [letters.index(each) for each in kernel])
    spatial = [data.index(each) for each in data if each not in "NC"]
    order = {data.index("N"): 0, data.index("C"): 1, **{at: 2 + number for number, at in enumerate(spatial)}}
    names["x"] = np.transpose(values, [order[at] for at in range(dims + 2)])
    output = np.asarray(eval(call, names))
    places = [result.index("N"), result.index("C"), *(result.index(data[at]) for at in spatial)]
    return np.transpose(output, places)


def _join_groups(weight: np.ndarray, groups: int, named: dict[str, ast.expr]) -> np.ndarray:
    """Return (kernel, inputs of a group, outputs) from a transposed layer's (kernel, inputs, outputs of a group)."""
    if "feature_group_count" not in named or groups > 1:
        return weight
    count = ast.literal_eval(named["feature_group_count"])
    return np.concatenate(np.split(weight, count, axis=-2), axis=-1)


def run_linen(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a module, or of a pooling that is called on x."""

    def run(last: Any) -> Any:
        layer = eval(_fill_with_zeros(code), {"nn": flax.linen, "x": last, "zeros": _make_zeros})
        if not isinstance(layer, flax.linen.Module):
            return layer
        if weight is None:
            return layer.init_with_output(jax.random.key(0), last)[0]
        parameters = {"kernel": _swap(layer, weight), "bias": np.zeros(layer.features, np.float32)}
        return layer.apply({"params": parameters}, last)

    return np.moveaxis(np.asarray(jax.jit(run)(np.moveaxis(values, 1, -1))), -1, 1)


def _make_zeros(key: Any, shape: Any, *rest: Any, **more: Any) -> Any:
    return np.zeros(shape, np.float32)


def _fill_with_zeros(code: str) -> str:
    """Return code of a module of Flax that draws no numbers; a pooling as it is."""
    return code if "_pool(" in code else f"{code[:-1]}, kernel_init=zeros, bias_init=zeros)"


def run_nnx(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a module, or of a pooling that is called on x."""
    if not code.endswith("rngs=rngs)") and "_pool(" not in code:
        code = f"{code[:-1]}, rngs=rngs)"

    def run(last: Any) -> Any:
        layer = eval(_fill_with_zeros(code), {"nnx": nnx, "x": last, "rngs": nnx.Rngs(0), "zeros": _make_zeros})
        if not isinstance(layer, nnx.Module):
            return layer
        if weight is not None:
            own = _swap(layer, weight)
            assert layer.kernel[...].shape == own.shape
            layer.kernel[...] = own
        return layer(last)

    return np.moveaxis(np.asarray(jax.jit(run)(np.moveaxis(values, 1, -1))), -1, 1)


def _swap(layer: Any, weight: np.ndarray) -> np.ndarray:
    return np.swapaxes(weight, -1, -2) if getattr(layer, "transpose_kernel", False) else weight


def run_haiku(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a module."""

    def create(next_creator: Any, shape: Any, dtype: Any, init: Any, context: Any) -> Any:
        if context.name != "w" or weight is None:
            return jnp.zeros(shape, dtype)
        assert weight.shape == tuple(shape)
        return jnp.asarray(weight)

    def forward(last: Any) -> Any:
        with hk.custom_creator(create):
            found = eval(code, {"hk": hk, "x": last})
            return found(last) if isinstance(found, hk.Module) else found

    def run(last: Any) -> Any:
        found: list[Any] = []
        hk.transform(lambda: found.append(forward(last))).init(None)
        return found[0]

    return np.moveaxis(np.asarray(jax.jit(run)(np.moveaxis(values, 1, -1))), -1, 1)


def run_equinox(code: str, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the output of a module, whose arrays have no batch. weight: axes as of `weight_axes`, without groups."""
    if not code.endswith("key=key)") and "Pool" not in code:
        code = f"{code[:-1]}, key=key)"
    layer = eqx.filter_eval_shape(lambda key: eval(code, {"eqx": eqx, "key": key}), jax.random.key(0))
    if hasattr(layer, "weight"):
        shape = layer.weight.shape
        own = np.zeros(shape, np.float32)
        if weight is not None:
            own = weight
            if (
                "Transpose" in code and layer.groups > 1
            ):  # (outputs of a group, inputs) there, (outputs, inputs of one) here
                parts = np.split(weight, layer.groups, axis=1)
                own = np.concatenate(parts, axis=0)
        assert own.shape == shape
        zeros = np.zeros(layer.bias.shape, np.float32)
        layer = eqx.tree_at(lambda each: (each.weight, each.bias), layer, (jnp.asarray(own), jnp.asarray(zeros)))
    return np.asarray(eqx.filter_jit(layer)(values[0]))[None]
