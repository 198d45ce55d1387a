// The picture: from a file, by drop or paste, from the camera, or an example.

import { find, make, tell, trying } from "./dom.js";
import { example } from "./service.js";

const EXAMPLES = ["scene 1", "scene 2", "scene 3", "digit"];

// Call `taken` with {blob, name, url, width, height} whenever there is a new picture.
export function offerPictures(taken) {
  let url = null;
  async function take(blob, name) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(blob);
    } catch {
      tell(`This browser cannot show ${name}. Choose a PNG, JPEG or WebP picture.`);
      return;
    }
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(blob);
    find("preview").src = url;
    find("preview").alt = `The chosen picture, ${name}`;
    find("preview").hidden = false;
    find("hint").hidden = true;
    find("about-picture").textContent = `${name}: ${bitmap.width} × ${bitmap.height} pixels, ${Math.ceil(blob.size / 1024)} KiB`;
    taken({ blob, name, url, bitmap, width: bitmap.width, height: bitmap.height });
  }
  offerFiles(take);
  offerCamera(take);
  offerExamples(take);
}

function offerFiles(take) {
  const first = (files) => {
    const file = [...files].find((one) => one.type.startsWith("image/"));
    if (file) take(file, file.name || "pasted picture");
    else tell("That is not a picture. Choose a PNG, JPEG or WebP file.");
  };
  find("file").addEventListener("change", (event) => event.target.files.length && first(event.target.files));
  addEventListener("paste", (event) => event.clipboardData.files.length && first(event.clipboardData.files));
  const drop = find("drop");
  addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  addEventListener("dragleave", () => drop.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    first(event.dataTransfer.files);
  });
}

function offerCamera(take) {
  let stream = null;
  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    find("shooting").hidden = true;
  };
  find("camera").addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      tell(`There is no camera that this page may use (${error.name}). Choose a file instead.`);
      return;
    }
    tell("");
    find("shoot").disabled = true; // until there is a first frame
    find("video").srcObject = stream;
    find("shooting").hidden = false;
    await find("video").play();
    find("shoot").disabled = false;
    find("shoot").focus();
  });
  find("stop").addEventListener("click", stop);
  find("shoot").addEventListener("click", () => {
    const video = find("video");
    const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    stop();
    canvas.toBlob((blob) => take(blob, "camera picture"), "image/jpeg", 0.95);
  });
}

function offerExamples(take) {
  EXAMPLES.forEach((name, number) => {
    const place = `page/examples/${number}.png`;
    const choose = trying(async () => take(await example(number), `${name}.png`));
    const button = make("button", { type: "button", click: choose }, make("img", { src: place, alt: "" }), name);
    find("examples").append(make("li", {}, button));
  });
}
