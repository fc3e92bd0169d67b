// SPDX-License-Identifier: GPL-3.0-or-later
// The looks of tiles of changed parameters: colors of tiles by kind and by visits, values and their colors.

import { inputsOf, outputsOf } from "./layer_channels.js";
import { computePartialSums, computeValues, valueAt } from "./layer_values.js";
import { findDecimals, writeNumber } from "./written_numbers.js";

const HATCHED = 1;
const BAR_STEPS = 11;
const LIGHT_GREY = 118 / 255;
const LUMINANCE = [0.2126, 0.7152, 0.0722];
const HATCH_STRENGTH = 0.35;

const toLinear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const fromLinear = (part) => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055);
const readColor = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
const writeColor = (parts) =>
  `#${parts
    .map((part) =>
      Math.round(255 * Math.min(1, Math.max(0, part)))
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")
    .toUpperCase()}`;

/** A list of colors and texts that grows, each once. */
export class ColorTable {
  constructor(base) {
    Object.assign(this, { isLinear: base.look.isLinear, colors: [...base.colors], shares: [...base.shadeShares] });
    this.numbers = new Map(this.colors.map((color, number) => [color, number]));
    this.texts = [];
    this.textNumbers = new Map();
  }

  find(color) {
    if (!this.numbers.has(color)) {
      this.numbers.set(color, this.colors.length);
      this.colors.push(color);
      this.shares.push(this.guessShare(color));
    }
    return this.numbers.get(color);
  }

  /** Return the shade share of a new color: that of the known color that is about as bright. */
  guessShare(color) {
    const brightness = Math.max(...readColor(color));
    const known = this.shares.map((share, at) => [
      Math.abs(Math.max(...readColor(this.colors[at])) - brightness),
      share,
    ]);
    return known.reduce((best, each) => (each[0] < best[0] ? each : best), [Infinity, 0])[1];
  }

  findText(text) {
    if (!this.textNumbers.has(text)) {
      this.textNumbers.set(text, this.texts.length);
      this.texts.push(text);
    }
    return this.textNumbers.get(text);
  }

  /** Return a color between two, blended as the look blends. */
  blend(first, second, share) {
    if (share <= 0) return first;
    if (share >= 1) return second;
    const [from, to] = [readColor(first), readColor(second)];
    return writeColor(
      from.map((part, at) =>
        this.isLinear
          ? fromLinear(toLinear(part) + share * (toLinear(to[at]) - toLinear(part)))
          : part + share * (to[at] - part),
      ),
    );
  }
}

/** Return the color of a value on a scale {colors, low, high}. */
function findScaleColor({ colors, low, high }, value) {
  const place = Math.min(1, Math.max(0, (value - low) / (high - low))) * (colors.length - 1);
  const at = Math.min(Math.floor(place), colors.length - 2);
  const [from, to] = [readColor(colors[at]), readColor(colors[at + 1])];
  return writeColor(from.map((part, number) => part + (place - at) * (to[number] - part)));
}

