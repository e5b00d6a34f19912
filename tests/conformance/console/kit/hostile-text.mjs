// What strangers write: markup, scripts, marks that turn the direction of text, and words without an end.

/** No element of a page may have this id: only markup out of text could give it to one. */
export const MARK = "strangers-own";

export const OVERRIDE = "\u202E";
export const ISOLATE = "\u2066";

/** Where markup would ask for a picture, which no check allows. */
const ELSEWHERE = "http://192.0.2.1/seen";

/** Short enough for names, each with a mark that begins and never ends. */
export const SHORT = {
  markup: `<b id="${MARK}">${OVERRIDE}bold</b>`,
  script: `<script id="${MARK}">alert(1)</script>${ISOLATE}`,
  picture: `<img id="${MARK}" src="${ELSEWHERE}" onerror="alert(1)">`,
};

export const ALL = [
  ...Object.values(SHORT),
  `"><svg id="${MARK}" onload="alert(1)">`,
  `<iframe id="${MARK}" srcdoc="<script>alert(1)</script>"></iframe>`,
  `[a link](javascript:alert(1)) ![a picture](${ELSEWHERE}) <style id="${MARK}">body { display: none }</style>`,
].join(" ");

/** A word without a place to break it, in characters. */
export const word = (length) => `endless${"x".repeat(length - 7)}`;

export const KIB = 1_024;

/** Notion's own texts have pieces of at most 2,000 characters. */
export function pieces(text) {
  const made = [];
  for (let from = 0; from < text.length; from += 2_000) {
    made.push({ text: { content: text.slice(from, from + 2_000) } });
  }
  return made;
}
