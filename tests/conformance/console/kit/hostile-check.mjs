// Whether strangers' text has stayed text, on the page as it is now.
import { looksWrong } from "./examine.mjs";
import { MARK } from "./hostile-text.mjs";

/** @param {import("./person.mjs").Person} person @param {string} what */
export async function staysText(person, what) {
  await person.settles();
  const found = await person.page.evaluate(marksOf, MARK);
  // Cut text is no fault of a name of 100 KB: what counts is that the page holds its width.
  found.push(...(await person.page.evaluate(looksWrong)).filter((fault) => !fault.startsWith("cut: ")));
  if (found.length > 0) {
    throw new Error(`${what} at ${person.page.url()}:\n${found.join("\n")}`);
  }
  person.watch.holds();
}

/** Runs in the page. */
function marksOf(mark) {
  const found = [];
  for (const element of document.querySelectorAll(`#${mark}, [onerror], [onload], iframe, script:not([src]), style`)) {
    found.push(`an element of a stranger's: ${element.outerHTML.slice(0, 200)}`);
  }
  for (const link of document.querySelectorAll("a[href], [src], form[action]")) {
    const address = link.getAttribute("href") ?? link.getAttribute("src") ?? link.getAttribute("action");
    if (/^\s*(javascript|vbscript|data:(?!image\/))/i.test(address)) {
      found.push(`an address that is a script: ${address.slice(0, 100)}`);
    }
  }
  const turned = /[\u202A-\u202E\u2066-\u2069]/;
  if (turned.test(document.title)) {
    found.push("the tab's title has marks of direction");
  }
  // A mark that begins in somebody's text ends with the element that keeps it apart; without one it turns what stands beside it.
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (!turned.test(text.data) || !text.parentElement.checkVisibility()) {
      continue;
    }
    let isApart = false;
    for (let parent = text.parentElement; parent && !isApart; parent = parent.parentElement) {
      const style = getComputedStyle(parent);
      isApart = ["isolate", "isolate-override", "plaintext"].includes(style.unicodeBidi) || parent.matches("textarea, select, option");
      if (style.display !== "inline" && !isApart) {
        // A block of its own ends the direction; other text in the same block would be turned.
        isApart = parent.textContent === text.data;
        break;
      }
    }
    if (!isApart) {
      found.push(`text with marks of direction turns what is beside it: ${text.parentElement.outerHTML.slice(0, 200)}`);
    }
  }
  return found.slice(0, 8);
}
