// What an answer holds besides data: texts, pictures, and files to download.

import { button } from "../components/button.js";
import { foreign, h } from "../kit/element.js";
import { size } from "../kit/words.js";
import { plain } from "../form/plain.js";
import { same } from "../form/same.js";
import { textView, valueView } from "./value.js";

/** @typedef {{type: string, text?: string, data?: string, mime_type?: string, mimeType?: string, uri?: string, blob?: string}} Part */

/** Parts that are shown. */
const MAX_PARTS = 50;

/** Longest picture that is shown, in characters of base64. */
const MAX_PICTURE = 6_000_000;

/** @param {unknown} content @param {unknown} result what the answer's data says: a text that says the same again is left out */
export function partsView(content, result) {
  const parts = /** @type {Part[]} */ (Array.isArray(content) ? content : []);
  const shown = parts.slice(0, MAX_PARTS).map((part, place) => partView(part, place, result)).filter((part) => part !== null);
  if (parts.length > MAX_PARTS) {
    shown.push(h("p", { class: "quiet" }, `${parts.length - MAX_PARTS} more parts are in the JSON.`));
  }
  return shown;
}

/** @param {Part} part @param {number} place @param {unknown} result */
function partView(part, place, result) {
  const type = part.mime_type ?? part.mimeType ?? "";
  const data = part.data ?? part.blob;
  if (part.type === "text") {
    return said(part.text ?? "", result);
  }
  if (part.type === "image" && data && isPicture(type, data)) {
    return h("figure", { class: "picture" }, h("img", { src: `data:${type};base64,${data.replace(/\s/g, "")}`, alt: `Picture ${place + 1} of the answer` }), h("figcaption", null, download(data, type, `picture-${place + 1}`)));
  }
  if (data) {
    return h("p", null, download(data, type, fileName(part, place)));
  }
  if (typeof part.text === "string") {
    const { uri } = part;
    return h("div", { class: "stack" }, uri ? h("p", { class: "quiet" }, foreign(plain(uri, 200))) : null, textView(part.text));
  }
  return h("p", null, foreign(part.uri ?? `A part of the type ${plain(part.type)}`));
}

/** A text; JSON is shown as what it says. @param {string} text @param {unknown} result */
function said(text, result) {
  if (/^\s*[[{]/.test(text)) {
    try {
      const value = JSON.parse(text);
      return same(value, result) ? null : h("div", null, valueView(value));
    } catch {
      // A text that begins as JSON does.
    }
  }
  return h("div", null, textView(text));
}

/** @param {string} type @param {string} data */
const isPicture = (type, data) => /^image\/(png|jpeg|gif|webp)$/.test(type) && data.length <= MAX_PICTURE && isBase64(data);

/** @param {string} data */
const isBase64 = (data) => /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(data);

/** What a file of these types is called. @type {Record<string, string>} */
const ENDINGS = { "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "audio/mpeg": "mp3", "audio/wav": "wav", "audio/ogg": "ogg", "application/pdf": "pdf", "text/plain": "txt", "text/csv": "csv", "application/json": "json" };

/** @param {Part} part @param {number} place */
function fileName(part, place) {
  const last = plain(part.uri ?? "", 200).split(/[/?#]/).filter(Boolean).at(-1) ?? "";
  const safe = last.replace(/[^\p{L}\p{N}._ -]/gu, "_").replace(/^\.+/, "").slice(0, 80);
  return safe || `${/^[a-z]+$/.test(part.type) ? part.type : "part"}-${place + 1}`;
}

/** @param {string} data @param {string} type @param {string} name */
function download(data, type, name) {
  const bytes = Math.floor((data.length * 3) / 4);
  const ending = ENDINGS[type];
  const full = ending && !name.endsWith(`.${ending}`) ? `${name}.${ending}` : name;
  return button({ label: `Download ${plain(full, 60)} (${size(bytes)})`, icon: "file", press: () => save(new Blob([bytesOf(data)], { type: "application/octet-stream" }), full) });
}

/** @param {string} data */
function bytesOf(data) {
  try {
    return Uint8Array.from(atob(data.replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
  } catch {
    return new TextEncoder().encode(data);
  }
}

/** Gives the person a file. @param {Blob} content @param {string} name */
export function save(content, name) {
  const to = URL.createObjectURL(content);
  const link = h("a", { href: to, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(to), 10_000);
}
