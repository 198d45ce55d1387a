// Short ways to make and find elements.

export const find = (id) => document.getElementById(id);

// Make an element: attributes that are functions become listeners, children may be text.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// The bytes of a PNG file in base64, as a Blob.
export function pngOf(base64) {
  return new Blob([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))], { type: "image/png" });
}

export const percent = (share) => `${(100 * share).toFixed(1)} %`;

export function tell(text) {
  find("message").textContent = text;
  find("message").hidden = !text;
}

// A listener that tells why it failed.
export const trying = (action) => async () => {
  try {
    await action();
  } catch (error) {
    tell(error.message);
  }
};
