// SPDX-License-Identifier: GPL-3.0-or-later
// The page: a walk of each document, its controls, and what is told in words.

import { LayerForm } from "./layer_form.js";
import { findElement, makeElement } from "./page_elements.js";
import { readState, writeState } from "./page_state.js";
import { listenToScene } from "./scene_input.js";
import { SceneView } from "./scene_view.js";
import { StepPlayer } from "./step_player.js";
import { describeTileAt, findNeighbor, showTile } from "./tile_panel.js";
import { WalkScene, parseColor } from "./walk_scene.js";

const TURN_DEGREES = 8,
  ZOOM_FACTOR = 1.2;
const WRITE_MILLISECONDS = 250;
const DARK_BELOW = 0.35;

class SteppingPage {
  constructor({ documents, marks }) {
    this.documents = documents;
    this.state = readState();
    document.documentElement.classList.toggle("compact", this.state.compact);
    this.view = new SceneView(findElement("stage"), marks);
    findElement("absent").hidden = Boolean(this.view.painter);
    document.querySelector(".view").hidden = !this.view.painter;
    this.player = new StepPlayer({
      onMoment: (from, to, share) => this.view.drawBetween(from, to, share),
      onStep: (step, isPlaying) => this.tellStep(step, isPlaying),
      onPlaying: (isPlaying) => this.showPlaying(isPlaying),
    });
    this.form = new LayerForm(findElement("form"), findElement("problem"), (data, changes) =>
      this.change(data, changes),
    );
    this.makeTabs();
    this.listen();
    const named = documents.findIndex((each) => each.name === this.state.spec);
    this.open(Math.max(0, named), this.state);
  }

