// SPDX-License-Identifier: GPL-3.0-or-later
// Sentences about a step or a tile, as core/describe/sentences.py words them.

import { KIND_INPUT, KIND_OVERHANG, KIND_PADDING, ZERO_CELL } from "./layer_axes.js";
import { inputsOf, outputsOf } from "./layer_channels.js";
import { cellKind, cellSource, hasTargets, listReadersByAxis, listTaps, sourceOf, targetOf } from "./layer_mapping.js";
import { positionAt } from "./walk_order.js";
import { multiply } from "./window_layers.js";
import { formatShort } from "./written_numbers.js";

const MAX_LISTED_NUMBERS = 4;

/** Return a sentence on the inputs of an output: of all channels, or of one output channel. */
export function describeStep(layer, position, channel = null) {
  const output = `output ${formatChannel(channel)}(${position.join(", ")})`;
  if (channel !== null && layer.isRearrangement) {
    const source = sourceOf(layer, channel, position);
    if (Math.min(...source.position) < 0) return `${output} ← padding`;
    return `${output} ← input channel ${source.channel}, ${formatIndices(layer, source.position.map((at) => [at]))}`;
  }
  const reads = layer.axes.map((axis, at) => axis.reads[position[at]]);
  const cells = reads.map((row) => sortUnique(row.filter((source) => source >= 0)));
  return `${output} ← ${describeInputs(layer, position, channel, reads, cells)}${describeDetails(layer, position)}`;
}

function describeInputs(layer, position, channel, reads, cells) {
  if (cells.some((row) => !row.length)) return layer.includesPadding ? "padding alone" : "no input";
  const channels = channel === null ? "" : `${formatChannels(inputsOf(layer.channels, channel))}, `;
  const readsPadding = layer.includesPadding && reads.some((row) => row.includes(ZERO_CELL));
  const copies = readsCopies(layer, position) ? ", copies in the padding too" : "";
  return `input ${channels}${formatIndices(layer, cells)}${readsPadding ? " and padding" : ""}${copies}`;
}

function readsCopies(layer, position) {
  return layer.axes.some((axis, at) => {
    const first = axis.firstCell(position[at]);
    return axis.paddingMode != "zeros" && (first < 0 || first + axis.extent > axis.dilatedInput);
  });
}

/** Return the number of cells that an average divides by; null for a layer that does not divide. */
export function findDivisor(layer, position) {
  return layer.divisors ? multiply(layer.divisors.map((count, axis) => count(position[axis]))) : null;
}

function describeDetails(layer, position) {
  if (layer.divisors) return `, divided by ${findDivisor(layer, position)}`;
  if (layer.op == "fold") {
    const count = listTaps(layer, position).length;
    return count ? `, one cell of ${count == 1 ? "the block" : "each block"}` : "";
  }
  if (!layer.tapWeights) return "";
  const rows = layer.tapWeights.map((weights, axis) => weights(position[axis]).filter((weight) => weight));
  return `, weights ${rows.map((row) => `(${row.map((weight) => formatShort(weight)).join(", ")})`).join(" × ")}`;
}

/** Return a sentence on a cell of the lower grid and the outputs that read it, of all channels or of an input channel. */
export function describeTile(layer, cell, channel = null) {
  const kind = cellKind(layer, cell);
  const fed = listReadersByAxis(layer, cell);
  const isRead = fed.every((indices) => indices.length);
  const prefix = channel === null ? "outputs " : `output ${formatChannels(outputsOf(layer.channels, channel))}, `;
  let outputs = isRead ? prefix + formatIndices(layer, fed) : "no output";
  if (kind == KIND_INPUT) {
    const source = cellSource(layer, cell);
    if (channel !== null && hasTargets(layer)) outputs = describeTarget(layer, channel, source);
    return `input ${formatChannel(channel)}(${source.join(", ")}) → ${outputs}`;
  }
  if (kind == KIND_OVERHANG) return `beyond the padding, where nothing is → ${outputs}`;
  if (kind == KIND_PADDING && layer.axes[0].paddingMode != "zeros")
    return `padding, a copy of input (${cellSource(layer, cell).join(", ")}) → ${outputs}`;
  return `${kind == KIND_PADDING ? "padding" : "inserted zero"} → ${outputs}`;
}

function describeTarget(layer, channel, source) {
  const target = targetOf(layer, channel, source);
  const isCropped = target.position.some((at, axis) => at < 0 || at >= layer.output[axis]);
  if (isCropped) return "no output";
  return `output channel ${target.channel}, ${formatIndices(layer, target.position.map((at) => [at]))}`;
}

/** Return a sentence on a step of the walk of one layer. */
export function describeWalkStep(layer, walk, step) {
  const [channel, ...position] = positionAt(walk, step);
  const prefix = walk.filterCount > 1 ? `channel ${channel}: ` : "";
  if (!walk.isScatter) return prefix + describeStep(layer, position);
  return prefix + describeTile(layer, position.map((at, axis) => at * layer.axes[axis].inputDilation));
}

function formatChannel(channel) {
  return channel === null ? "" : `channel ${channel} `;
}

function formatChannels(channels) {
  return `channel${channels.length > 1 ? "s" : ""} ${formatNumbers(channels)}`;
}

function formatIndices(layer, perAxis) {
  const nouns = layer.tables.axisNouns[layer.dims];
  const parts = perAxis.map((all, axis) => `${nouns[axis]}${all.length > 1 ? "s" : ""} ${formatNumbers(all)}`);
  return parts.join(", ");
}

/** Return ascending numbers as text: consecutive ones as a range, and many others with an ellipsis. */
function formatNumbers(numbers) {
  const [first, last] = [numbers[0], numbers[numbers.length - 1]];
  if (numbers.length > 1 && last - first == numbers.length - 1) return `${first}–${last}`;
  if (numbers.length > MAX_LISTED_NUMBERS) return `${first}, ${numbers[1]}, … ${last}`;
  return numbers.join(", ");
}

function sortUnique(numbers) {
  return [...new Set(numbers)].sort((one, other) => one - other);
}