function makeScale(tensors, { maps, valueColors, valueRange }) {
  if (!valueColors || valueColors == "off") return null;
  const finite = tensors.flatMap(({ numbers }) => [...numbers]).filter(Number.isFinite);
  const name = maps[valueColors] ? valueColors : finite.some((each) => each < 0) ? "diverging" : "sequential";
  let [low, high] = finite.length ? [Math.min(...finite), Math.max(...finite)] : [0, 1];
  if (name == "diverging") [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
  else if (!valueRange) low = Math.min(low, 0);
  if (valueRange) [low, high] = valueRange;
  return { colors: maps[name], low, high: high > low ? high : low + 1 };
}

/** The values of changed parameters: of each grid the numbers at each stage, how they are written, and their colors. */
export class ChangedValues {
  constructor(changed, base) {
    const { layer, walk } = changed;
    const values = computeValues([layer], base.mapping.values);
    this.values = values;
    const output = values.grids.at(-1);
    const stages = walk.isScatter ? computePartialSums(layer, values, walk) : [output];
    const settings = base.mapping.values;
    this.grids = (walk.isScatter ? [stages, [values.grids[0]]] : [[values.grids[0]], stages]).map((tensors) => ({
      stages: tensors,
      decimals: settings.decimals ?? findDecimals({ numbers: tensors.flatMap(({ numbers }) => [...numbers]) }),
      scale: makeScale(tensors, base.making),
    }));
    const kernelColor = base.grids.find((each) => each.role == "kernel")?.looks[0][0] ?? 0;
    Object.assign(this, { making: base.making, kernelColor: base.colors[kernelColor] });
    Object.assign(this, { changed, shown: changed.channels.outputs > 1 ? 0 : (settings.shownChannel ?? 0) });
  }

  /** Return the input at [channel, ...position]. */
  inputAt(index) {
    return valueAt(this.values.grids[0], index);
  }

  /** Return the legend's entry of a grid's scale: its name with both ends, and colors from the lowest to the highest. */
  describeScale(name, number) {
    const scale = this.grids[number].scale;
    const decimals = findDecimals({ numbers: [scale.low, scale.high] });
    const [low, high] = [scale.low, scale.high].map((end) => writeNumber(end, decimals));
    const colors = Array.from({ length: BAR_STEPS }, (_, at) =>
      findScaleColor(scale, scale.low + ((scale.high - scale.low) * at) / (BAR_STEPS - 1)),
    );
    return [`${name}, ${low} to ${high}`, colors];
  }

  /** Return the number of a tile at a stage; null for a tile that has none. */
  numberOf(number, tile, stage) {
    const { layer, walk, grids } = this.changed;
    const cell = grids[number].cells[tile];
    const { stages } = this.grids[number];
    const tensor = stages[Math.min(Math.max(stage, 0), stages.length - 1)];
    const isOutput = number == (walk.isScatter ? 0 : 1);
    if (isOutput && layer.hasMatrixOutput) {
      return tensor.numbers[cell[1] * grids[number].sizes[0] + cell[0]];
    }
    let position = cell.slice(0, layer.dims).reverse();
    if (!isOutput && !walk.isScatter) {
      position = position.map((at, axis) => layer.axes[axis].sources[at - layer.axes[axis].cells.start]);
    }
    const index = [cell[3] + (isOutput ? this.shown : 0), ...position];
    if (index.some((at, axis) => at < 0 || at >= tensor.shape[axis])) return null;
    return valueAt(tensor, index);
  }

  /** Return the entries of a look that tell the value of a tile; none for a tile without one. */
  listEntries(number, tile, count, color, table, text) {
    const isOutput = number == (this.changed.walk.isScatter ? 0 : 1);
    const value = this.numberOf(number, tile, isOutput ? count - 1 : 0);
    if (value === null) return [];
    const { scale, decimals } = this.grids[number];
    if (isOutput && count < 1) {
      return scale ? [-1, table.find(table.blend(color, text, HATCH_STRENGTH)), 0, HATCHED] : [];
    }
    return this.writeEntries(value, scale, decimals, color, table);
  }

  writeEntries(value, scale, decimals, color, table) {
    const below = scale ? findScaleColor(scale, value) : color;
    const light = readColor(below).reduce(
      (sum, part, at) => sum + LUMINANCE[at] * (table.isLinear ? toLinear(part) : part),
      0,
    );
    const ink = light > (table.isLinear ? toLinear(LIGHT_GREY) : LIGHT_GREY) ? "#101418" : "#FFFFFF";
    return [table.findText(writeNumber(value, decimals)), scale ? table.find(below) : -1, table.find(ink), 0];
  }

  /** Return the entries of a look that tell a weight of the kernel. index: [channel, ...tap] with three axes */
  listKernelEntries([channel, ...zyx], filter, table) {
    const { layer, walk, channels } = this.changed;
    const { kernel } = this.values.weights[0];
    if (!kernel) return [];
    const isFlipped = layer.axes.some((axis) => axis.isFlipped) != walk.isScatter;
    const taps = zyx.slice(3 - layer.dims).map((tap, axis) => (isFlipped ? layer.kernel[axis] - 1 - tap : tap));
    const standsForAll = channels.inputs * channels.outputs == 1;
    const output =
      walk.isScatter && !standsForAll ? outputsOf(channels, filter)[channel] : standsForAll ? this.shown : filter;
    const input = walk.isScatter && !standsForAll ? inputsOf(channels, output).indexOf(filter) : channel;
    this.kernelScale ??= makeScale([kernel], this.making);
    return this.writeEntries(
      valueAt(kernel, [output, input, ...taps]),
      this.kernelScale,
      findDecimals(kernel),
      this.kernelColor,
      table,
    );
  }
}
