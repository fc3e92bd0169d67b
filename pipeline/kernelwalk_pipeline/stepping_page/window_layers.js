// SPDX-License-Identifier: GPL-3.0-or-later
// Layers whose window slides over the input: convolution, transposed convolution, pooling, unfold and fold. Each function
// returns what its parameters make, or throws a LayerError, as the layers' classes in core/layers do.

import { countUp, makeAxis } from "./layer_axes.js";
import { makeChannels, parseConvolutionChannels, parseSeparateChannels } from "./layer_channels.js";
import { cropByName, cropToShape, findCanonicalName, findOutputPaddingLimit } from "./padding_names.js";
import { findShapeRange, isOneSided, resolvePadding } from "./padding_names.js";

/** Return the product of numbers. */
export function multiply(numbers) {
  return numbers.reduce((product, number) => product * number, 1);
}

/** Return a convolution. */
export function makeConvolution(parser, parameters) {
  const { padding = 0, padding_mode = "zeros", convention = "pytorch" } = parameters;
  const { sizes, taps, strides, dilations } = parser.parseWindow(parameters);
  const mode = parser.parseOption("padding_mode", padding_mode);
  const channels = parseConvolutionChannels(parser, parameters);
  const framework = parser.parseOption("convention", convention);
  const { names } = parser.tables.operations.conv;
  let { name, pads } = parser.parsePadding(padding, names);
  if (name == "causal" && parser.dims != 1) parser.addProblem("padding", "causal_axes", { dims: parser.dims });
  if (name && strides) name = findCanonicalName(parser, name, framework, strides);
  parser.throwProblems();
  pads ??= resolvePadding(name, sizes, taps, strides, dilations);
  const axes = makeSlidingAxes(parser, sizes, taps, strides, pads, dilations, mode);
  parser.throwProblems();
  const own = { paddingName: name && padding, paddingMode: mode, includesPadding: true };
  return { ...makeWindow(sizes, taps, strides, pads, dilations), axes, channels, ...own };
}

function makeWindow(input, kernel, stride, padding, dilation) {
  return { input, kernel, stride, padding, dilation };
}

function makeSlidingAxes(parser, sizes, taps, strides, pads, dilations, paddingMode = "zeros") {
  return sizes.map((input, axis) => {
    const [kernel, stride, dilation, [before, after]] = [taps[axis], strides[axis], dilations[axis], pads[axis]];
    const [extent, padded] = [dilation * (kernel - 1) + 1, input + before + after];
    if (extent > padded) parser.addKernelProblem(axis, kernel, dilation, padded, "input or padding");
    checkPaddingMode(parser, axis, paddingMode, input, Math.max(before, after));
    const output = Math.floor((padded - extent) / stride) + 1;
    return makeAxis({ input, output, kernel, stride, dilation, before, after, paddingMode });
  });
}

/** Add a problem where padding would hold copies of copies. */
function checkPaddingMode(parser, axis, mode, input, padding) {
  const limit = { reflect: input - 1, circular: input }[mode] ?? padding;
  const name = mode == "reflect" ? "wide_reflection" : "wide_circle";
  if (padding > limit) parser.addProblem(`padding[${axis}]`, name, { padding, input, limit });
}

/** Return an unfold: a channel for each tap of each channel. */
export function makeUnfold(parser, parameters) {
  const { sizes, taps, strides, dilations } = parser.parseWindow(parameters);
  let { name, pads } = parser.parsePadding(parameters.padding ?? 0, parser.tables.operations.unfold.names);
  const separate = parseSeparateChannels(parser, parameters.channels);
  parser.throwProblems();
  pads ??= resolvePadding(name, sizes, taps, strides, dilations);
  const axes = makeSlidingAxes(parser, sizes, taps, strides, pads, dilations);
  parser.throwProblems();
  const channels = makeChannels(separate.inputs, separate.inputs * multiply(taps), separate.inputs);
  const own = { paddingName: name, includesPadding: true, drawnChannels: makeChannels(separate.inputs) };
  return { ...makeWindow(sizes, taps, strides, pads, dilations), axes, channels, ...own };
}

