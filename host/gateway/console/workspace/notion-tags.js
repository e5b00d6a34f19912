// Tags of blocks in Notion's markdown: each begins a line, and what it holds stands in the lines behind it.

import { attributes } from "./notion-inline.js";

/** @typedef {{name: string, given: Record<string, string>, lines: string[]}} Tag */

const OPEN = /^<([a-z][a-z0-9-]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*(\/)?>(.*)$/;

/**
 * The tag that begins in a line, with what it holds.
 *
 * @param {string[]} lines
 * @param {number} at
 * @param {(name: string) => boolean} isKnown
 * @returns {{tag: Tag, until: number} | null}
 */
export function tagAt(lines, at, isKnown) {
  const opened = OPEN.exec((lines[at] ?? "").trim());
  const [, name = "", rest = "", alone, behind = ""] = opened ?? [];
  if (!opened || !isKnown(name)) {
    return null;
  }
  const given = attributes(rest);
  const close = `</${name}>`;
  if (alone) {
    return behind.trim() ? null : { tag: { name, given, lines: [] }, until: at + 1 };
  }
  if (behind.trimEnd().endsWith(close)) {
    return { tag: { name, given, lines: [behind.trimEnd().slice(0, -close.length)] }, until: at + 1 };
  }
  let depth = 1;
  for (let end = at + 1; end < lines.length; end += 1) {
    const line = (lines[end] ?? "").trim();
    const inner = OPEN.exec(line);
    if (inner && inner[1] === name && !inner[3] && !line.endsWith(close)) {
      depth += 1;
    } else if (line === close) {
      depth -= 1;
    }
    if (depth === 0) {
      return { tag: { name, given, lines: [...(behind.trim() ? [behind] : []), ...dedented(lines.slice(at + 1, end))] }, until: end + 1 };
    }
  }
  return null;
}

/** Lines without the tabs that all of them begin with. @param {string[]} lines */
function dedented(lines) {
  const full = lines.filter((line) => line.trim());
  const depth = full.reduce((least, line) => Math.min(least, /^\t*/.exec(line)?.[0].length ?? 0), full.length ? 99 : 0);
  return lines.map((line) => line.slice(Math.min(depth, /^\t*/.exec(line)?.[0].length ?? 0)));
}
