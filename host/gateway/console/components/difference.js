// What two texts differ in, line by line. Characters that can't be seen are shown: somebody who accepts a text must see all of it.

import { h, replace } from "../kit/element.js";

/** Lines of a text that are compared with each other; beyond them the one is shown as gone and the other as new. */
const MAX_LINES = 1_500;

/** Lines that are shown at once. */
const MAX_SHOWN = 400;

/** Characters of a line that are shown. */
const MAX_LINE = 4_000;

/** Lines around a change that are shown though they are the same. */
const AROUND = 2;

/** Controls, marks of direction, and what has no width: what a model reads and a person doesn't see. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

/** A text in which everything can be seen. @param {string} text */
export const visible = (text) => text.replace(UNSEEN, (mark) => `⟨U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

/** @typedef {{kind: "same" | "gone" | "new", text: string}} Line */

/**
 * @param {unknown} before a text, or a value that is compared as JSON; nothing when it is new
 * @param {unknown} now nothing when it is gone
 * @param {{label: string}} options
 */
export function difference(before, now, { label }) {
  const lines = compared(written(before), written(now));
  const shown = shortened(lines);
  const isText = [before, now].every((value) => typeof value === "string" || value === null || value === undefined);
  const list = h("div", { class: isText ? "difference" : "difference code", role: "region", tabindex: "0", "aria-label": label });
  /** @param {number} until */
  const rows = (until) => shown.slice(0, until).map((part, place) => (typeof part === "number"
    ? h("p", { class: "skipped quiet" }, `${part.toLocaleString("en")} ${part === 1 ? "line is" : "lines are"} the same`)
    : row(part, counterpart(shown, place))));
  replace(list, rows(MAX_SHOWN));
  if (shown.length > MAX_SHOWN) {
    const more = h("button", { type: "button", class: "link", on: { click: () => {
      replace(list, rows(shown.length));
      list.focus();
    } } }, `Show ${(shown.length - MAX_SHOWN).toLocaleString("en")} more lines`);
    list.append(more);
  }
  return list;
}

/** @param {unknown} value */
function written(value) {
  if (value === null || value === undefined) {
    return [];
  }
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return text.split("\n").map((line) => visible(line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}… (${line.length.toLocaleString("en")} characters)` : line));
}

/**
 * The longest lines in common stay; the rest has gone or come.
 *
 * @param {string[]} before
 * @param {string[]} now
 * @returns {Line[]}
 */
export function compared(before, now) {
  let head = 0;
  while (head < before.length && head < now.length && before[head] === now[head]) {
    head += 1;
  }
  let tail = 0;
  while (tail < before.length - head && tail < now.length - head && before[before.length - 1 - tail] === now[now.length - 1 - tail]) {
    tail += 1;
  }
  const same = (/** @type {string} */ text) => /** @type {Line} */ ({ kind: "same", text });
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), now.slice(head, now.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

/** @param {string[]} before @param {string[]} now @returns {Line[]} */
function middle(before, now) {
  const gone = (/** @type {string} */ text) => /** @type {Line} */ ({ kind: "gone", text });
  const come = (/** @type {string} */ text) => /** @type {Line} */ ({ kind: "new", text });
  if (before.length > MAX_LINES || now.length > MAX_LINES || !before.length || !now.length) {
    return [...before.map(gone), ...now.map(come)];
  }
  // The length of what both have in common from each pair of places on.
  const width = now.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  for (let one = before.length - 1; one >= 0; one -= 1) {
    for (let other = now.length - 1; other >= 0; other -= 1) {
      common[one * width + other] = before[one] === now[other]
        ? (common[(one + 1) * width + other + 1] ?? 0) + 1
        : Math.max(common[(one + 1) * width + other] ?? 0, common[one * width + other + 1] ?? 0);
    }
  }
  /** @type {Line[]} */
  const lines = [];
  let one = 0;
  let other = 0;
  while (one < before.length || other < now.length) {
    if (one < before.length && other < now.length && before[one] === now[other]) {
      lines.push({ kind: "same", text: before[one] ?? "" });
      one += 1;
      other += 1;
    } else if (other >= now.length || (one < before.length && (common[(one + 1) * width + other] ?? 0) >= (common[one * width + other + 1] ?? 0))) {
      lines.push(gone(before[one] ?? ""));
      one += 1;
    } else {
      lines.push(come(now[other] ?? ""));
      other += 1;
    }
  }
  return lines;
}

/** Long runs of what is the same, as their number. @param {Line[]} lines @returns {(Line | number)[]} */
function shortened(lines) {
  const near = new Set();
  lines.forEach((line, place) => {
    if (line.kind !== "same") {
      for (let other = place - AROUND; other <= place + AROUND; other += 1) {
        near.add(other);
      }
    }
  });
  /** @type {(Line | number)[]} */
  const out = [];
  lines.forEach((line, place) => {
    if (near.has(place)) {
      out.push(line);
    } else if (typeof out.at(-1) === "number") {
      out[out.length - 1] = Number(out.at(-1)) + 1;
    } else {
      out.push(1);
    }
  });
  return out;
}

/** The line that came in the place of one that has gone, or the other way round. @param {(Line | number)[]} shown @param {number} place */
function counterpart(shown, place) {
  const kindAt = (/** @type {number} */ at) => {
    const part = shown[at];
    return typeof part === "object" ? part.kind : undefined;
  };
  const kind = kindAt(place);
  let from = place;
  while (kindAt(from - 1) && kindAt(from - 1) !== "same") {
    from -= 1;
  }
  const run = [];
  for (let at = from; kindAt(at) && kindAt(at) !== "same"; at += 1) {
    run.push(/** @type {Line} */ (shown[at]));
  }
  const gone = run.filter((line) => line.kind === "gone");
  const come = run.filter((line) => line.kind === "new");
  if (gone.length !== come.length || kind === "same") {
    return undefined;
  }
  const own = /** @type {Line} */ (shown[place]);
  return kind === "gone" ? come[gone.indexOf(own)]?.text : gone[come.indexOf(own)]?.text;
}

/** @param {Line} line @param {string | undefined} other */
function row(line, other) {
  const name = { same: "", gone: "Before: ", new: "Now: " }[line.kind];
  const mark = { same: " ", gone: "−", new: "+" }[line.kind];
  return h("p", { class: `line ${line.kind}` },
    h("span", { class: "sign", "aria-hidden": "true" }, mark),
    h("span", { class: "unseen" }, name),
    h("bdi", { class: "foreign" }, other === undefined ? line.text : marked(line.text, other)));
}

/** Marks the words in which a line differs from its counterpart, unless that is nearly all of it. @param {string} text @param {string} other */
function marked(text, other) {
  const words = text.split(/(\s+)/);
  const others = other.split(/(\s+)/);
  let head = 0;
  while (head < words.length && head < others.length && words[head] === others[head]) {
    head += 1;
  }
  let tail = 0;
  while (tail < words.length - head && tail < others.length - head && words[words.length - 1 - tail] === others[others.length - 1 - tail]) {
    tail += 1;
  }
  const middle = words.slice(head, words.length - tail).join("");
  if (!middle.trim() || head + tail === 0) {
    return text;
  }
  return [words.slice(0, head).join(""), h("mark", null, middle), words.slice(words.length - tail).join("")];
}
