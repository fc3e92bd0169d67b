// SPDX-License-Identifier: GPL-3.0-or-later
// A layer from its parameters: its sizes, what each output reads and who reads an input. A compact port of core/layers
// for a page on which parameters change; tests/pipeline/stepping_page compares it with the core on random layers.

import { KIND_INPUT, countUp, listOutputsOver, listOutputsReading } from "./layer_axes.js";
import { ParameterParser } from "./layer_parameters.js";
import { findAdaptiveShape, makeAdaptivePooling, makeChannelShuffle } from "./resizing_layers.js";
import { makePixelShuffle, makeUpsampling } from "./resizing_layers.js";
import { makeConvolution, makeFold, makePooling, makeTransposed, makeUnfold, multiply } from "./window_layers.js";

const MAKERS = {
  conv: [makeConvolution, ["input", "kernel", "stride", "padding", "dilation"]],
  conv_transpose: [
    makeTransposed,
    ["input", "kernel", "stride", "padding", "dilation", "output_padding", "output_shape"],
  ],
  max_pool: [makePooling, ["input", "kernel", "stride", "padding", "dilation"]],
  avg_pool: [makePooling, ["input", "kernel", "stride", "padding", "dilation"]],
  adaptive_max_pool: [makeAdaptivePooling, ["input", "output_shape"]],
  adaptive_avg_pool: [makeAdaptivePooling, ["input", "output_shape"]],
  upsample: [makeUpsampling, ["input", "scale", "output_shape"]],
  pixel_shuffle: [makePixelShuffle, ["input", "factor"]],
  pixel_unshuffle: [makePixelShuffle, ["input", "factor"]],
  channel_shuffle: [makeChannelShuffle, ["input"]],
  unfold: [makeUnfold, ["input", "kernel", "stride", "padding", "dilation"]],
  fold: [makeFold, ["input", "output_shape", "kernel", "stride", "padding", "dilation"]],
};
/* Of each operation: what makes its layer, and the parameters whose lists tell the number of axes, in this order. */

/** Return the layer of an operation ("op") and its parameters. Throws LayerError. */
export function makeLayer(tables, parameters) {
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
  const [make, sized] = MAKERS[given.op];
  const shape = findAdaptiveShape(given);
  const adapted = make == makeAdaptivePooling ? { ...given, output_shape: shape } : given;
  const sizes = Object.fromEntries(sized.map((key) => [key, adapted[key]]));
  const { displayName, flags } = tables.operations[given.op];
  const made = make(new ParameterParser(tables, sizes), given, shape);
  const usual = { tables, op: given.op, parameters: given, displayName, outputBorders: null, includesPadding: false };
  const layer = { ...usual, divisors: null, tapWeights: null, roundsUp: false, ...flags, ...made };
  layer.drawnChannels ??= layer.channels;
  return { ...layer, dims: layer.axes.length, output: layer.axes.map((axis) => axis.output) };
}

/** Return the layer with one parameter changed; undefined or null leaves it to its default. Throws LayerError. */
export function changeLayer(layer, key, value) {
  return makeLayer(layer.tables, { ...layer.parameters, [key]: value ?? null });
}

/** Return every combination of one entry of each list, the last list fastest. */
export function combine(lists) {
  return lists.reduce((heads, list) => heads.flatMap((head) => list.map((item) => [...head, item])), [[]]);
}

/** Return the taps of an output: {kernel, input}, where input is null on padding of zeros that counts. */
export function listTaps(layer, position) {
  const rows = layer.axes.map((axis, at) => axis.reads[position[at]].map((source, tap) => [tap, source]));
  return combine(rows).flatMap((pairs) => {
    const input = pairs.map(([, source]) => source);
    const kernel = pairs.map(([tap]) => tap);
    if (Math.min(...input) >= 0) return [{ kernel, input }];
    return layer.includesPadding && !input.includes(-2) ? [{ kernel, input: null }] : [];
  });
}

/** Return the cells under an output's window, per axis. */
export function listWindowCells(layer, position) {
  return layer.axes.map((axis, at) => axis.windows[position[at]]);
}

/** Return the outputs that read a cell of the lower grid, or a copy of it. */
export function listReaders(layer, cell) {
  return combine(listReadersByAxis(layer, cell));
}

/** Return the outputs that read a cell, along each axis. */
export function listReadersByAxis(layer, cell) {
  if (cellKind(layer, cell) != KIND_INPUT) return layer.axes.map((axis, at) => listOutputsOver(axis, cell[at]));
  return layer.axes.map((axis, at) => listOutputsReading(axis, cell[at] / axis.inputDilation));
}

