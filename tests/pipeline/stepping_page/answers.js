// SPDX-License-Identifier: GPL-3.0-or-later
// What the page's layers answer, in the form in which the tests write the core's answers. TABLES are the core's.

const answerLayers = (questions) => questions.map(answerLayer);

const answerSpecs = (questions) => questions.map(answerSpec);

const answerChanges = (questions) => questions.map(answerChange);

function answerLayer({ table, positions, cells, held }) {
  let layer;
  try {
    layer = makeLayer(TABLES, table);
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    return { problems: error.problems.map(({ where, what, remedy }) => [where, what, remedy]), message: error.message };
  }
  return { ...describeLayer(layer), ...describeCells(layer, positions, cells), held: held.map((each) => answerMove(layer, each)) };
}

function describeLayer(layer) {
  const { input, kernel, stride, padding, dilation, output, channels, drawnChannels, outputBorders } = layer;
  const count = ({ inputs, outputs, groups, isInterleaved }) => [inputs, outputs, groups, isInterleaved];
  return {
    sizes: [input, kernel, stride, padding, dilation, output],
    channels: [channels, drawnChannels].map(count),
    pairs: Array.from({ length: channels.outputs }, (_, output) => inputsOf(channels, output)),
    borders: outputBorders && outputBorders.map(({ before, after, outputPadding }) => [before, after, outputPadding]),
    axes: layer.axes.map((axis) => [axis.cells.start, axis.stride, axis.upsampling, axis.kinds, axis.sources, axis.reads]),
    windows: layer.axes.map((axis) => axis.windows),
    equations: [input.map((_, axis) => sizeEquation(layer, axis)), channelEquation(layer), weightEquation(layer)],
    summary: [layer.displayName, summarizeLayer(layer)],
  };
}

function describeCells(layer, positions, cells) {
  const tap = ({ kernel, input }) => [kernel, input];
  return {
    steps: positions.map(({ position, channel }) => [
      listTaps(layer, position).map(tap),
      describeStep(layer, position),
      describeStep(layer, position, channel),
    ]),
    tiles: cells.map(({ cell, channel }) => [
      listReaders(layer, cell),
      describeTile(layer, cell),
      describeTile(layer, cell, channel),
    ]),
  };
}

function answerMove(layer, { move, channel, position }) {
  const moved = (move == "source" ? sourceOf : targetOf)(layer, channel, position);
  return [moved.channel, moved.position];
}

function answerSpec({ mapping, steps }) {
  const layers = mapping.layers.map((table) => makeLayer(TABLES, table));
  const walk = makeWalk(layers[layers.length - 1], mapping.walk);
  const values = computeValues(layers, mapping.values);
  const positions = steps.map((step) => positionAt(walk, step));
  const write = values && makeSumWriter(layers, values, walk, 4);
  const flat = ({ shape, numbers }) => [shape, Array.from(numbers, String)];
  return {
    count: walk.stepCount,
    positions,
    steps: positions.map((position) => stepAt(walk, position)),
    sentences: layers.length == 1 ? steps.map((step) => describeWalkStep(layers[0], walk, step)) : null,
    grids: values && values.grids.map(flat),
    stages: values && walk.isScatter ? computePartialSums(layers[0], values, walk).map(flat) : null,
    sums: values && steps.map(write),
  };
}

function answerChange([table, key, value]) {
  const layer = makeLayer(TABLES, table);
  const fields = listParameters(layer);
  const given = fields.filter((field) => field.value !== null);
  const same = given.reduce((changed, field) => changeLayer(changed, field.key, field.value), layer);
  try {
    return { fields, same: describeLayer(same).sizes, changed: describeLayer(changeLayer(layer, key, value)).sizes };
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    return { fields, same: describeLayer(same).sizes, changed: error.message };
  }
}