/** Return a pooling whose window has a size. */
export function makePooling(parser, parameters) {
  const { op, padding = 0, convention = "pytorch", ceil_mode = false, channels } = parameters;
  const { tables } = parser;
  const usual = tables.conventions[convention]?.countsPadding ?? false;
  const counts = op == "avg_pool" && parser.parseOption("count_include_pad", parameters.count_include_pad ?? usual);
  const window = parser.parseWindow({ ...parameters, stride: parameters.stride ?? 1 });
  const { sizes, taps, dilations } = window;
  const strides = parameters.stride === undefined ? taps : window.strides;
  const framework = parser.parseOption("convention", convention);
  const ceilMode = parser.parseOption("ceil_mode", ceil_mode);
  const separate = parseSeparateChannels(parser, channels);
  const rules = tables.conventions[framework];
  if (padding == "same" && rules && !rules.same) parser.addProblem("padding", "same_pooling");
  let { name, pads } = parser.parsePadding(padding, tables.operations[op].names);
  if (pads && taps && rules) checkPoolingPadding(parser, rules, taps, pads);
  parser.throwProblems();
  const counted = rules.dropsPoolDilation ? taps.map(() => 1) : dilations;
  pads ??= resolvePadding(name == "same" ? "same_upper" : name, sizes, taps, strides, counted);
  const roundsUp = ceilMode && (name != "valid" || rules.roundsValidUp);
  const axes = sizes.map((_, axis) =>
    makePoolingAxis(parser, rules, roundsUp, axis, { sizes, taps, strides, pads, dilations }),
  );
  parser.throwProblems();
  const layer = { ...makeWindow(sizes, taps, strides, pads, dilations), axes, channels: separate };
  const own = { paddingName: name, convention: framework, roundsUp, includesPadding: counts };
  return { ...layer, ...own, countIncludePad: counts, divisors: op == "avg_pool" && countCells(axes, counts, rules) };
}

/** Add a problem for more padding than the framework allows: half the kernel, or less than it. */
function checkPoolingPadding(parser, rules, taps, pads) {
  const name = rules.halvesPoolPadding ? "half_kernel_padding" : "whole_kernel_padding";
  taps.forEach((kernel, axis) => {
    const limit = rules.halvesPoolPadding ? Math.floor(kernel / 2) : kernel - 1;
    const padding = Math.max(...pads[axis]);
    if (padding > limit) parser.addProblem(`padding[${axis}]`, name, { padding, kernel, limit });
  });
}

function makePoolingAxis(parser, rules, roundsUp, axis, { sizes, taps, strides, pads, dilations }) {
  const [input, kernel, stride, dilation] = [sizes[axis], taps[axis], strides[axis], dilations[axis]];
  const [before, after] = pads[axis];
  const [extent, padded] = [dilation * (kernel - 1) + 1, input + before + after];
  const more = roundsUp || (rules.roundsToZero && padded < extent) ? stride - 1 : 0;
  let output = Math.floor((padded - extent + more) / stride) + 1;
  if (roundsUp && rules.fitsNoWindow) output = Math.ceil((input + before) / stride);
  else if (roundsUp && !rules.keepsLateWindow && (output - 1) * stride >= input + before) output -= 1;
  if (output < 1) {
    const larger = roundsUp ? "input, padding or stride with layer.ceil_mode = true" : "input or padding";
    parser.addKernelProblem(axis, kernel, dilation, padded, larger, rules.oversizedPool);
  }
  const overhang = Math.max((output - 1) * stride + extent - padded, 0);
  return makeAxis({ input, output, kernel, stride, dilation, before, after, overhang });
}

/** Return the number of cells that count in an average, per axis for each output. */
function countCells(axes, includesPadding, rules) {
  const least = includesPadding ? (rules.countsOverhang ? -2 : -1) : 0;
  return axes.map((axis) => (output) => axis.reads[output].filter((source) => source >= least).length);
}

