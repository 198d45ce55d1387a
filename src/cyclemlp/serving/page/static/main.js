// The page: one picture, three tabs.

import { find, make, tell } from "./dom.js";
import { offerField, showKernel } from "./inside.js";
import { offerPictures } from "./picture.js";
import { showResult } from "./result.js";
import { models, predict } from "./service.js";

const NONE = "There is no model yet. Make one with `cyclemlp demo`, or start the page with a training run: `cyclemlp app RUN`. Pseudo-kernels can be drawn without one.";
const NO_MAPS = "An exported network has no feature maps to look at. Start the page with a bundle or a training run.";
let picture = null;
let known = [];
const turns = new Map(); // place -> number of its last request

async function run(place, model) {
  if (!picture || !model) return;
  const turn = (turns.get(place) ?? 0) + 1;
  turns.set(place, turn);
  find(place).replaceChildren(make("p", { class: "facts" }, "Computing …"));
  try {
    const answer = await predict(picture, { model });
    if (turns.get(place) !== turn) return; // a newer request is on its way
    await showResult(find(place), picture, answer);
    tell("");
  } catch (error) {
    if (turns.get(place) !== turn) return;
    find(place).replaceChildren();
    tell(error.message);
  }
}

const showField = offerField(() => picture);
const shows = {
  predict: () => run("result", find("model").value),
  inside: () => showField(),
  compare: () => { run("left-result", find("left-model").value); run("right-result", find("right-model").value); },
};
const active = () => document.querySelector("[role=tab][aria-selected=true]").getAttribute("aria-controls");

function open(tab) {
  for (const one of document.querySelectorAll("[role=tab]")) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", chosen);
    one.tabIndex = chosen ? 0 : -1;
    find(one.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (known.length) tell("");
  shows[active()]();
}

function offerTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  tabs.forEach((tab, number) => {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(number + step + tabs.length) % tabs.length];
      next.focus();
      open(next);
    });
  });
}

const option = ({ name, task }) => make("option", { value: name }, `${name} (${task})`);

function offerModels() {
  const tasks = [...new Set(known.map((one) => one.task))];
  find("task").replaceChildren(...tasks.map((task) => make("option", {}, task)));
  const fill = () => {
    const fitting = known.filter((one) => one.task === find("task").value);
    find("model").replaceChildren(...fitting.map((one) => make("option", {}, one.name)));
  };
  fill();
  find("task").addEventListener("change", () => { fill(); shows.predict(); });
  find("model").addEventListener("change", shows.predict);
  for (const id of ["left-model", "right-model"]) find(id).replaceChildren(...known.map(option));
  const open = known.filter((one) => one.feature_maps);
  find("field-model").replaceChildren(...open.map(option));
  if (!open.length) find("field-text").textContent = NO_MAPS;
  if (known.length > 1) find("right-model").selectedIndex = 1;
  for (const side of ["left", "right"]) {
    find(`${side}-model`).addEventListener("change", () => run(`${side}-result`, find(`${side}-model`).value));
  }
}

async function start() {
  offerTabs();
  for (const id of ["kernel-height", "kernel-width", "kernel-phase"]) find(id).addEventListener("change", showKernel);
  offerPictures((taken) => {
    picture = taken;
    find("field-picture").src = taken.url;
    find("field-picture").alt = taken.name;
    shows[active()]();
  });
  await showKernel();
  try {
    known = await models();
    offerModels();
    if (!known.length) { find("field-text").textContent = ""; tell(NONE); }
    else shows[active()]();
  } catch (error) {
    tell(error.message);
  }
}

start();
