// Requests to the service that this page came from. There are no others.

const TRIES = 5; // while the service warms up, or has too much to do

// Fetch, wait as often as the service asks to, and throw its message if it refuses.
async function ask(place, options) {
  let answer = await reached(place, options);
  for (let i = 1; answer.status === 503 && i < TRIES; i++) {
    await new Promise((done) => setTimeout(done, 1000 * Number(answer.headers.get("Retry-After") ?? 1)));
    answer = await reached(place, options);
  }
  if (answer.ok) return answer;
  let text = `The service answered with status ${answer.status}.`;
  try {
    const { error } = await answer.json();
    text = `Not possible: ${error.rule}. Received: ${error.received}. What to do: ${error.remedy}.`;
  } catch { /* not a message of the service */ }
  throw new Error(text);
}

async function reached(place, options) {
  try {
    return await fetch(place, options);
  } catch { // the browser says no more than "Failed to fetch"
    throw new Error("The service does not answer. Start it again if it has ended, and reload this page.");
  }
}

// Send a picture.
function send(picture, place, parameters, headers = {}) {
  const body = new FormData();
  body.append("file", picture.blob, picture.name);
  return ask(`${place}?${new URLSearchParams(parameters)}`, { method: "POST", body, headers });
}

// One of the page's examples.
export const example = async (number) => (await ask(`page/examples/${number}.png`)).blob();

export const models = async () => (await (await ask("v1/models")).json()).models;

export async function predict(picture, parameters) {
  const begun = performance.now();
  const result = await (await send(picture, "page/predict", parameters)).json();
  return { ...result, total: performance.now() - begun };
}

export async function drawing(picture, parameters) {
  return (await send(picture, "v1/predict", parameters, { Accept: "image/png" })).blob();
}

export async function receptiveField(picture, parameters) {
  const answer = await send(picture, "page/receptive-field", parameters);
  return { blob: await answer.blob(), text: answer.headers.get("X-Summary") };
}

export async function kernel(parameters) {
  return (await (await ask(`page/kernel?${new URLSearchParams(parameters)}`)).json()).offsets;
}
