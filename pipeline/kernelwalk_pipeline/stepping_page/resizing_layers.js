// SPDX-License-Identifier: GPL-3.0-or-later
// Layers without a kernel of their own: adaptive pooling, upsampling, and those that move each number.

import { findFraction, makeAdaptiveAxis, makeAxis, makeInterpolationAxis, makeNearestAxis } from "./layer_axes.js";
import { makeChannels, parseSeparateChannels } from "./layer_channels.js";
import { multiply } from "./window_layers.js";

/** Return the fields of a layer whose window is no parameter. */
function makePlainWindow(input, axes, channels, stride = input.map(() => 1)) {
  const ones = input.map(() => 1);
  const window = { kernel: axes.map((axis) => axis.kernel), stride, padding: ones.map(() => [0, 0]), dilation: ones };
  return { input, ...window, axes, channels, paddingName: null };
}

/** Return an adaptive pooling, whose windows follow from the number of outputs. */
export function makeAdaptivePooling(parser, { op, input, channels }, shape) {
  const sizes = parser.parseSizes("input", input, 1);
  const outputs = parser.parseSizes("output_shape", shape, 1);
  const separate = parseSeparateChannels(parser, channels);
  parser.throwProblems();
  const axes = sizes.map((size, axis) => makeAdaptiveAxis(size, outputs[axis]));
  const divisors = op == "adaptive_avg_pool" && axes.map((axis) => axis.countCells);
  return { ...makePlainWindow(sizes, axes, separate), divisors };
}

/** Return the output's size of an adaptive pooling; null in a list keeps that axis. */
export function findAdaptiveShape({ input, output_shape = 1 }) {
  const fits = Array.isArray(output_shape) && Array.isArray(input) && output_shape.length == input.length;
  return fits ? output_shape.map((size, axis) => size ?? input[axis]) : output_shape;
}

/** Return an upsampling. */
export function makeUpsampling(parser, parameters) {
  const { scale, output_shape, interpolation = "nearest", align_corners = false, convention = "pytorch" } = parameters;
  const sizes = parser.parseSizes("input", parameters.input, 1);
  let [scales, shape] = [null, null];
  if (output_shape === undefined) scales = parser.parseScales("scale", scale);
  else {
    shape = parser.parseSizes("output_shape", output_shape, 1);
    if (scale !== undefined) parser.addProblem("scale", "follows");
  }
  const kind = parser.parseOption("interpolation", interpolation);
  const aligns = parser.parseOption("align_corners", align_corners);
  const framework = parser.parseOption("convention", convention);
  const separate = parseSeparateChannels(parser, parameters.channels);
  parser.throwProblems();
  const outputs = shape ?? multiplyScales(parser, sizes, scales);
  parser.throwProblems();
  const copies = kind.startsWith("nearest");
  const axes = sizes.map((input, axis) => {
    const [output, factor] = [outputs[axis], scales?.[axis] ?? null];
    const ratio = factor === null || Number.isInteger(factor) ? null : findFraction(factor);
    if (!copies) {
      const rules = parser.tables.conventions[kind == "cubic" ? framework : "pytorch"];
      return makeInterpolationAxis(input, output, kind, rules, aligns, ratio);
    }
    if (repeatsEvenly(input, output, ratio, kind, parser.dims))
      return makeAxis({ input, output, kernel: 1, upsampling: output / input });
    return makeNearestAxis(input, output, ratio, kind == "nearest_exact");
  });
  const displayName = `${parser.tables.interpolationNames[kind][parser.dims - 1]} upsampling`;
  const tapWeights = copies ? null : axes.map((axis) => (output) => axis.tapWeights[output]);
  return { ...makePlainWindow(sizes, axes, separate), displayName, scale: scales, tapWeights };
}

function multiplyScales(parser, sizes, scales) {
  return sizes.map((input, axis) => {
    const output = Math.floor(input * scales[axis]);
    if (output < 1) parser.addProblem(`scale[${axis}]`, "small_scale", { scale: scales[axis], input });
    return output;
  });
}

/** Return true if each input is copied equally often (see core/layers/upsampling.py). */
function repeatsEvenly(input, output, ratio, kind, dims) {
  if (output % input) return false;
  return !ratio || (kind == "nearest" && dims == 2 && output / input <= 2);
}

/** Return a pixel shuffle, which makes cells of channels, or an unshuffle, which makes channels of cells. */
export function makePixelShuffle(parser, { op, input, factor, channel_order = "CRD", channels }) {
  const joins = op == "pixel_shuffle";
  const sizes = parser.parseSizes("input", input, 1);
  const factors = parser.parseSizes("factor", factor, 1);
  const order = parser.parseOption("channel_order", channel_order);
  const cells = multiply(factors ?? []);
  const separate = parseSeparateChannels(parser, channels ?? (joins ? cells : 1));
  if (sizes && factors && separate) {
    if (joins && separate.inputs % cells) {
      const values = { channels: separate.inputs, count: cells, key: "factor" };
      parser.addProblem("channels", "channels_in_cells", values);
    }
    sizes.forEach((size, axis) => {
      if (joins || size % factors[axis] == 0) return;
      const values = { cells: size, count: factors[axis], key: "factor" };
      parser.addProblem(`input[${axis}]`, "cells_in_groups", values);
    });
  }
  parser.throwProblems();
  const count = separate.inputs;
  const fewer = joins ? count / cells : count;
  const isInterleaved = order == "DCR" && fewer > 1 && cells > 1;
  const axes = sizes.map((size, axis) => {
    const r = factors[axis];
    if (joins) return makeAxis({ input: size, output: size * r, kernel: 1, upsampling: r });
    return makeAxis({ input: size, output: size / r, kernel: r, stride: r });
  });
  const groups = makeChannels(count, joins ? fewer : count * cells, fewer, isInterleaved);
  const window = makePlainWindow(sizes, axes, groups, axes.map((axis) => axis.stride));
  return { ...window, factor: factors, channelOrder: order };
}

/** Return a channel shuffle, which deals the channels of every group to all groups. */
export function makeChannelShuffle(parser, { input, groups = 2, channels }) {
  const sizes = parser.parseSizes("input", input, 1);
  const parts = parser.parseInteger("groups", groups, 1);
  const count = parser.parseInteger("channels", channels ?? (parts || 1) ** 2, 1);
  if (parts && count && count % parts)
    parser.addProblem("channels", "channels_in_groups", { channels: count, count: parts, key: "groups" });
  parser.throwProblems();
  const axes = sizes.map((size) => makeAxis({ input: size, output: size, kernel: 1 }));
  return { ...makePlainWindow(sizes, axes, makeChannels(count, count)), shuffledGroups: parts };
}
