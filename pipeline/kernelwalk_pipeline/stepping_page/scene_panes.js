// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of the picture in which walks stand: one has all of it, two have a half each, beside or above each other.

import { PageCamera } from "./page_camera.js";

const LABEL_MARGIN = 34,
  SIDE_MARGIN = 18,
  NARROW_SIDE_MARGIN = 8,
  TITLE_MARGIN = 24,
  BUTTONS = 44;
const narrow = window.matchMedia("(max-width: 30rem)"); // there, the buttons of the view are a row above titles

/** Return how far below the buttons of the view titles stand, and how much of a pane's width they leave free. */
export function placeTitle() {
  return narrow.matches ? { below: BUTTONS, free: 2 * NARROW_SIDE_MARGIN } : { below: 0, free: 2 * BUTTONS };
}

/** Return the panes {left, top, width, height} of so many walks. isAcross: they stand side by side */
function splitPicture({ width, height }, count, isAcross) {
  const [wide, high] = isAcross ? [width / count, height] : [width, height / count];
  return Array.from({ length: count }, (_, at) => ({
    left: isAcross ? at * wide : 0,
    top: isAcross ? 0 : at * high,
    width: wide,
    height: high,
  }));
}

/** Fit each walk into its pane, all of them equally large. Returns the panes. */
function fitInto(panes, cameras, walks, picture) {
  const isPair = walks.length > 1;
  const side = isPair && narrow.matches ? NARROW_SIDE_MARGIN : SIDE_MARGIN;
  const top = LABEL_MARGIN + (isPair ? TITLE_MARGIN + placeTitle().below : 0);
  const margins = { left: side, right: side, top, bottom: LABEL_MARGIN };
  let mostUnit = Infinity;
  for (let round = 0; round < Math.min(2, walks.length); round++) {
    cameras.forEach((camera, at) => camera.fit(walks[at].corners, panes[at], margins, picture, mostUnit));
    mostUnit = Math.min(...cameras.map((camera) => camera.fittedUnit));
  }
  return panes;
}

/** Fit the cameras of walks, which look from where the first one does. Returns the pane of each walk: two stand so that
 * tiles are largest as they are seen at first, and keep these places as the scene is turned. */
export function fitCameras(cameras, walks, picture) {
  const [first, ...others] = cameras;
  for (const other of others) other.follow(first);
  let isAcross = true;
  if (others.length) {
    const [across, down] = [true, false].map((across) => {
      const resting = cameras.map(({ settings }) => new PageCamera(settings));
      fitInto(splitPicture(picture, walks.length, across), resting, walks, picture);
      return resting[0].fittedUnit;
    });
    isAcross = across >= down;
  }
  return fitInto(splitPicture(picture, walks.length, isAcross), cameras, walks, picture);
}

/** Return the number of the pane that holds a pixel; that of the last one for a pixel at the edge. */
export function findPane(panes, x, y) {
  const found = panes.findIndex(({ left, top, width, height }) => x < left + width && y < top + height);
  return found < 0 ? panes.length - 1 : found;
}
