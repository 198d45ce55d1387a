// The second tab: pseudo-kernels, and the effective receptive field of a position.

import { find, make, tell } from "./dom.js";
import { kernel, receptiveField } from "./service.js";

export async function showKernel() {
  const sides = { height: find("kernel-height").value, width: find("kernel-width").value };
  try {
    const offsets = await kernel({ ...sides, phase: find("kernel-phase").value });
    find("kernel").replaceChildren(grid(offsets));
    const list = offsets.map(([down, right], channel) => `${channel} → (${down}, ${right})`);
    const more = list.length > 15 ? ", …" : "";
    find("kernel-text").textContent = `Channel → (down, right): ${list.slice(0, 15).join(", ")}${more}`;
    tell("");
  } catch (error) {
    tell(error.message);
  }
}

function grid(offsets) {
  const reach = (axis) => Math.max(1, ...offsets.map((one) => Math.abs(one[axis])));
  const [down, right] = [reach(0), reach(1)];
  const table = make("table", { class: "kernel" });
  for (let i = -down; i <= down; i++) {
    const row = make("tr");
    for (let j = -right; j <= right; j++) {
      const count = offsets.filter(([a, b]) => a === i && b === j).length;
      const kind = `${count ? "read" : ""} ${i === 0 && j === 0 ? "centre" : ""}`;
      row.append(make("td", { class: kind }, count ? String(count) : ""));
    }
    table.append(row);
  }
  return table;
}

// Let a position of the picture be chosen; `current` returns the picture.
export function offerField(current) {
  const place = { x: 0.5, y: 0.5 };
  let asked = 0;
  const show = async () => {
    find("field-cross").style.left = `${100 * place.x}%`;
    find("field-cross").style.top = `${100 * place.y}%`;
    const picture = current();
    const model = find("field-model").value;
    if (!picture || !model) return;
    const turn = ++asked; // only the answer to the last click is shown
    try {
      const answer = await receptiveField(picture, { model, stage: find("field-stage").value, ...place });
      if (turn !== asked) return;
      find("field").src = URL.createObjectURL(answer.blob);
      find("field").alt = `Effective receptive field: ${answer.text}`;
      find("field").hidden = false;
      find("field-text").textContent = `At ${Math.round(100 * place.x)} % from the left and ${Math.round(100 * place.y)} % from the top: ${answer.text}.`;
      tell("");
    } catch (error) {
      tell(error.message);
    }
  };
  find("field-place").addEventListener("click", (event) => {
    if (event.detail === 0) { show(); return; } // Enter
    const area = find("field-place").getBoundingClientRect();
    place.x = Math.min(1, Math.max(0, (event.clientX - area.left) / area.width));
    place.y = Math.min(1, Math.max(0, (event.clientY - area.top) / area.height));
    show();
  });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  find("field-place").addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    place.x = Math.min(1, Math.max(0, place.x + 0.05 * step[0]));
    place.y = Math.min(1, Math.max(0, place.y + 0.05 * step[1]));
    show();
  });
  for (const id of ["field-model", "field-stage"]) find(id).addEventListener("change", show);
  return show;
}
