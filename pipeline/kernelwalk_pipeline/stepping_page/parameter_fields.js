// SPDX-License-Identifier: GPL-3.0-or-later
// The parameters of a layer as a panel shows them: which there are, of which kind, and which values each can have.

const SIZE_KEYS = ["input", "kernel", "stride", "dilation", "factor", "output_shape", "output_padding"];
const COUNT_KEYS = ["in_channels", "out_channels", "groups", "depth_multiplier", "channels"];
const ONE_AXIS_NAMES = ["causal"];

/** Return {key, label, meaning, kind, options, value, minimum, maximum} of each parameter; value null: not given. */
export function listParameters(layer) {
  return layer.tables.operations[layer.op].parameters.map((key) => {
    const { label, meaning } = layer.tables.fields[key];
    const value = findValue(layer, key);
    const usual = { key, label, meaning, options: [], value, minimum: null, maximum: null };
    return { ...usual, ...describeKind(layer, key) };
  });
}

/** Return a parameter's value in the shape in which it can be given. */
function findValue(layer, key) {
  const given = layer.parameters[key];
  if (key == "padding") return typeof given == "string" ? given : given === undefined ? null : findPads(layer);
  if (SIZE_KEYS.includes(key)) return given === undefined ? null : (findOwnSizes(layer, key) ?? null);
  if (key == "scale") return layer.scale ?? null;
  if (COUNT_KEYS.includes(key)) return given ?? findCount(layer, key);
  return given ?? findUsualOption(layer, key);
}

/** Return padding in numbers as it is given, which a framework may put around the spread-out input. */
function findPads(layer) {
  const entries = [layer.parameters.padding].flat();
  const perAxis = entries.length == layer.dims ? layer.parameters.padding : layer.padding.map(() => entries[0]);
  return perAxis.map((entry) => (Array.isArray(entry) ? entry : [entry, entry]));
}

function findOwnSizes(layer, key) {
  const given = layer.parameters[key];
  if (key == "output_shape") return layer.output;
  return Array.isArray(given) ? given : layer.input.map(() => given);
}

function findCount(layer, key) {
  const { inputs, outputs, groups } = layer.channels;
  const isShuffle = layer.op == "channel_shuffle";
  const counts = { in_channels: inputs, out_channels: outputs, groups: isShuffle ? layer.shuffledGroups : groups };
  return { ...counts, channels: inputs, depth_multiplier: null }[key];
}

function findUsualOption(layer, key) {
  if (key == "count_include_pad") return layer.countIncludePad;
  return { convention: "pytorch", padding_mode: "zeros", interpolation: "nearest", channel_order: "CRD" }[key] ?? false;
}

/** Return the kind of a parameter, and the bounds or the options of its value. */
function describeKind(layer, key) {
  const { tables } = layer;
  const maximum = tables.maxSize;
  if (key == "padding") {
    const names = tables.operations[layer.op].names.filter((name) => layer.dims == 1 || !ONE_AXIS_NAMES.includes(name));
    return { kind: "padding", options: names.map((value) => ({ value, meaning: "" })), minimum: 0, maximum };
  }
  if (key == "scale") return { kind: "scales", minimum: tables.scales.minimum, maximum: tables.scales.maximum };
  if (SIZE_KEYS.includes(key)) return { kind: "sizes", minimum: key == "output_padding" ? 0 : 1, maximum };
  if (COUNT_KEYS.includes(key)) return { kind: "integer", minimum: 1, maximum };
  const { options } = tables.options[key];
  if (options.includes(true)) return { kind: "boolean" };
  const meanings = tables.fields[key].options;
  return { kind: "choice", options: options.map((value) => ({ value, meaning: meanings[value] })) };
}