/** Return a transposed convolution. */
export function makeTransposed(parser, parameters) {
  const { padding, output_padding, output_shape, convention = "pytorch", flip_kernel = false } = parameters;
  const { tables } = parser;
  const extras = output_padding === undefined ? null : parser.parseSizes("output_padding", output_padding, 0);
  const shape = output_shape === undefined ? null : parser.parseSizes("output_shape", output_shape, 1);
  const { sizes, taps, strides, dilations } = parser.parseWindow(parameters);
  const framework = parser.parseOption("convention", convention);
  const rules = tables.conventions[framework ?? "pytorch"];
  const flips = parser.parseOption("flip_kernel", flip_kernel);
  const channels = parseConvolutionChannels(parser, parameters);
  const { names } = tables.operations.conv_transpose;
  const { name, pads } = padding === undefined ? { name: null, pads: null } : parser.parsePadding(padding, names);
  if (name && framework && strides && output_shape === undefined) findCanonicalName(parser, name, framework, strides);
  const grows = Boolean(rules.shapeSetsOutputPadding && (pads || (name == "same" && rules.same)) && shape);
  if (grows && output_padding !== undefined) parser.addProblem("output_padding", "follows");
  const keepsBegin = rules.shapeKeepsBegin && pads;
  const isFree = grows || keepsBegin || isOneSided(name);
  if (output_shape !== undefined && padding !== undefined && !isFree) parser.addProblem("padding", "padding_follows");
  parser.throwProblems();
  const made = sizes.map((i, axis) => {
    const [k, s, d] = [taps[axis], strides[axis], dilations[axis]];
    const window = { axis, i, k, s, d, extent: d * (k - 1) + 1, extra: extras ? extras[axis] : null };
    const settings = { rules, name, pads: pads?.[axis], size: shape?.[axis], grows, keepsBegin };
    const border = findBorder(parser, window, settings);
    const own = makeTransposedAxis(parser, window, border, !flips);
    checkBorder(parser, rules, window, border, own.output);
    return { border, own };
  });
  parser.throwProblems();
  const borders = made.map(({ border }) => border);
  const cropped = borders.map(({ before, after }) => [before, after]);
  const layer = { ...makeWindow(sizes, taps, strides, cropped, dilations), axes: made.map(({ own }) => own), channels };
  return { ...layer, outputBorders: borders, paddingName: name, convention: framework };
}

/** Return the cells that are cropped along one axis, and the output padding. */
function findBorder(parser, { axis, i, s, extent, extra }, { rules, name, pads, size, grows, keepsBegin }) {
  if (grows) {
    const crop = pads ? { before: pads[0], after: pads[1] } : cropByName(rules, "same", i, extent, s, null);
    const least = (i - 1) * s - crop.before - crop.after + extent;
    return { ...crop, outputPadding: findGrowth(parser, axis, size, least, s) };
  }
  if (size) {
    const total = (i - 1) * s + extent + (extra ?? 0) - size;
    const [before, after] = keepsBegin ? [pads[0], total - pads[0]] : cropToShape(rules, name, total);
    const allowed = findShapeRange(rules, name, i, extent + (extra ?? 0), s);
    if (allowed && (size < allowed[0] || size > allowed[1])) addSizeProblem(parser, axis, size, ...allowed);
    return { before, after, outputPadding: extra ?? 0 };
  }
  if (name) return cropByName(rules, name, i, extent, s, extra);
  let [before, after] = pads ?? [0, 0];
  if (rules.padsSpreadInput && pads) [before, after] = [extent - 1 - before, extent - 1 - after];
  return { before, after, outputPadding: extra ?? 0 };
}

/** Return the output padding that gives an output of `size`; add a problem if there is no such output. */
function findGrowth(parser, axis, size, least, stride) {
  if (size >= least && size < least + stride) return size - least;
  addSizeProblem(parser, axis, size, least, least + stride - 1);
  return 0;
}

