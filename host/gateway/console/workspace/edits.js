// What a person changed in a page's text, as replacements of places that occur exactly once. What others change elsewhere meanwhile stays; where
// they changed the same place, the tool finds it no more and says so.

import { compared } from "../components/difference.js";

/** @typedef {{old: string, new: string}} Edit */
/** A change: these lines of the text before, as they shall be. @typedef {{from: number, until: number, now: string[]}} Hunk */
/** Changes with the lines around them that make it clear where they are. @typedef {{from: number, until: number, hunks: Hunk[]}} Shown */
/** @typedef {{edits: Edit[], gone: string[], come: string[], isLoss: boolean}} Changes */

/** Times that lines are added around changes; each time twice as many. */
const MAX_ROUNDS = 16;
/** Replacements that a call takes. */
const MAX_EDITS = 100;

/** @param {string} before @param {string} now @returns {Changes} */
export function editsOf(before, now) {
  const lines = before.split("\n");
  /** @type {(Hunk & {gone: string[], come: string[]})[]} */
  const hunks = [];
  let at = 0;
  let isOpen = false;
  for (const line of compared(lines, now.split("\n"))) {
    if (line.kind === "same") {
      at += 1;
      isOpen = false;
      continue;
    }
    if (!isOpen) {
      hunks.push({ from: at, until: at, now: [], gone: [], come: [] });
      isOpen = true;
    }
    const hunk = hunks.at(-1);
    if (hunk && line.kind === "gone") {
      hunk.gone.push(line.text);
      hunk.until += 1;
      at += 1;
    } else if (hunk) {
      hunk.come.push(line.text);
      hunk.now.push(line.text);
    }
  }
  const said = (/** @type {string[]} */ list) => list.filter((line) => line.trim());
  return {
    edits: clear(lines, before, now, hunks),
    gone: hunks.flatMap(({ gone }) => said(gone)),
    come: hunks.flatMap(({ come }) => said(come)),
    isLoss: hunks.some(({ gone, come }) => said(gone).length > said(come).length),
  };
}

/** @param {string[]} lines @param {string} before @param {string} now @param {Hunk[]} hunks @returns {Edit[]} */
function clear(lines, before, now, hunks) {
  /** @type {Shown[]} */
  let all = hunks.map((hunk) => ({ from: hunk.from, until: hunk.until, hunks: [hunk] }));
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    all = apart(all);
    const edits = all.map((shown) => ({ old: lines.slice(shown.from, shown.until).join("\n"), new: changed(lines, shown).join("\n") }));
    const doubtful = unclear(before, edits);
    all.forEach((shown, place) => {
      if (isRagged(lines, shown)) {
        doubtful.add(place);
      }
    });
    if (doubtful.size === 0) {
      return edits.length > MAX_EDITS ? [{ old: before, new: now }] : edits;
    }
    const more = 2 ** round;
    all = all.map((shown, place) => (doubtful.has(place) ? { ...shown, from: Math.max(0, shown.from - more), until: Math.min(lines.length, shown.until + more) } : shown));
  }
  return [{ old: before, new: now }];
}

/** The lines of a place as they shall be. @param {string[]} lines @param {Shown} shown */
function changed(lines, { from, until, hunks }) {
  const out = [];
  let at = from;
  for (const hunk of hunks) {
    out.push(...lines.slice(at, hunk.from), ...hunk.now);
    at = hunk.until;
  }
  return [...out, ...lines.slice(at, until)];
}

/** Whether a place begins or ends with an empty line, which may be lost on the way; at the ends of the text there is nothing to add. @param {string[]} lines @param {Shown} shown */
function isRagged(lines, shown) {
  const isEmpty = (/** @type {string | undefined} */ line) => !line?.trim();
  const now = changed(lines, shown);
  const isOpenBefore = shown.from > 0 && (isEmpty(lines[shown.from]) || isEmpty(now[0]));
  const isOpenBehind = shown.until < lines.length && (isEmpty(lines[shown.until - 1]) || isEmpty(now.at(-1)));
  return isOpenBefore || isOpenBehind;
}

/** Places that show no line of each other; those that would are one. @param {Shown[]} all */
function apart(all) {
  /** @type {Shown[]} */
  const out = [];
  for (const shown of all) {
    const last = out.at(-1);
    if (last && shown.from < last.until) {
      last.hunks = [...last.hunks, ...shown.hunks];
      last.until = Math.max(last.until, shown.until);
    } else {
      out.push({ ...shown });
    }
  }
  return out;
}

/** The places of those whose text isn't exactly once in the page, before and while the others are made. @param {string} before @param {Edit[]} edits */
function unclear(before, edits) {
  const doubtful = new Set();
  let text = before;
  edits.forEach((edit, place) => {
    const isWhole = edit.old === before;
    if (!edit.old.trim() || (!isWhole && (!isOnce(before, edit.old) || !isOnce(text, edit.old)))) {
      doubtful.add(place);
    } else {
      const at = text.indexOf(edit.old);
      text = text.slice(0, at) + edit.new + text.slice(at + edit.old.length);
    }
  });
  return doubtful;
}

/** @param {string} text @param {string} part */
function isOnce(text, part) {
  const at = text.indexOf(part);
  return at >= 0 && text.indexOf(part, at + 1) < 0;
}
