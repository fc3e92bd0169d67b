// SPDX-License-Identifier: GPL-3.0-or-later
// How a layer's sizes follow, as equations with its numbers, and the layer in one line. As core/layers and
// core/describe/summary.py write them.

import { axisNames, formatFloat } from "./layer_parameters.js";
import { multiply } from "./window_layers.js";

/** Return the equation of the output's size along an axis. */
export function sizeEquation(layer, axis) {
  const [i, o, k] = [layer.input[axis], layer.output[axis], layer.kernel[axis]];
  const [s, d, [before, after]] = [layer.stride[axis], layer.dilation[axis], layer.padding[axis]];
  const unrounded = `(${i} + ${before} + ${after} - ${d}·(${k} - 1) - 1) / ${s}`;
  switch (layer.op) {
    case "conv_transpose":
    case "fold": {
      const crop = [before, after].map((side) => (side >= 0 ? ` - ${side}` : ` + ${-side}`)).join("");
      return `(${i} - 1)·${s}${crop} + ${d}·(${k} - 1) + ${layer.outputBorders[axis].outputPadding} + 1 = ${o}`;
    }
    case "adaptive_max_pool":
    case "adaptive_avg_pool":
      return `${o}, output i reads ⌊${i}·i/${o}⌋ to ⌈${i}·(i + 1)/${o}⌉ - 1`;
    case "upsample": {
      const scale = layer.scale?.[axis] ?? 1;
      if (!Number.isInteger(scale)) return `⌊${i}·${formatFloat(scale)}⌋ = ${o}`;
      return o % i ? `${i}·${o}/${i} = ${o}` : `${i}·${o / i} = ${o}`;
    }
    case "pixel_shuffle":
      return `${i}·${layer.factor[axis]} = ${o}`;
    case "pixel_unshuffle":
      return `${i} / ${layer.factor[axis]} = ${o}`;
    case "channel_shuffle":
      return String(o);
  }
  const spare = i + before + after - d * (k - 1) - 1;
  if (!layer.roundsUp && spare >= 0) return `⌊${unrounded}⌋ + 1 = ${o}`;
  if (layer.roundsUp && layer.tables.conventions[layer.convention].fitsNoWindow) {
    return `⌈(${i} + ${before}) / ${s}⌉ = ${o}`;
  }
  // a last window that would begin after the input is left out; a negative number is rounded to zero, up
  const leftOut = Math.ceil(spare / s) + 1 - o;
  return `⌈${unrounded}⌉ + 1${leftOut ? ` - ${leftOut}` : ""} = ${o}`;
}

/** Return the equation of the number of output channels; null where rearranging does not change it. */
export function channelEquation({ op, channels, factor, kernel }) {
  const { inputs, outputs } = channels;
  const cells = (factor ?? kernel).join("·");
  if (op == "fold" || op == "pixel_shuffle") return `${inputs} / (${cells}) = ${outputs}`;
  return op == "unfold" || op == "pixel_unshuffle" ? `${inputs}·${cells} = ${outputs}` : null;
}

/** Return the equation of the number of weights, without biases; null for a layer that has none. */
export function weightEquation({ op, hasWeights, channels, kernel }) {
  if (!hasWeights) return null;
  const { inputs, outputs, groups } = channels;
  const pair = op == "conv" ? [outputs, inputs / groups] : [inputs, outputs / groups];
  const sizes = [...pair, ...kernel];
  return `${sizes.join("·")} = ${multiply(sizes)}`;
}

/** Return the shape of a layer's kernel: output channels, input channels of a group, and its sizes. */
export function kernelShape({ channels, kernel }) {
  return [channels.outputs, channels.inputs / channels.groups, ...kernel];
}

/** Return one line about a layer. */
export function summarizeLayer(layer) {
  const { tables, op, channels, input, output, kernel, stride, dilation } = layer;
  const parts = [`${input.join(" × ")} → ${output.join(" × ")}`];
  const { inputs, outputs, groups } = channels;
  if (inputs > 1 || outputs > 1 || groups > 1 || channels.isInterleaved)
    parts.push(`channels ${inputs} → ${outputs}${groups > 1 ? `, in ${groups} groups` : ""}`);
  if (tables.operations[op].parameters.includes("kernel")) {
    parts.push(`kernel ${kernel.join(" × ")}`);
    if (stride.some((step) => step > 1)) parts.push(`stride ${stride.join(" × ")}`);
  }
  if (layer.padding.flat().some(Boolean)) parts.push(`padding ${describePadding(layer)}`);
  if (dilation.some((gap) => gap > 1)) parts.push(`dilation ${dilation.join(" × ")}`);
  if (layer.roundsUp) parts.push("rounded up");
  return parts.join(", ");
}

/** Return the padding in numbers, with its name and its mode if it has any. */
function describePadding({ padding, paddingName, paddingMode = "zeros", dims }) {
  const sides = new Set(padding.flat());
  const names = axisNames(dims);
  const perAxis = padding.map(([before, after], axis) => `${names[axis]} ${before} and ${after}`);
  const numbers = sides.size == 1 ? String([...sides][0]) : perAxis.join(", ");
  const notes = [paddingName, paddingMode == "zeros" ? null : paddingMode].filter(Boolean);
  return notes.length ? `${numbers} (${notes.join(", ")})` : numbers;
}