function addSizeProblem(parser, axis, size, least, most) {
  const sizes = most > least ? `${least} to ${most}` : `${least}`;
  parser.addProblem(`output_shape[${axis}]`, "no_output_size", { size, sizes });
}

function makeTransposedAxis(parser, { axis, i, k, s, d, extent }, border, isFlipped = true) {
  const { before, after, outputPadding } = border;
  const output = (i - 1) * s - before - after + extent + outputPadding;
  if (output < 1)
    parser.addProblem(`padding[${axis}]`, "whole_output_cropped", { before, after, cells: output + before + after });
  return makeAxis({
    ...{ input: i, output, kernel: k, dilation: d, inputDilation: s, isFlipped },
    ...{ before: extent - 1 - before, after: extent - 1 - after + outputPadding },
  });
}

/** Add a problem if the output grows by more cells than the framework allows. */
function checkBorder(parser, rules, { axis, s, d }, border, output) {
  const limit = findOutputPaddingLimit(rules, s, d);
  if (limit === null) return;
  const grown = border.outputPadding - border.after;
  if (border.outputPadding > limit) {
    const isByStride = limit == s - 1 && limit < d - 1;
    const bound = isByStride ? `stride ${s}` : `the larger of stride ${s} and dilation ${d}`;
    const values = { value: border.outputPadding, bound, limit };
    parser.addProblem(`output_padding[${axis}]`, "large_output_padding", values);
  } else if (grown > limit && border.after < 0 && !rules.padsSpreadInput) {
    const most = output - (grown - limit);
    parser.addProblem(`output_shape[${axis}]`, "large_output", { output, grown, limit: most });
  }
}

/** Return a fold: blocks that add up on the output. */
export function makeFold(parser, parameters) {
  const { input, output_shape, padding = 0, channels } = parameters;
  const shape = output_shape === undefined ? null : parser.parseSizes("output_shape", output_shape, 1);
  let blocks = input === undefined && output_shape !== undefined ? null : parser.parseSizes("input", input, 1);
  const taps = parser.parseSizes("kernel", parameters.kernel, 1);
  const strides = parser.parseSizes("stride", parameters.stride ?? 1, 1);
  const dilations = parser.parseSizes("dilation", parameters.dilation ?? 1, 1);
  const pads = parser.parsePaddingSizes(padding);
  const cells = multiply(taps ?? []);
  const count = channels === undefined ? cells : parser.parseInteger("channels", channels, 1);
  if (taps && count && count % cells)
    parser.addProblem("channels", "channels_in_blocks", { channels: count, count: cells, key: "kernel" });
  parser.throwProblems();
  blocks ??= countBlocks(parser, shape, taps, strides, pads, dilations);
  parser.throwProblems();
  const borders = [];
  const axes = blocks.map((i, axis) => {
    const [k, s, d, [before, after]] = [taps[axis], strides[axis], dilations[axis], pads[axis]];
    const extent = d * (k - 1) + 1;
    const least = (i - 1) * s - before - after + extent;
    const outputPadding = shape ? findGrowth(parser, axis, shape[axis], least, s) : 0;
    borders.push({ before, after, outputPadding });
    return makeTransposedAxis(parser, { axis, i, k, s, d, extent }, borders[axis]);
  });
  parser.throwProblems();
  const groups = makeChannels(count, count / cells, count / cells);
  const window = makeWindow(blocks, taps, strides, pads, dilations);
  return { ...window, axes, channels: groups, outputBorders: borders, paddingName: null };
}

/** Return the blocks along each axis for which an output has room. */
function countBlocks(parser, shape, taps, strides, pads, dilations) {
  return countUp(shape.length).map((axis) => {
    const [kernel, dilation] = [taps[axis], dilations[axis]];
    const [extent, padded] = [dilation * (kernel - 1) + 1, shape[axis] + pads[axis][0] + pads[axis][1]];
    const values = { kernel, dilation, extent, padded, larger: "output or padding" };
    if (extent > padded) parser.addProblem(`kernel[${axis}]`, "large_block", values);
    return Math.floor((padded - extent) / strides[axis]) + 1;
  });
}
