// SPDX-License-Identifier: GPL-3.0-or-later
// The sum that a step computes, in words: "1·0.5 − 2·(−1) = 2.5", as core/values/sum_text.py writes it.

import { listOutputsReading } from "./layer_axes.js";
import { sourceOf } from "./layer_mapping.js";
import { findDivisor } from "./layer_sentences.js";
import { listTerms, valueAt } from "./layer_values.js";
import { positionAt } from "./walk_order.js";
import { multiply } from "./window_layers.js";
import { MINUS, findDecimals, writeFactor, writeNumber } from "./written_numbers.js";
import { chooseSign, chooseSignOfRounding } from "./written_sums.js";

/** Return a function that writes the sum of a step; of more terms than maxTerms the first ones and the last. */
export function makeSumWriter(layers, values, walk, maxTerms) {
  const layer = layers[layers.length - 1];
  const weights = values.weights[layers.length - 1];
  const [source, result] = values.grids.slice(-2);
  const { decimals, shownChannel } = values.settings;
  const writer = {
    ...{ layer, values, weights, source, result, walk, maxTerms },
    inputDecimals: decimals ?? findDecimals(source),
    outputDecimals: decimals ?? findDecimals(result),
    kernelDecimals: weights.kernel && findDecimals(weights.kernel),
    biasDecimals: findDecimals({ numbers: weights.bias }),
  };
  return (step) => {
    const [filter, ...position] = positionAt(walk, step);
    if (walk.isScatter) return writeStamp(writer, filter, position);
    const channel = filter + Math.min(shownChannel, layer.channels.outputs - 1);
    return (layer.channels.outputs > 1 ? `channel ${channel}: ` : "") + writeOutput(writer, channel, position);
  };
}

function writeOutput(writer, channel, position) {
  const { layer, values, weights, outputDecimals } = writer;
  if (layer.isRearrangement) {
    const held = sourceOf(layer, channel, position);
    if (Math.min(...held.position) < 0) return "padding, 0";
    return `copy of ${writeInput(writer, [held.channel, ...held.position])}`;
  }
  const terms = listTerms(layer, weights.kernel, channel, position).map((term) => writeTerm(writer, term));
  const total = writeNumber(valueAt(values.products, [channel, ...position]), outputDecimals);
  let text = findText(layer, position, shorten(writer, terms)) || "0";
  if (layer.tables.operations[layer.op].parameters.includes("kernel") || layer.tapWeights) {
    const divisor = layer.divisors ? findDivisor(layer, position) : 1;
    text += ` ${chooseSign(terms, total, { divisor, takesMaximum: layer.takesMaximum })} ${total}`;
  }
  return addBias(writer, text, total, [channel, ...position]);
}

function findText(layer, position, terms) {
  if (layer.divisors) return `(${addUp(terms)}) / ${findDivisor(layer, position)}`;
  if (layer.takesMaximum) return `max(${terms.join(", ")})`;
  const isCopy = !layer.hasWeights && !layer.hasTapChannels && !layer.tapWeights;
  return isCopy ? `copy of ${terms[0]}` : addUp(terms);
}

function writeTerm(writer, { index, weight, weightIndex }) {
  const value = writeInput(writer, index);
  if (weightIndex) return `${value}·${enclose(writeFactor(weight, writer.kernelDecimals))}`;
  return writer.layer.tapWeights ? `${value}·${enclose(writeFactor(weight, 2))}` : value;
}

function writeInput({ source, inputDecimals }, index) {
  return writeFactor(valueAt(source, index), inputDecimals);
}

/** Return a text with the bias or the normalization, and with the activation's result. */
function addBias({ layer, values, weights, result, outputDecimals, biasDecimals }, text, writtenTotal, index) {
  const pieces = [text];
  const biased = valueAt(values.sums, index);
  const write = (value) => writeNumber(value, outputDecimals);
  if (biased != valueAt(values.products, index)) {
    const bias = weights.bias[index[0]];
    if (weights.scale[index[0]] == 1) {
      const written = writeFactor(bias, biasDecimals);
      pieces.push(`+ bias ${written} ${chooseSign([writtenTotal, written], write(biased))} ${write(biased)}`);
    } else {
      const sign = chooseSignOfRounding(biased, write(biased), Math.max(Math.abs(biased), Math.abs(bias)));
      pieces.push(`normalized ${sign} ${write(biased)}`);
    }
  }
  const label = layer.tables.activationLabels[weights.activation];
  if (label) pieces.push(`${label} ${write(valueAt(result, index))}`);
  return pieces.join(", ");
}

/** Return what an input adds to the outputs below it. */
function writeStamp(writer, channel, position) {
  const { layer, walk } = writer;
  const { inputs } = layer.channels;
  const stamped = inputs > 1 && walk.filterCount == 1 ? `${inputs} channels` : writeInput(writer, [channel, ...position]);
  const reached = multiply(layer.axes.map((axis, at) => listOutputsReading(axis, position[at]).length));
  const outputs = reached == 1 ? `${reached} output` : `${reached} outputs`;
  return `${stamped}${layer.hasWeights ? " · kernel" : ""}, added to ${outputs}`;
}

function shorten({ maxTerms }, terms) {
  if (terms.length <= maxTerms + 1) return terms; // an ellipsis takes the room of a term
  return [...terms.slice(0, Math.max(maxTerms - 1, 1)), "…", terms[terms.length - 1]];
}

/** Return the sum of terms; those that begin with a minus are subtracted. */
function addUp([first = "", ...others]) {
  return first + others.map((term) => (term.startsWith(MINUS) ? ` ${MINUS} ${term.slice(1)}` : ` + ${term}`)).join("");
}

function enclose(text) {
  return text.startsWith(MINUS) ? `(${text})` : text;
}
