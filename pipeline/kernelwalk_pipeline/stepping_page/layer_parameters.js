// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters that a reader of the page wrote become checked lists, one entry per axis, as core/layers/parameters.py
// makes them. The words of all problems are the core's: tables.problems.

export const MAX_AXES = 3;
const DEFAULT_AXES = 2;
const LONGEST_VALUE = 60;

/** The error of an impossible layer: its problems, each with where, what and remedy. */
export class LayerError extends Error {
  constructor(problems) {
    super(problems.map(({ where, what, remedy }) => `${where}: ${what}. ${remedy}`).join("\n"));
    this.problems = problems;
  }
}

/** Return the names of the axes: x; y, x; or z, y, x. */
export function axisNames(dims) {
  return ["z", "y", "x"].slice(-dims);
}

/** Return a value as a spec would write it, in at most `LONGEST_VALUE` characters. */
export function formatValue(value) {
  const text = formatNested(value);
  return text.length <= LONGEST_VALUE ? text : text.slice(0, LONGEST_VALUE - 1) + "…";
}

function formatNested(value) {
  if (Array.isArray(value)) return `[${value.map(formatNested).join(", ")}]`;
  if (typeof value == "string") return `"${value}"`;
  if (value === null || value === undefined) return "None";
  return typeof value == "number" ? formatFloat(value) : String(value);
}

