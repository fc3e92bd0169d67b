// SPDX-License-Identifier: GPL-3.0-or-later
// The values that layers compute, as core/values computes them. A tensor is {shape: [channels, ...sizes], numbers}.

import { countUp } from "./layer_axes.js";
import { inputsOf } from "./layer_channels.js";
import { kernelShape } from "./layer_equations.js";
import { combine, joinIndex, listPositions, listTaps, sourceOf, splitIndex } from "./layer_mapping.js";
import { findDivisor } from "./layer_sentences.js";
import { placeOf } from "./walk_order.js";
import { multiply } from "./window_layers.js";

const LEAKY_SLOPE = 0.01;
const ERF_END = 6; // from which on it is 1 in float64

const sigmoid = (value) => 1 / (1 + Math.exp(-value));

const ACTIVATIONS = {
  none: (value) => value,
  relu: (value) => Math.max(value, 0),
  leaky_relu: (value) => (value >= 0 ? value : LEAKY_SLOPE * value),
  sigmoid,
  tanh: Math.tanh,
  gelu: (value) => (value * (1 + findErrorFunction(value / Math.SQRT2))) / 2,
  silu: (value) => value * sigmoid(value),
};

/** Return the error function, by a series whose terms are all positive (Abramowitz and Stegun, 7.1.6). */
function findErrorFunction(x) {
  if (Math.abs(x) >= ERF_END) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Return the number of a tensor at [channel, ...position]. */
export function valueAt({ shape, numbers }, index) {
  return numbers[joinIndex(index, shape)];
}

/** Return a tensor with the number at each index that `compute` returns. */
function makeTensor(shape, compute) {
  const numbers = new Float64Array(multiply(shape));
  for (let at = 0; at < numbers.length; at++) numbers[at] = compute(splitIndex(at, shape));
  return { shape, numbers };
}

/** Return a tensor of another shape, whose numbers are a tensor's again and again along each axis. */
export function repeatTensor(tensor, shape) {
  return makeTensor(shape, (index) => valueAt(tensor, index.map((at, axis) => at % tensor.shape[axis])));
}

/** Return the values of a chain of layers, from the document's values; null without values. */
export function computeValues(layers, settings) {
  if (!settings) return null;
  const first = layers[0];
  const grids = [repeatTensor(settings.input, [first.channels.inputs, ...first.input])];
  const weights = layers.map((layer, number) => makeWeights(layer, settings.layers[number]));
  let products, sums;
  layers.forEach((layer, number) => {
    const own = weights[number];
    products = computeLayer(layer, grids[number], own.kernel);
    sums = changeValues(products, (value, channel) => value * own.scale[channel] + own.bias[channel]);
    grids.push(changeValues(sums, ACTIVATIONS[own.activation]));
  });
  return { grids, weights, products, sums, settings };
}

/** Return the weights of a layer; those of the document are repeated where the layer has more. */
function makeWeights(layer, { kernel, bias, scale, activation }) {
  const repeat = (numbers) => countUp(layer.channels.outputs).map((channel) => numbers[channel % numbers.length]);
  const fitting = kernel && repeatTensor(kernel, kernelShape(layer));
  return { kernel: fitting, bias: repeat(bias), scale: repeat(scale), activation };
}

function changeValues({ shape, numbers }, change) {
  const perChannel = numbers.length / shape[0];
  return { shape, numbers: numbers.map((value, at) => change(value, Math.floor(at / perChannel))) };
}

/** Return what a layer computes, before any bias. */
export function computeLayer(layer, source, kernel) {
  const shape = [layer.channels.outputs, ...layer.output];
  return makeTensor(shape, ([channel, ...position]) => computeOutput(layer, source, kernel, channel, position));
}

function computeOutput(layer, source, kernel, channel, position) {
  if (layer.isRearrangement) {
    const held = sourceOf(layer, channel, position);
    return Math.min(...held.position) < 0 ? 0 : valueAt(source, [held.channel, ...held.position]);
  }
  const terms = listTerms(layer, kernel, channel, position);
  const values = terms.map(({ index, weight }) => valueAt(source, index) * weight);
  if (layer.takesMaximum) return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return layer.divisors ? sum / findDivisor(layer, position) : sum;
}

/** Return what an output adds up or compares: {index: [channel, ...position] of the input, weight, weightIndex}. */
export function listTerms(layer, kernel, channel, position) {
  const read = listTaps(layer, position).filter(({ input }) => input);
  if (!layer.hasWeights) {
    return read.map((tap) => ({
      index: [findTapChannel(layer, channel, tap.kernel), ...tap.input],
      weight: findTapWeight(layer, position, tap.kernel),
    }));
  }
  const sources = inputsOf(layer.channels, channel);
  return sources.flatMap((from, number) =>
    read.map((tap) => {
      const weightIndex = [channel, number, ...tap.kernel];
      return { index: [from, ...tap.input], weight: valueAt(kernel, weightIndex), weightIndex };
    }),
  );
}

/** Return the input channel that a tap of an output channel reads. */
function findTapChannel(layer, channel, tap) {
  return layer.hasTapChannels ? joinIndex([channel, ...tap], [layer.channels.outputs, ...layer.kernel]) : channel;
}

/** Return the weight of a tap that differs from output to output; 1 where there is none. */
function findTapWeight(layer, position, tap) {
  return layer.tapWeights ? multiply(layer.tapWeights.map((weights, axis) => weights(position[axis])[tap[axis]])) : 1;
}

/** Return what each output of a scatter holds after each of its stamps: a tensor per stage. */
export function computePartialSums(layer, values, walk) {
  const shape = [layer.channels.outputs, ...layer.output];
  const { bias, scale, activation } = values.weights[0];
  const rows = combine([countUp(shape[0]), listPositions(layer)]).map(([channel, position]) => {
    const finish = (sum) => sum * scale[channel] + bias[channel];
    const sums = listStamps(layer, values, walk, channel, position).map(finish);
    if (!sums.length) sums.push(finish(0));
    sums.push(ACTIVATIONS[activation](sums.pop()));
    return sums;
  });
  const count = rows.reduce((most, sums) => Math.max(most, sums.length), 1);
  const takeStage = (stage) => Float64Array.from(rows, (sums) => sums[Math.min(stage, sums.length - 1)]);
  return countUp(count).map((stage) => ({ shape, numbers: takeStage(stage) }));
}

/** Return what an output of a scatter holds after each of its stamps, without the bias. */
function listStamps(layer, values, walk, channel, position) {
  const terms = listTerms(layer, values.weights[0].kernel, channel, position);
  const filters = walk.filterCount > 1 ? inputsOf(layer.channels, channel) : [null];
  const stamps = new Map();
  for (const filter of filters) {
    for (const { index, weight } of terms) {
      const [from, ...place] = index;
      const moment = placeOf(walk, place) + ((filter ?? 0) * walk.positionCount) / walk.filterCount;
      const added = filter === null || filter == from ? valueAt(values.grids[0], index) * weight : 0;
      stamps.set(moment, (stamps.get(moment) ?? 0) + added);
    }
  }
  let sum = 0;
  return [...stamps].sort(([one], [other]) => one - other).map(([, added]) => (sum += added));
}
