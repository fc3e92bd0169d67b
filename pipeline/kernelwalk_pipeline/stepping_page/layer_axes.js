// SPDX-License-Identifier: GPL-3.0-or-later
// One axis of a layer: the window that slides over its cells. What core/layers/axis.py and its three kinds of axes
// compute; tests/pipeline/stepping_page compares them on random layers.

export const KIND_INPUT = 0;
export const KIND_ZERO = 1;
export const KIND_PADDING = 2;
export const KIND_OVERHANG = 3;
export const ZERO_CELL = -1; // in place of an input index: a zero, inserted or of padding
export const OUTSIDE = -2; // a cell past the padding

const TAP_OFFSETS = { linear: [0, 1], cubic: [-1, 0, 1, 2] };
const MAX_DENOMINATOR = 1000000n;

/** Return [0, 1, … count - 1]. */
export function countUp(count) {
  return Array.from({ length: count }, (_, number) => number);
}

/** Return the rest of a division that is at least 0. */
function findRest(number, divisor) {
  return ((number % divisor) + divisor) % divisor;
}

/** Complete an axis: its sizes, and tables that are made when they are asked for. */
export function makeAxis(fields) {
  const axis = { stride: 1, dilation: 1, before: 0, after: 0, inputDilation: 1, isFlipped: false, ...fields };
  axis.paddingMode ??= "zeros";
  axis.overhang ??= 0;
  axis.upsampling ??= 1;
  axis.extent = axis.dilation * (axis.kernel - 1) + 1;
  axis.dilatedInput = axis.inputDilation * (axis.input - 1) + 1;
  axis.paddingEnd = axis.dilatedInput + Math.max(axis.after, 0);
  axis.cells = { start: -Math.max(axis.before, 0), stop: axis.paddingEnd + axis.overhang };
  axis.size = axis.cells.stop - axis.cells.start;
  axis.firstCell ??= (output) => Math.floor((output * axis.stride) / axis.upsampling) - axis.before;
  addTable(axis, "kinds", () => countUp(axis.size).map((at) => findKind(axis, at + axis.cells.start)));
  addTable(axis, "sources", () => countUp(axis.size).map((at) => findSource(axis, at + axis.cells.start)));
  addTable(axis, "reads", () => countUp(axis.output).map((output) => (axis.listReads ?? listReads)(output, axis)));
  addTable(axis, "windows", () => countUp(axis.output).map((output) => listWindow(axis, output)));
  return axis;
}

/** Add a property that is computed once, when it is read first. */
function addTable(object, name, compute) {
  let table;
  Object.defineProperty(object, name, { get: () => (table ??= compute()), enumerable: true });
}

function findKind(axis, cell) {
  if (cell >= axis.paddingEnd) return KIND_OVERHANG;
  if (cell < 0 || cell >= axis.dilatedInput) return KIND_PADDING;
  return cell % axis.inputDilation ? KIND_ZERO : KIND_INPUT;
}

/** Return the input index whose value a cell holds. */
function findSource(axis, cell) {
  const kind = findKind(axis, cell);
  if (kind == KIND_OVERHANG) return OUTSIDE;
  if (kind == KIND_INPUT) return cell / axis.inputDilation;
  if (kind == KIND_ZERO) return ZERO_CELL;
  const last = axis.input - 1;
  switch (axis.paddingMode) {
    case "reflect":
      return cell < 0 ? -cell : 2 * last - cell;
    case "replicate":
      return cell < 0 ? 0 : last;
    case "circular":
      return findRest(cell, axis.input);
  }
  return ZERO_CELL;
}

/** Return the input index that each tap of an output reads. */
function listReads(output, axis) {
  const first = axis.firstCell(output);
  const under = countUp(axis.kernel).map((tap) => axis.sources[first + tap * axis.dilation - axis.cells.start]);
  return axis.isFlipped ? under.reverse() : under;
}

/** Return the cells under an output's window; for a tap that reads nothing, one of the others. */
function listWindow(axis, output) {
  if (!axis.listReads) {
    const first = axis.firstCell(output);
    return countUp(axis.kernel).map((tap) => first + tap * axis.dilation);
  }
  const cells = axis.reads[output];
  const usual = axis.findUsualCell?.(output) ?? Math.max(...cells);
  return cells.map((cell) => (cell == OUTSIDE ? usual : cell));
}

/** Return the outputs that read an input index, directly or through padding. */
export function listOutputsReading(axis, source) {
  return countUp(axis.output).filter((output) => axis.reads[output].includes(source));
}

/** Return the outputs whose window has a tap on a cell. */
export function listOutputsOver(axis, cell) {
  return countUp(axis.output).filter((output) => axis.windows[output].includes(cell));
}

/** Return the axis of an adaptive pooling: output y reads ⌊y·i/o⌋ to ⌈(y + 1)·i/o⌉ - 1. */
export function makeAdaptiveAxis(input, output) {
  const start = (place) => Math.floor((place * input) / output);
  const end = (place) => Math.ceil(((place + 1) * input) / output);
  const kernel = countUp(output).reduce((longest, place) => Math.max(longest, end(place) - start(place)), 0);
  const listCells = (place) =>
    countUp(kernel).map((tap) => (start(place) + tap < end(place) ? start(place) + tap : OUTSIDE));
  const fields = { input, output, kernel, stride: input, upsampling: output, firstCell: start, listReads: listCells };
  return makeAxis({ ...fields, countCells: (place) => end(place) - start(place) });
}

