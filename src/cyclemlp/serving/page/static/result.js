// A prediction with its controls and downloads.

import { bars } from "./bars.js";
import { make, percent, pngOf, trying } from "./dom.js";
import { decoded, draw, isShown } from "./layers.js";
import { drawing } from "./service.js";

// Show what the service answered for a picture inside `place`.
export async function showResult(place, picture, answer) {
  const parts = answer.view.kind === "bars" ? classes(picture, answer) : await layers(picture, answer);
  place.replaceChildren(...parts.elements, facts(picture, answer), downloads(picture, answer, parts.drawn));
}

function classes(picture, answer) {
  const image = make("img", { src: picture.url, alt: "The picture" });
  const drawn = () => drawing(picture, { model: answer.model });
  return { elements: [make("div", { class: "shown" }, image), bars(answer.view.bars)], drawn };
}

async function layers(picture, answer) {
  const view = await decoded(answer.view);
  const state = { opacity: 0.55, threshold: view.threshold, hidden: new Set() };
  const canvas = make("canvas", { role: "img" });
  const counts = make("p", { class: "facts" });
  const redraw = () => {
    draw(canvas, picture.bitmap, view, state);
    canvas.setAttribute("aria-label", `The picture with ${summary(view, state)}`);
    counts.textContent = view.kind === "boxes" ? `Shown: ${summary(view, state)}${hint(view, state)}` : "";
  };
  redraw();
  const masks = view.kind === "mask" || view.objects.some((one) => one.mask);
  const controls = [
    masks && slider("Opacity of the masks", 0.55, (value) => { state.opacity = value; redraw(); }),
    view.kind === "boxes" && slider("Lowest score shown", view.threshold, (value) => { state.threshold = value; redraw(); }),
    legend(view, state, redraw),
    counts,
  ].filter(Boolean);
  const drawn = () => new Promise((done, fail) => {
    const give = (blob) => (blob ? done(blob) : fail(new Error("This browser cannot draw a picture of this size.")));
    canvas.toBlob(give, "image/png");
  });
  return { elements: [...beforeAfter(picture, canvas), ...controls], drawn };
}

function summary(view, state) {
  const names = view.kind === "mask"
    ? view.classes.filter((one) => !state.hidden.has(one.index)).map((one) => `${one.label} ${percent(one.share)}`)
    : view.classes.map((one) => {
      const count = view.objects.filter((object) => object.index === one.index && isShown(object, state)).length;
      return count ? `${count} ${one.label}` : "";
    }).filter(Boolean);
  return names.join(", ") || "nothing";
}

// What to do if the threshold alone hides every object.
function hint(view, state) {
  const scores = view.objects.filter((one) => !state.hidden.has(one.index)).map((one) => one.score);
  const best = Math.max(0, ...scores);
  return scores.length && best < state.threshold ? `. The best of ${scores.length} has a score of ${percent(best)}: lower the slider to see it.` : "";
}

function slider(text, value, change) {
  const input = make("input", { type: "range", min: 0, max: 1, step: 0.01, value });
  const shown = make("span", { "aria-hidden": "true" }, value.toFixed(2));
  input.addEventListener("input", () => { shown.textContent = Number(input.value).toFixed(2); change(Number(input.value)); });
  return make("label", { class: "slider" }, `${text}: `, shown, input);
}

// The original and the result, one beside the other at an edge that a slider moves.
function beforeAfter(picture, canvas) {
  const edge = make("div", { class: "edge" });
  const original = make("img", { src: picture.url, alt: "The original picture" });
  const move = (share) => {
    canvas.style.clipPath = `inset(0 0 0 ${100 * share}%)`;
    edge.style.left = `${100 * share}%`;
    edge.hidden = share === 0 || share === 1;
  };
  move(0);
  const control = slider("Share of the original", 0, move);
  return [make("div", { class: "before-after" }, original, canvas, edge), control];
}

function legend(view, state, redraw) {
  const entries = view.classes.map((one) => {
    const change = (event) => { event.target.checked ? state.hidden.delete(one.index) : state.hidden.add(one.index); redraw(); };
    const box = make("input", { type: "checkbox", checked: true, change });
    const swatch = make("span", { class: "swatch", style: `background: rgb(${one.color})`, "aria-hidden": "true" });
    const share = one.share === undefined ? "" : ` ${percent(one.share)}`;
    return make("li", {}, make("label", {}, box, swatch, `${one.label}${share}`));
  });
  return make("ul", { class: "legend", "aria-label": "Classes; uncheck to hide" }, ...entries);
}

function facts(picture, answer) {
  const [height, width] = answer.size;
  return make("p", { class: "facts" },
    `${width} × ${height} pixels · network ${answer.milliseconds.toFixed(1)} ms, with transfer ${answer.total.toFixed(0)} ms · ${answer.device} · ${answer.model}`);
}

function downloads(picture, answer, drawn) {
  const stem = picture.name.replace(/\.\w+$/, "");
  const json = () => new Blob([JSON.stringify({ file: picture.name, prediction: answer.prediction }, null, 2)], { type: "application/json" });
  const mask = () => pngOf(answer.view.file);
  const button = (text, name, blob) => make("button", { type: "button", class: "plain", click: trying(async () => save(await blob(), name)) }, text);
  return make("div", { class: "row", role: "group", "aria-label": "Downloads" },
    button("Save picture", `${stem}-drawn.png`, drawn),
    ...(answer.view.file ? [button("Save mask", `${stem}-mask.png`, mask)] : []),
    button("Save JSON", `${stem}.json`, json));
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