/** Return a number as Python writes it. */
export function formatFloat(number) {
  const [digits, power] = number.toExponential().split("e");
  if (Number.isInteger(number) || (power >= -4 && power < 16)) return String(number);
  return `${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

/** Return a text with values in place of names in braces. */
export function fillText(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A parser that collects every problem on the way. Its methods return null after adding one. */
export class ParameterParser {
  /** sizes: the parameters that are given per axis; the first list decides how many axes there are. */
  constructor(tables, sizes) {
    this.tables = tables;
    this.problems = [];
    const lists = Object.entries(sizes).filter(([, value]) => Array.isArray(value));
    const possible = lists.find(([, value]) => value.length >= 1 && value.length <= MAX_AXES);
    [this.dimsKey, this.dims] = possible ? [possible[0], possible[1].length] : ["", DEFAULT_AXES];
  }

  get axisList() {
    return `[${axisNames(this.dims).join(", ")}]`;
  }

  addProblem(where, name, values = {}) {
    const [what, remedy] = this.tables.problems[name];
    this.addError(where, fillText(what, values), fillText(remedy, values));
  }

  addError(where, what, remedy) {
    this.problems.push({ where: `layer.${where}`, what, remedy });
  }

  parseInteger(where, value, minimum) {
    const maximum = this.tables.maxSize;
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    const name = !Number.isInteger(value) ? "no_integer" : value < minimum ? "small_integer" : "large_integer";
    this.addProblem(where, name, { value: formatValue(value), minimum, maximum });
    return null;
  }

  parseSizes(where, value, minimum) {
    if (value === null || value === undefined) {
      this.addProblem(where, "missing", { axes: this.axisList });
      return null;
    }
    if (!Array.isArray(value)) {
      const number = this.parseInteger(where, value, minimum);
      return number === null ? null : this.repeat(number);
    }
    if (!this.checkLength(where, value, "no_number_per_axis", { axes: this.axisList })) return null;
    const numbers = value.map((entry, axis) => this.parseInteger(`${where}[${axis}]`, entry, minimum));
    return numbers.includes(null) ? null : numbers;
  }

  parseScales(where, value) {
    if (value === null || value === undefined || (Array.isArray(value) && value.length != this.dims))
      return this.parseSizes(where, value, 1); // adds the error
    const entries = Array.isArray(value) ? value : this.repeat(value);
    for (const [axis, entry] of entries.entries()) {
      const { what, remedy, minimum, maximum } = this.tables.scales;
      if (entry >= minimum && entry <= maximum && typeof entry == "number") continue;
      const isNumber = typeof entry == "number" && !Number.isNaN(entry);
      const size = entry < minimum ? "small_integer" : "large_integer";
      const text = isNumber ? this.tables.problems[size][0] : what;
      const place = Array.isArray(value) ? `${where}[${axis}]` : where;
      this.addError(place, fillText(text, { value: formatValue(entry) }), remedy);
      return null;
    }
    return entries;
  }

  checkLength(where, value, name, remedy) {
    if (value.length == this.dims) return true;
    const isPossible = value.length >= 1 && value.length <= MAX_AXES;
    const others = isPossible ? `layer.${this.dimsKey} has ${this.dims}` : `a layer has 1 to ${MAX_AXES} axes`;
    const entries = value.length == 1 ? "1 entry" : `${value.length} entries`;
    this.addProblem(where, name, { value: formatValue(value), entries, others, ...remedy });
    return false;
  }

  /** Return a pair [before, after] per axis. */
  parsePaddingSizes(value) {
    if (!Array.isArray(value) || !value.some(Array.isArray)) {
      const sizes = this.parseSizes("padding", value, 0);
      return sizes && sizes.map((size) => [size, size]);
    }
    const sides = axisNames(this.dims).map((name) => `[${name} before, ${name} after]`);
    if (!this.checkLength("padding", value, "no_pair_per_axis", { sides: sides.join(", ") })) return null;
    const pairs = value.map((entry, axis) => this.parsePair(`padding[${axis}]`, entry));
    return pairs.includes(null) ? null : pairs;
  }

  parsePair(where, entry) {
    const pair = Array.isArray(entry) ? entry : [entry, entry];
    if (pair.length != 2) {
      this.addProblem(where, "no_pair", { value: formatValue(pair), count: pair.length });
      return null;
    }
    const sides = pair.map((size, side) => this.parseInteger(`${where}[${side}]`, size, 0));
    return sides.includes(null) ? null : sides;
  }

  /** Return padding as {name} or as {pads}. */
  parsePadding(value, names) {
    if (typeof value != "string") return { name: null, pads: this.parsePaddingSizes(value) };
    if (names.includes(value)) return { name: value, pads: null };
    const known = names.map(formatValue).join(", ");
    this.addProblem("padding", "unknown_padding", { value: formatValue(value), names: known });
    return { name: null, pads: null };
  }

  /** Return the sizes of every layer with a kernel. */
  parseWindow({ input, kernel, stride = 1, dilation = 1 }) {
    return {
      sizes: this.parseSizes("input", input, 1),
      taps: this.parseSizes("kernel", kernel, 1),
      strides: this.parseSizes("stride", stride, 1),
      dilations: this.parseSizes("dilation", dilation, 1),
    };
  }

  parseOption(key, value) {
    const { options, what, remedy } = this.tables.options[key];
    if (options.includes(value)) return value;
    this.addError(key, fillText(what, { value: formatValue(value) }), remedy);
    return null;
  }

  addKernelProblem(axis, kernel, dilation, padded, larger, elsewhere = "") {
    const extent = dilation * (kernel - 1) + 1;
    const name = elsewhere ? "large_kernel_elsewhere" : "large_kernel";
    this.addProblem(`kernel[${axis}]`, name, { kernel, dilation, extent, padded, larger, elsewhere });
  }

  repeat(value) {
    return new Array(this.dims).fill(value);
  }

  /** Throw a LayerError with all problems that were added, if there are any; axes share that of a kernel. */
  throwProblems() {
    if (!this.problems.length) return;
    const joined = new Map();
    for (const problem of this.problems) {
      const parameter = problem.where.split("[")[0];
      const place = parameter == "layer.kernel" ? parameter : problem.where;
      const same = JSON.stringify([place, problem.what, problem.remedy]);
      joined.set(same, joined.has(same) ? { ...problem, where: parameter } : problem);
    }
    throw new LayerError([...joined.values()]);
  }
}
