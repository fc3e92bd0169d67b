// SPDX-License-Identifier: GPL-3.0-or-later
// Mouse, pen and fingers on the scene: a drag turns it, a click picks a tile, two fingers or Ctrl and the wheel zoom.

const CLICK_PIXELS = 5;
const DEGREES_PER_PIXEL = 0.45;

/** onPick(x, y) gets a click's pixel, onHover(x, y) returns true over a tile, onTurn(view) is called after each change. */
export function listenToScene(stage, getCamera, { onPick, onHover, onTurn }) {
  const fingers = new Map();
  let moved = 0;

  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - stage.clientLeft, event.clientY - box.top - stage.clientTop];
  };
  const spread = () => {
    const [one, other] = [...fingers.values()];
    return Math.hypot(one[0] - other[0], one[1] - other[1]);
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button") || event.button > 0) return;
    fingers.set(event.pointerId, place(event));
    stage.setPointerCapture(event.pointerId);
    if (fingers.size === 1) moved = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const now = place(event),
      before = fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") stage.classList.toggle("pointing", onHover(...now));
      return;
    }
    const earlier = fingers.size === 2 ? spread() : 0;
    fingers.set(event.pointerId, now);
    if (fingers.size === 2) {
      moved += CLICK_PIXELS;
      if (earlier > 0) getCamera().zoomBy(spread() / earlier);
    } else {
      moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (moved < CLICK_PIXELS) return;
      stage.classList.add("turning");
      getCamera().turnBy(-(now[0] - before[0]) * DEGREES_PER_PIXEL, (now[1] - before[1]) * DEGREES_PER_PIXEL);
    }
    onTurn();
  });
  const end = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    stage.classList.remove("turning");
    if (event.type === "pointerup" && moved < CLICK_PIXELS && !fingers.size) onPick(...place(event));
  };
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", end);
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return; // the page scrolls
      event.preventDefault();
      getCamera().zoomBy(Math.exp(-event.deltaY / 200));
      onTurn();
    },
    { passive: false },
  );
}
