// SPDX-License-Identifier: GPL-3.0-or-later
// The legend of changed parameters: the names and colors of what occurs.

/** Return the names and colors of what occurs: kinds of tiles, scales of values, visits, and the kernel's scale. */
export function listLegend(made) {
  const entries = new Map();
  const scales = made.values ? made.values.grids.map(({ scale }) => scale) : [null, null];
  made.grids.forEach((grid, number) => {
    const isOutput = number == made.output;
    for (const kind of [...new Set(grid.kinds)].sort()) {
      const name = made.making.kindNames[isOutput ? "output" : "input"][kind];
      if (kind == 4 && scales[number]) continue; // in the bar of the output
      if (kind == 0 && scales[number]) entries.set(...made.values.describeScale(name, number));
      else
        entries.set(
          name,
          made.paletteOf(number)[kind].slice(isOutput && made.making.visits?.every(Boolean) && kind != 5 ? 1 : 0),
        );
    }
    if (isOutput && made.making.visits) for (const entry of listVisitEntries(made)) entries.set(...entry);
  });
  const kernel = made.base.legend.filter(([name, colors]) => colors.length > 3 && name.startsWith("Kernel"));
  return [...[...entries].map(([name, colors]) => [name, colors.map((color) => made.colors.find(color))]), ...kernel];
}

function listVisitEntries(made) {
  const [visited, unvisited] = made.making.visits;
  const [visitedName, unvisitedName] = made.making.visitNames;
  const entries = [];
  if (visited && visited[0] == visited[1]) entries.push([visitedName, [visited[0]]]);
  else if (visited)
    entries.push(made.mostVisits > 1 ? [`1 to ${made.mostVisits} stamps`, visited] : ["1 stamp", [visited[0]]]);
  if (unvisited) entries.push([unvisitedName, [unvisited]]);
  return entries;
}
