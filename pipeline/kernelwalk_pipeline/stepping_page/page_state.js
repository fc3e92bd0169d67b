// SPDX-License-Identifier: GPL-3.0-or-later
// The state of the page in its address: ?step=4 or #step=4, also for an <iframe>. What stands behind # counts more.

const roundToText = (number) => String(Math.round(number * 100) / 100);

/** Return {spec, step, tile: [grid, ...cell], view: [azimuth, elevation, zoom], changes: [[key, value]], compact}. */
export function readState(place = window.location) {
  const texts = new URLSearchParams(place.search);
  for (const [key, text] of new URLSearchParams(place.hash.slice(1))) texts.set(key, text);
  const numbers = (text) => (text ?? "").split(",").map(Number);
  const state = { compact: texts.has("compact") && texts.get("compact") !== "0" };
  if (texts.has("spec")) state.spec = texts.get("spec");
  if (/^-?\d+$/.test(texts.get("step") ?? "")) state.step = Number(texts.get("step"));
  const view = numbers(texts.get("view"));
  if (view.length >= 2 && view.every(Number.isFinite) && texts.has("view")) state.view = view;
  const tile = numbers(texts.get("tile"));
  if (tile.length === 5 && tile.every(Number.isInteger)) state.tile = tile;
  try {
    const changes = JSON.parse(texts.get("layer") ?? "[]");
    if (Array.isArray(changes) && changes.every((each) => Array.isArray(each) && each.length === 2))
      state.changes = changes;
  } catch (error) {
    state.changes = [];
  }
  return state;
}

/** Write the state behind # without a new entry in the history. */
export function writeState({ spec, step, tile, camera, changes, compact }) {
  const texts = new URLSearchParams();
  if (spec) texts.set("spec", spec);
  texts.set("step", String(step));
  if (tile) texts.set("tile", tile.join(","));
  if (camera && !camera.isReset)
    texts.set("view", [camera.azimuth, camera.elevation, camera.zoom].map(roundToText).join(","));
  if (changes.length) texts.set("layer", JSON.stringify(changes));
  if (compact && !new URLSearchParams(window.location.search).has("compact")) texts.set("compact", "1");
  try {
    window.history.replaceState(null, "", `#${texts.toString().replaceAll("%2C", ",")}`);
  } catch (error) {
    // a page inside another, as a notebook shows it, may have no address
  }
}
