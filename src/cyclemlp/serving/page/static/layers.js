// Masks and boxes over a picture, drawn on a canvas in this browser.

import { pngOf } from "./dom.js";

const SMALLEST = 640; // width of the canvas, so that labels on tiny pictures can be read
const MOST = 2 ** 24; // pixels of an enlarged canvas: browsers draw nothing on larger ones

async function codes(base64) {
  const exact = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(pngOf(base64), exact);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const values = new Uint16Array(bitmap.width * bitmap.height);
  for (let i = 0; i < values.length; i++) values[i] = data[4 * i] + 256 * data[4 * i + 1];
  return { values, width: bitmap.width, height: bitmap.height };
}

// Decode what `view` holds as PNG.
export async function decoded(view) {
  if (view.kind === "mask") return { ...view, mask: await codes(view.mask) };
  const objects = view.objects.map(async (one) =>
    one.mask ? { ...one, mask: { ...one.mask, ...(await codes(one.mask.png)) } } : one);
  return { ...view, objects: await Promise.all(objects) };
}

function tint(mask, colorOf) {
  const canvas = new OffscreenCanvas(mask.width, mask.height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(mask.width, mask.height);
  const pixels = new DataView(image.data.buffer);
  const inks = new Map(); // an array for each pixel would take seconds on a photograph
  for (let i = 0; i < mask.values.length; i++) {
    const value = mask.values[i];
    if (!inks.has(value)) inks.set(value, packed(colorOf(value)));
    pixels.setUint32(4 * i, inks.get(value));
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// Red, green, blue and full opacity in one number; 0 is transparent.
function packed(color) {
  if (!color) return 0;
  const [red, green, blue] = color;
  return ((red << 24) | (green << 16) | (blue << 8) | 255) >>> 0;
}

export const isShown = (one, state) => one.score >= state.threshold && !state.hidden.has(one.index);

// Draw a picture and the layers of a decoded view that `state` shows.
export function draw(canvas, bitmap, view, state) {
  const most = Math.max(1, Math.floor(Math.sqrt(MOST / (bitmap.width * bitmap.height))));
  const scale = Math.min(Math.max(1, Math.ceil(SMALLEST / bitmap.width)), most);
  canvas.width = bitmap.width * scale;
  canvas.height = bitmap.height * scale;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const colors = new Map(view.classes.map((one) => [one.index, one.color]));
  if (view.kind === "mask") {
    context.globalAlpha = state.opacity;
    const color = (index) => (state.hidden.has(index) ? null : colors.get(index));
    context.drawImage(tint(view.mask, color), 0, 0, canvas.width, canvas.height);
    context.globalAlpha = 1;
    return;
  }
  const shown = view.objects.filter((one) => isShown(one, state)).reverse(); // the best on top
  context.globalAlpha = state.opacity;
  for (const { mask, index } of shown.filter((one) => one.mask)) {
    const part = tint(mask, (value) => (value ? colors.get(index) : null));
    context.drawImage(part, scale * mask.left, scale * mask.top, scale * mask.width, scale * mask.height);
  }
  context.globalAlpha = 1;
  const names = new Map(view.classes.map((one) => [one.index, one.label]));
  const size = Math.max(14, Math.round(Math.min(canvas.width, canvas.height) / 28));
  for (const one of shown) frame(context, one.box.map((value) => value * scale), colors.get(one.index), size);
  for (const one of shown) {
    const text = `${names.get(one.index)} ${Math.round(100 * one.score)} %`;
    label(context, one.box.map((value) => value * scale), text, colors.get(one.index), size);
  }
}

function frame(context, [left, top, right, bottom], color, size) {
  for (const [width, ink] of [[size / 3.2, "#000"], [size / 6, `rgb(${color})`]]) {
    context.lineWidth = width;
    context.strokeStyle = ink;
    context.strokeRect(left, top, right - left, bottom - top);
  }
}

function label(context, [left, top], text, color, size) {
  context.font = `bold ${size}px sans-serif`;
  const width = context.measureText(text).width + 8;
  const height = size * 1.4;
  const x = Math.min(Math.max(0, left), Math.max(0, context.canvas.width - width));
  const y = top >= height ? top - height : Math.max(0, top);
  context.fillStyle = `rgb(${color})`;
  context.fillRect(x, y, width, height);
  const [red, green, blue] = color.map((part) => (part / 255) ** 2.2);
  context.fillStyle = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff";
  context.textBaseline = "middle";
  context.fillText(text, x + 4, y + height / 2);
}