/** Return a number as a fraction with a small denominator: 0.3333333333333333 is 1/3. */
export function findFraction(number) {
  let power = 1;
  while (!Number.isInteger(number * power)) power *= 2;
  const [whole, parts] = [BigInt(number * power), BigInt(power)];
  if (parts <= MAX_DENOMINATOR) return { numerator: Number(whole), denominator: power };
  let [p0, q0, p1, q1, n, d] = [0n, 1n, 1n, 0n, whole, parts];
  for (;;) {
    const quotient = n / d;
    if (q0 + quotient * q1 > MAX_DENOMINATOR) break;
    [p0, q0, p1, q1] = [p1, q1, p0 + quotient * p1, q0 + quotient * q1];
    [n, d] = [d, n - quotient * d];
  }
  const more = (MAX_DENOMINATOR - q0) / q1;
  const isNear = 2n * d * (q0 + more * q1) <= parts;
  const [numerator, denominator] = isNear ? [p1, q1] : [p0 + more * p1, q0 + more * q1];
  return { numerator: Number(numerator), denominator: Number(denominator) };
}

/** Return the axis of nearest upsampling by a factor that is no whole number, in PyTorch's float32. */
export function makeNearestAxis(input, output, scale, isExact) {
  const step = scale
    ? Math.fround(1 / (scale.numerator / scale.denominator))
    : Math.fround(Math.fround(input) / Math.fround(output));
  const firstCell = (place) =>
    Math.min(Math.floor(Math.fround(Math.fround(place + (isExact ? 0.5 : 0)) * step)), input - 1);
  const [stride, upsampling] = scale ? [scale.denominator, scale.numerator] : [input, output];
  return makeAxis({ input, output, kernel: 1, stride, upsampling, firstCell });
}

/** Return the axis of linear or cubic upsampling, whose taps have weights. */
export function makeInterpolationAxis(input, output, interpolation, rules, alignsCorners, scale) {
  const kernel = Math.min(TAP_OFFSETS[interpolation].length, input);
  let [stride, upsampling] = alignsCorners ? [input - 1, Math.max(output - 1, 1)] : [input, output];
  if (scale && !alignsCorners && (interpolation != "linear" || input != output))
    [stride, upsampling] = [scale.denominator, scale.numerator];
  if (alignsCorners && output == 1) stride = 0; // the only output stands on the first input
  const axis = makeAxis({
    ...{ input, output, kernel, stride, upsampling },
    firstCell: (place) => axis.weightedWindows[place].first,
    listReads: (place) => axis.tapWeights[place].map((weight, tap) => (weight ? axis.firstCell(place) + tap : OUTSIDE)),
    findUsualCell(place) {
      const sizes = axis.tapWeights[place].map(Math.abs);
      return axis.firstCell(place) + sizes.indexOf(Math.max(...sizes));
    },
  });
  const windowAt = (place) => weighWindow(axis, place, interpolation, rules, alignsCorners);
  addTable(axis, "weightedWindows", () => countUp(output).map(windowAt));
  addTable(axis, "tapWeights", () => axis.weightedWindows.map((window) => window.weights));
  return axis;
}

/** Return the first cell that an output reads, and the weight of each tap. */
function weighWindow(axis, place, interpolation, rules, alignsCorners) {
  const { input, kernel, stride, upsampling } = axis;
  const numerator = alignsCorners ? place * stride : (2 * place + 1) * stride - upsampling;
  const denominator = alignsCorners ? upsampling : 2 * upsampling;
  const rest = findRest(numerator, denominator);
  const cells = TAP_OFFSETS[interpolation].map((offset) => (numerator - rest) / denominator + offset);
  let own = interpolation == "linear" ? weighLinearly(rest / denominator) : weighCubically(rest / denominator, rules);
  if (rules.cutsCubic && interpolation == "cubic") {
    own = own.map((weight, tap) => (cells[tap] >= 0 && cells[tap] < input ? weight : 0));
    const total = own.reduce((sum, weight) => sum + weight, 0);
    own = own.map((weight) => weight / total);
  }
  const first = Math.min(Math.max(cells[0], 0), input - kernel);
  const weights = new Array(kernel).fill(0);
  own.forEach((weight, tap) => (weights[Math.min(Math.max(cells[tap], 0), input - 1) - first] += weight));
  return { first, weights };
}

function weighLinearly(t) {
  return [1 - t, t];
}

/** Return Keys' weights of the four cells around a place t after the second of them. */
function weighCubically(t, rules) {
  const a = rules.cubicCoefficient;
  const inner = (near) => ((a + 2) * near - (a + 3)) * (near * near) + 1;
  const outer = (far) => ((a * far - 5 * a) * far + 8 * a) * far - 4 * a;
  return [outer(1 + t), inner(t), inner(1 - t), outer(2 - t)];
}
