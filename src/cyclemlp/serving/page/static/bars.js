// Classes with their probabilities, as bars.

import { make, percent } from "./dom.js";

export function bars(entries) {
  const rows = entries.map(({ label, probability }) => {
    const fill = make("div", { class: "fill", style: `width: ${100 * probability}%` });
    return make("li", {},
      make("span", { class: "label" }, label),
      make("div", { class: "track", "aria-hidden": "true" }, fill),
      make("span", { class: "value" }, percent(probability)));
  });
  return make("ol", { class: "bars" }, ...rows);
}
