// SPDX-License-Identifier: GPL-3.0-or-later
// The parameters of the layer as a form. A change makes the walk anew; what does not fit is told, and the walk stays.

import { changeDocument } from "./changed_document.js";
import { changeLayer, makeLayer } from "./layer_mapping.js";
import { findElement, makeElement } from "./page_elements.js";
import { listParameters } from "./parameter_fields.js";

const PADDING_ENDS = ["before", "after"];

export class LayerForm {
  /** onChange(document, changes) is called with a document of changed parameters. */
  constructor(form, problem, onChange) {
    Object.assign(this, { form, problem, onChange });
    this.changes = [];
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Open a document. Returns the one with these changes [[key, value]]; null without any, or if they do not fit. */
  open(base, changes) {
    this.base = base;
    this.changes = [];
    this.problem.textContent = "";
    const fixed = findElement("fixed"),
      { obstacle, mapping } = base;
    this.form.hidden = Boolean(obstacle);
    fixed.hidden = !obstacle;
    fixed.textContent = obstacle ?? "";
    if (obstacle) return null;
    this.layer = makeLayer(mapping.tables, mapping.layers[0]);
    let made = null;
    for (const [key, value] of changes) made = this.tryChange(key, value ?? undefined) ?? made;
    this.show();
    return made;
  }

  tryChange(key, value) {
    try {
      const layer = changeLayer(this.layer, key, value),
        made = changeDocument(this.base, layer);
      this.layer = layer;
      this.changes = [...this.changes.filter((each) => each[0] !== key), [key, value ?? null]];
      this.problem.textContent = "";
      return made;
    } catch (error) {
      if (!error.problems) throw error;
      this.problem.textContent = error.problems
        .map((each) => `${each.where.replace(/^layer\./, "")}: ${each.what}. ${each.remedy}.`.replaceAll("..", "."))
        .join("\n");
      return null;
    }
  }

  change(key, value) {
    const made = this.tryChange(key, value);
    if (!made) return;
    this.onChange(made, this.changes);
    const focused = document.activeElement?.name;
    this.show();
    if (focused) this.form.querySelector(`[name="${focused}"]`)?.focus();
  }

  show() {
    this.form.replaceChildren(
      ...listParameters(this.layer)
        .map((parameter) => this.makeField(parameter))
        .filter(Boolean),
    );
  }

  /** Return a parameter's label and fields; null for one that is not shown. */
  makeField(parameter) {
    const { key, label, meaning, kind, value, options, minimum, maximum } = parameter;
    const set = makeElement("fieldset"),
      fields = makeElement("div", { className: "fields" });
    set.append(makeElement("legend", { textContent: label, title: meaning ?? "" }), fields);
    const number = (name, hint, current, onValue) => {
      const input = makeElement("input", {
        type: "number",
        name,
        value: current,
        step: kind === "scales" ? "any" : "1",
      });
      if (minimum !== undefined && minimum !== null) input.min = minimum;
      if (maximum !== undefined && maximum !== null) input.max = maximum;
      input.setAttribute("aria-label", hint);
      input.addEventListener("change", () => (input.value === "" ? null : onValue(Number(input.value))));
      return input;
    };
    if (kind === "sizes" || kind === "scales") {
      if (value === null) return null;
      const axes = ["z", "y", "x"].slice(-value.length);
      fields.append(
        ...value.map((each, axis) =>
          number(`${key}-${axis}`, value.length > 1 ? `${label} ${axes[axis]}` : label, each, (entered) =>
            this.change(
              key,
              value.map((old, at) => (at === axis ? entered : old)),
            ),
          ),
        ),
      );
    } else if (kind === "padding") {
      this.addPadding(fields, parameter, number);
    } else if (kind === "boolean") {
      const input = makeElement("input", { type: "checkbox", name: key, checked: Boolean(value) });
      input.setAttribute("aria-label", label);
      input.addEventListener("change", () => this.change(key, input.checked));
      fields.append(input);
    } else if (kind === "choice") {
      if (options.length < 2) return null;
      fields.append(this.makeChoice(key, label, options, value, (entered) => this.change(key, entered)));
    } else {
      if (value === null) return null;
      fields.append(number(key, label, value, (entered) => this.change(key, entered)));
    }
    return set;
  }

  makeChoice(name, label, options, value, onValue) {
    const select = makeElement("select", { name });
    select.setAttribute("aria-label", label);
    select.append(
      ...options.map((option) =>
        makeElement("option", {
          value: option.value,
          textContent: option.value,
          title: option.meaning ?? "",
          selected: option.value === value,
        }),
      ),
    );
    select.addEventListener("change", () => onValue(select.value));
    return select;
  }

  /** Padding is a name, or cells before and after along each axis; equal ends are one field. */
  addPadding(fields, { key, label, value, options }, number) {
    const isNamed = typeof value === "string";
    const pairs = isNamed ? this.layer.padding : value;
    if (options?.length) {
      const names = [
        { value: "numbers" },
        ...options.map((each) => (typeof each === "string" ? { value: each } : each)),
      ];
      fields.append(
        this.makeChoice(`${key}-name`, label, names, isNamed ? value : "numbers", (entered) =>
          this.change(key, entered === "numbers" ? pairs : entered),
        ),
      );
    }
    if (isNamed) return;
    const axes = ["z", "y", "x"].slice(-pairs.length);
    const ends = makeElement("div", { className: "ends" });
    const name = (textContent) => {
      const words = makeElement("span", { textContent });
      words.setAttribute("aria-hidden", "true"); // each field has a whole name
      return words;
    };
    ends.append(name(""), ...PADDING_ENDS.map(name));
    pairs.forEach((pair, axis) => {
      ends.append(
        name(pairs.length > 1 ? axes[axis] : ""),
        ...pair.map((cells, end) => {
          const hint = `${label} ${PADDING_ENDS[end]}${pairs.length > 1 ? ` along ${axes[axis]}` : ""}`;
          const change = (entered) =>
            this.change(
              key,
              pairs.map((old, at) => (at === axis ? old.map((each, side) => (side === end ? entered : each)) : old)),
            );
          return number(`${key}-${axis}-${end}`, hint, cells, change);
        }),
      );
    });
    fields.append(ends);
  }
}
