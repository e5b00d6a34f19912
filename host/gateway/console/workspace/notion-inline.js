// Inline tags of Notion's markdown, as plain markdown: what is bold, mentions, dates, breaks.

/** Longest text in which tags are looked for. */
const MAX = 200_000;

const CODE = /(`+)[\s\S]*?\1/g;
const TAG = /(?<!\\)<(\/?)([a-z][a-z0-9-]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*(\/?)>/g;

/** Stands between marks, which would be read as one otherwise; it has no width. */
const BETWEEN = "\u200b";

/** The attributes of a tag. @param {string} text @returns {Record<string, string>} */
export function attributes(text) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const [, name = "", value = ""] of text.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)) {
    found[name] = unescaped(value);
  }
  return found;
}

/** @param {string} text */
const unescaped = (text) => text.replaceAll("&quot;", "\"").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** The marks of tags; what has none is its text. @type {Record<string, string>} */
const MARKS = { b: "**", strong: "**", i: "*", em: "*", s: "~~", del: "~~", code: "`", u: "", span: "" };

/** @param {string} text */
export function inlineMarkdown(text) {
  if (text.length > MAX || !/[<$]/.test(text)) {
    return text;
  }
  const source = text.replace(/\$(`[^`\n]*`)\$/g, "$1");
  // Code stands as it is, also what looks like a tag in it.
  const codes = [...source.matchAll(CODE)];
  /** @type {{name: string, from: number, url: string}[]} */
  const open = [];
  let out = "";
  let from = 0;
  for (const code of codes) {
    out = translated(out, source.slice(from, code.index), open) + code[0];
    from = code.index + code[0].length;
  }
  return translated(out, source.slice(from), open);
}

/** @param {string} before what is translated already @param {string} text @param {{name: string, from: number, url: string}[]} open */
function translated(before, text, open) {
  let out = before;
  let from = 0;
  for (const [whole, closing, name = "", rest = "", alone] of text.matchAll(TAG)) {
    const at = text.indexOf(whole, from);
    const isMention = name.startsWith("mention") || name === "page" || name === "database";
    if (!isMention && !Object.hasOwn(MARKS, name) && name !== "br" && name !== "date") {
      continue;
    }
    out += text.slice(from, at);
    from = at + whole.length;
    const given = attributes(rest);
    if (name === "br") {
      out += "\n";
    } else if (name === "date" || name === "mention-date") {
      out += closing ? "" : period(given);
    } else if (alone) {
      out += isMention ? given.value ?? "" : "";
    } else if (!closing) {
      open.push({ name, from: out.length, url: given.url ?? "" });
    } else {
      const place = open.findLastIndex((one) => one.name === name);
      const [opened] = place < 0 ? [] : open.splice(place);
      out = opened ? closed(out, opened, isMention) : out;
    }
  }
  return out + text.slice(from);
}

/** @param {string} out @param {{name: string, from: number, url: string}} opened @param {boolean} isMention */
function closed(out, opened, isMention) {
  const inner = out.slice(opened.from);
  const head = out.slice(0, opened.from);
  const words = inner.trim();
  if (!words) {
    return out;
  }
  if (isMention) {
    const isLink = /^https?:\/\/[^\s()]+$/.test(opened.url);
    return head + (isLink ? `[${words.replace(/[[\]]/g, " ")}](${opened.url})` : `${words.startsWith("@") ? "" : "@"}${words}`);
  }
  const mark = MARKS[opened.name] ?? "";
  if (!mark) {
    return out;
  }
  const [start = ""] = /^\s*/.exec(inner) ?? [];
  return `${head}${start}${BETWEEN}${mark}${words}${mark}${BETWEEN}${inner.slice(start.length + words.length)}`;
}

/** @param {Record<string, string>} given */
function period(given) {
  const start = [given.start, given["start-time"] ?? given["start_time"]].filter(Boolean).join(" ");
  const end = [given.end === given.start ? "" : given.end, given["end-time"]].filter(Boolean).join(" ");
  return end ? `${start} – ${end}` : start;
}
