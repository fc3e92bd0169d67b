// SPDX-License-Identifier: GPL-3.0-or-later
// A layer's channels, in groups that do not mix, as in core/layers/channels.py.

/** Return {inputs, outputs, groups, isInterleaved}. */
export function makeChannels(inputs = 1, outputs = 1, groups = 1, isInterleaved = false) {
  return { inputs, outputs, groups, isInterleaved };
}

/** Return the input channels that an output channel reads, ascending. */
export function inputsOf(channels, output) {
  return listMembers(channels, findGroup(channels, output, channels.outputs), channels.inputs);
}

/** Return the output channels that read an input channel, ascending. */
export function outputsOf(channels, input) {
  return listMembers(channels, findGroup(channels, input, channels.inputs), channels.outputs);
}

function findGroup(channels, channel, count) {
  const { groups, isInterleaved } = channels;
  return isInterleaved ? channel % groups : Math.floor(channel / (count / groups));
}

function listMembers(channels, group, count) {
  const { groups, isInterleaved } = channels;
  const size = count / groups;
  return Array.from({ length: size }, (_, at) => (isInterleaved ? group + at * groups : group * size + at));
}

/** Return the channels of a convolution, or null after adding problems. */
export function parseConvolutionChannels(parser, parameters) {
  const { in_channels, out_channels, groups, depth_multiplier } = parameters;
  if (depth_multiplier !== undefined) {
    for (const key of ["out_channels", "groups"])
      if (parameters[key] !== undefined) parser.addProblem(key, "channels_follow");
    const inputs = parser.parseInteger("in_channels", in_channels ?? 1, 1);
    const multiplier = parser.parseInteger("depth_multiplier", depth_multiplier, 1);
    return inputs && multiplier && makeChannels(inputs, inputs * multiplier, inputs);
  }
  const parts = parser.parseInteger("groups", groups ?? 1, 1);
  const inputs = in_channels === undefined ? parts : parser.parseInteger("in_channels", in_channels, 1);
  const outputs = out_channels === undefined ? parts : parser.parseInteger("out_channels", out_channels, 1);
  if (!parts || !inputs || !outputs) return null;
  for (const [key, channels] of [["in_channels", inputs], ["out_channels", outputs]])
    if (channels % parts) parser.addProblem(key, "channels_in_groups", { channels, count: parts, key: "groups" });
  return makeChannels(inputs, outputs, parts);
}

/** Return the channels of a layer that treats each channel separately, or null after adding a problem. */
export function parseSeparateChannels(parser, channels = 1) {
  const count = parser.parseInteger("channels", channels, 1);
  return count && makeChannels(count, count, count);
}