  makeTabs() {
    const tabs = findElement("tabs");
    tabs.hidden = this.documents.length < 2;
    tabs.append(
      ...this.documents.map((data, number) => {
        const tab = makeElement("button", { type: "button", textContent: data.title, id: `tab-${number}` });
        tab.setAttribute("role", "tab");
        tab.setAttribute("aria-controls", "panel");
        tab.addEventListener("click", () => this.open(number));
        return tab;
      }),
    );
    tabs.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.open((this.number + step + this.documents.length) % this.documents.length);
      tabs.children[this.number].focus();
    });
    if (this.documents.length > 1) {
      findElement("panel").setAttribute("role", "tabpanel");
    }
  }

  /** Open a document, at the state that an address tells. */
  open(number, state = {}) {
    this.number = number;
    this.base = this.documents[number];
    [...findElement("tabs").children].forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === number));
      tab.tabIndex = at === number ? 0 : -1;
      if (at === number && !findElement("tabs").hidden) {
        findElement("panel").setAttribute("aria-labelledby", tab.id);
        tab.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
    });
    this.showLook(this.base.look);
    const data = this.form.open(this.base, state.changes ?? []);
    this.load(data ?? this.base, { step: state.step ?? 0 });
    if (state.view) this.setView(state.view);
    if (state.tile) {
      const tile = this.scene.grids[state.tile[0]]?.findTile(state.tile.slice(1)) ?? -1;
      if (tile >= 0) this.select({ grid: state.tile[0], tile }, false);
    }
  }

  /** Show a document, or one with changed parameters. */
  load(data, { step = 0, keepsView = false } = {}) {
    this.scene = new WalkScene(data);
    this.selected = null;
    document.documentElement.classList.toggle("pair", this.scene.walks.length > 1);
    this.view.show(this.scene, keepsView);
    const count = this.scene.stepCount;
    findElement("slider").max = String(count - 1);
    findElement("title").textContent = data.title;
    findElement("summary").textContent = data.caption || data.summary;
    document.title = data.title;
    findElement("equations").replaceChildren(...data.equations.map((line) => makeElement("p", { textContent: line })));
    this.showLegend(data);
    this.showTile();
    findElement("restore").hidden = data === this.base;
    this.player.load(count, data.milliseconds, step < 0 ? count + step : step);
  }

  change(data, changes) {
    this.changes = changes;
    const step = Math.min(this.player.step, data.steps.length - 1);
    this.load(data, { step, keepsView: true });
    this.say(`${data.summary}. ${data.steps.length} steps`);
  }

  setView([azimuth, elevation, zoom = 1]) {
    const { camera } = this.view;
    camera.turnBy(azimuth - camera.azimuth, elevation - camera.elevation);
    camera.zoomBy(zoom / camera.zoom);
    this.view.draw();
  }

  showLook({ background, text, accent }) {
    const root = document.documentElement;
    root.style.setProperty("--stage", background);
    root.style.setProperty("--text", text);
    root.style.setProperty("--accent", accent);
    const [red, green, blue] = parseColor(background);
    root.classList.toggle("dark", 0.2126 * red + 0.7152 * green + 0.0722 * blue < DARK_BELOW);
  }

  showLegend(data) {
    findElement("legend").replaceChildren(
      ...data.legend.map(([name, colors]) => {
        const swatches = makeElement("span", { className: colors.length > 3 ? "swatches bar" : "swatches" });
        swatches.append(
          ...colors.map((color) => {
            const swatch = makeElement("i");
            swatch.style.background = data.colors[color];
            return swatch;
          }),
        );
        const item = makeElement("li");
        item.append(swatches, name);
        return item;
      }),
    );
  }

  /** Tell a step: in the line below the scene, and, unless the walk plays, to screen readers. */
  tellStep(step, isPlaying) {
    const last = this.scene.stepCount - 1,
      told = this.scene.tell(step),
      sums = this.scene.tell(step, "sums");
    const slider = findElement("slider");
    slider.value = String(step);
    findElement("counter").textContent = `${step} of 0–${last}`;
    findElement("sentence").textContent = told.join("\n");
    findElement("sum").textContent = sums.join("\n");
    findElement("sum").hidden = !sums.length;
    const words = `Step ${step} of 0 to ${last}: ${[...told, ...sums].join(". ")}`;
    slider.setAttribute("aria-valuetext", words);
    findElement("previous").disabled = step === 0;
    findElement("next").disabled = step === last;
    if (!isPlaying && document.activeElement !== slider) this.say(words);
    if (this.selected) this.showTile();
    this.note();
  }

  say(words) {
    findElement("live").textContent = words;
  }

  showPlaying(isPlaying) {
    const button = findElement("play");
    button.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    button.title = `${isPlaying ? "Pause" : "Play"} (space)`;
    findElement("play-icon").setAttribute("d", isPlaying ? "M4 3h3v10H4zM9 3h3v10H9z" : "M5 3l8 5-8 5z");
  }

  /** Select a tile {grid, tile}, or none for null; the step of an output is shown with it. */
  select(place, goes = true) {
    this.selected = place;
    if (place && goes && this.scene.isOutput(place.grid)) {
      const steps = this.scene.stepsOf(place);
      if (steps.length && !steps.includes(this.player.step)) this.player.go(steps[0]);
    }
    this.view.select(place, place ? this.scene.findRelated(place) : []);
    this.showTile();
    if (place) this.say(describeTileAt(this.scene, place, this.player.step).filter(Boolean).join(". "));
    this.note();
  }

  showTile() {
    findElement("tile").hidden = !this.selected;
    findElement("tile-hint").hidden = Boolean(this.selected);
    if (!this.selected) return;
    showTile(findElement("tile"), this.scene, this.selected, this.player.step, (step) => this.player.go(step));
    if (this.state.compact) {
      findElement("sum").hidden = false;
      findElement("sum").textContent = describeTileAt(this.scene, this.selected, this.player.step)
        .filter(Boolean)
        .join(". ");
    }
  }

  /** Note the state in the address, not more often than a browser allows. */
  note() {
    clearTimeout(this.noteTimer);
    this.noteTimer = setTimeout(() => {
      const place = this.selected;
      writeState({
        spec: this.documents.length > 1 ? this.base.name : null,
        step: this.player.step,
        camera: this.view.camera,
        tile: place && [place.grid, ...this.scene.grids[place.grid].cells[place.tile]],
        changes: this.form.changes,
        compact: this.state.compact,
      });
    }, WRITE_MILLISECONDS);
  }

  turn(across, up) {
    this.view.camera.turnBy(across, up);
    this.view.draw();
    this.note();
  }

  zoom(factor) {
    this.view.camera.zoomBy(factor);
    this.view.draw();
    this.note();
  }

  resetView() {
    this.view.camera.reset();
    this.view.draw();
    this.note();
  }

  pickAt(x, y) {
    return this.view.pickAt(x, y, this.player.step);
  }

  listen() {
    listenToScene(findElement("stage"), () => this.view.camera, {
      onPick: (x, y) => this.select(this.pickAt(x, y)),
      onHover: (x, y) => this.pickAt(x, y) !== null,
      onTurn: () => {
        this.view.draw();
        this.note();
      },
    });
    findElement("slider").addEventListener("input", (event) => this.player.go(Number(event.target.value)));
    findElement("previous").addEventListener("click", () => this.player.go(this.player.step - 1));
    findElement("next").addEventListener("click", () => this.player.go(this.player.step + 1));
    findElement("play").addEventListener("click", () => this.player.toggle());
    findElement("closer").addEventListener("click", () => this.zoom(ZOOM_FACTOR));
    findElement("farther").addEventListener("click", () => this.zoom(1 / ZOOM_FACTOR));
    findElement("reset").addEventListener("click", () => this.resetView());
    findElement("restore").addEventListener("click", () => this.open(this.number));
    document.addEventListener("keydown", (event) => this.press(event));
    window.addEventListener("hashchange", () => {
      const state = readState(),
        named = this.documents.findIndex((each) => each.name === state.spec);
      this.open(named < 0 ? this.number : named, state);
    });
  }

  press(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select, textarea, input:not([type=range])"))
      return;
    const isSlider = target === findElement("slider");
    if (key === " " && target.closest("button, summary, [role=tab]")) return;
    if (isSlider && /^(Arrow|Home|End|Page)/.test(key) && !event.shiftKey) return;
    if (this.handle(key, event.shiftKey)) event.preventDefault();
  }

  /** Handle a key. Returns true if it means something. */
  handle(key, isShifted) {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (arrow && isShifted) this.turn(arrow[0] * TURN_DEGREES, -arrow[1] * TURN_DEGREES);
    else if (arrow && this.selected) this.select(findNeighbor(this.scene, this.selected, ...arrow));
    else if (arrow && arrow[0]) this.player.go(this.player.step + arrow[0]);
    else if (key === "Home") this.player.go(0);
    else if (key === "End") this.player.go(this.scene.stepCount - 1);
    else if (key === " ") this.player.toggle();
    else if (key === "+" || key === "=") this.zoom(ZOOM_FACTOR);
    else if (key === "-") this.zoom(1 / ZOOM_FACTOR);
    else if (key === "0") this.resetView();
    else if (key === "t" || key === "T") this.select(this.selected ? null : this.findActiveTile(this.scene.walks[0].output));
    else if (key === "Escape" && this.selected) this.select(null);
    else if ((key === "PageUp" || key === "PageDown") && this.selected) this.changeGrid(key === "PageUp" ? 1 : -1);
    else return false;
    return true;
  }

  /** Return the first tile of a grid that is active at the step that is shown, or its first one. */
  findActiveTile(grid) {
    const tile = this.scene.grids[grid].activeSteps.findIndex((steps) => steps.includes(this.player.step));
    return { grid, tile: Math.max(0, tile) };
  }

  changeGrid(step) {
    const grids = this.scene.grids
      .map((grid, number) => number)
      .filter((number) => this.scene.grids[number].data.role !== "kernel");
    const at = grids.indexOf(this.selected.grid) + step;
    if (at >= 0 && at < grids.length) this.select(this.findActiveTile(grids[at]));
  }
}

/** Load the picture of all symbols and the fonts, then open the page. */
async function openPage() {
  const { documents, symbols, style, fonts } = JSON.parse(findElement("documents").textContent);
  const image = new Image();
  image.src = symbols.picture;
  await Promise.all([image.decode(), ...Object.values(fonts).map((name) => document.fonts.load(`14px "${name}"`))]);
  const quoted = Object.fromEntries(
    Object.entries(fonts).map(([key, name]) => [key, `"${name}", system-ui, sans-serif`]),
  );
  window.kernelwalk = new SteppingPage({ documents, marks: { symbols: { ...symbols, image }, style, fonts: quoted } });
  document.documentElement.dataset.ready = "yes";
}

openPage();