/** Return the kind of a cell: the greatest that any of its axes gives it. */
export function cellKind(layer, cell) {
  return Math.max(...layer.axes.map((axis, at) => axis.kinds[cell[at] - axis.cells.start]));
}

/** Return the input whose value a cell holds: its own, or the copied one; null for zeros and beyond the padding. */
export function cellSource(layer, cell) {
  const source = layer.axes.map((axis, at) => axis.sources[cell[at] - axis.cells.start]);
  return Math.min(...source) < 0 ? null : source;
}

/** Return an index into a grid of `sizes` of the cell of that number, the last axis fastest. */
export function splitIndex(number, sizes) {
  const index = [];
  for (const size of [...sizes].reverse()) {
    index.unshift(number % size);
    number = Math.floor(number / size);
  }
  return index;
}

/** Return the number of the cell at an index into a grid of `sizes`: the inverse of splitIndex. */
export function joinIndex(index, sizes) {
  return index.reduce((number, at, axis) => number * sizes[axis] + at, 0);
}

/** Return the input {channel, position} that an output of a rearrangement holds; a negative position is padding. */
export function sourceOf(layer, channel, position) {
  if (layer.op == "pixel_shuffle") return toSmaller(layer, channel, position);
  if (layer.op == "pixel_unshuffle") return toLarger(layer, channel, position);
  if (layer.op == "channel_shuffle") {
    const groups = layer.shuffledGroups;
    const size = layer.channels.inputs / groups;
    return { channel: (channel % groups) * size + Math.floor(channel / groups), position };
  }
  const count = multiply(layer.kernel);
  const taps = splitIndex(channel % count, layer.kernel);
  const read = layer.axes.map((axis, at) => axis.reads[position[at]][taps[at]]);
  return { channel: Math.floor(channel / count), position: read };
}

/** Return the output {channel, position} that an input becomes, or is added to; outside the output it is cropped. */
export function targetOf(layer, channel, position) {
  if (layer.op == "pixel_shuffle") return toLarger(layer, channel, position);
  if (layer.op == "pixel_unshuffle") return toSmaller(layer, channel, position);
  if (layer.op == "channel_shuffle") {
    const groups = layer.shuffledGroups;
    const size = layer.channels.inputs / groups;
    return { channel: (channel % size) * groups + Math.floor(channel / size), position };
  }
  const count = multiply(layer.kernel);
  const taps = splitIndex(channel % count, layer.kernel);
  const { stride, dilation, padding } = layer;
  const target = position.map((at, axis) => at * stride[axis] + taps[axis] * dilation[axis] - padding[axis][0]);
  return { channel: Math.floor(channel / count), position: target };
}

/** Return the cell of the smaller picture that a cell of the larger picture corresponds to. */
function toSmaller({ factor, channelOrder, channels }, channel, position) {
  const part = joinIndex(position.map((at, axis) => at % factor[axis]), factor);
  const joined = channelOrder == "CRD" ? channel * multiply(factor) + part : part * channels.groups + channel;
  return { channel: joined, position: position.map((at, axis) => Math.floor(at / factor[axis])) };
}

/** Return the cell of the larger picture that a cell of the smaller picture corresponds to. */
function toLarger({ factor, channelOrder, channels }, channel, position) {
  const count = channelOrder == "CRD" ? multiply(factor) : channels.groups;
  const [quotient, rest] = [Math.floor(channel / count), channel % count];
  const [larger, part] = channelOrder == "CRD" ? [quotient, rest] : [rest, quotient];
  const within = splitIndex(part, factor);
  return { channel: larger, position: position.map((at, axis) => at * factor[axis] + within[axis]) };
}

/** Return true if the layer has `targetOf`. */
export function hasTargets(layer) {
  return layer.movesCells || layer.hasTapChannels;
}

/** Count the tiles that a layer's grids have, if every channel is drawn. */
export function countTiles(layer) {
  const cells = multiply(layer.axes.map((axis) => axis.size)) * layer.drawnChannels.inputs;
  const rows = layer.hasMatrixOutput ? multiply(layer.kernel) : 1;
  return cells + multiply(layer.output) * layer.drawnChannels.outputs * rows;
}

/** Return [0, 1, … size - 1] of each axis of the output, combined: every output position. */
export function listPositions(layer) {
  return combine(layer.output.map(countUp));
}
