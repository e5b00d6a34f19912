// What holds of every page that a journey passes: nothing overflows, nothing is cut, and axe finds nothing.
import { readFileSync } from "node:fs";
import { axe } from "../packages.mjs";

const AXE = readFileSync(axe, "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * @param {import("playwright-core").Page} page
 * @param {string} what the page, for the words of a failure
 */
export async function examine(page, what) {
  const found = await page.evaluate(looksWrong);
  const violations = await violated(page);
  found.push(...violations.map(({ id, help, nodes }) => `axe ${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""}`).join(" | ")}`));
  if (found.length > 0) {
    throw new Error(`${what} at ${new URL(page.url()).pathname}:\n${found.join("\n")}`);
  }
}

/** What axe finds. It stays in the page until that is left: reading it takes longer than many of its examinations. */
async function violated(page) {
  if (!(await page.evaluate(() => "axe" in window))) {
    await page.evaluate(AXE);
  }
  return page.evaluate(async (rules) => {
    const { violations } = await window.axe.run(document, { runOnly: rules, resultTypes: ["violations"], preload: false, iframes: false });
    return violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html, any, all, none }) => ({ html, any, all, none })) }));
  }, RULES);
}

/** Runs in the page. */
export function looksWrong() {
  const found = [];
  const root = document.scrollingElement;
  const name = (element) => `<${element.localName} class="${element.className}"> ${(element.textContent ?? "").trim().slice(0, 60)}`;
  const isSeen = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true });
  };
  const isInScroller = (element) => {
    for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) {
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(parent).overflowX)) {
        return true;
      }
    }
    return false;
  };
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1 && !isInScroller(element)).slice(-3).map(name);
    found.push(`the page is ${root.scrollWidth - root.clientWidth} px too wide: ${wide.join("; ")}`);
  }
  const whole = "button, .button, label, h1, h2, h3, h4, summary, legend, [role=tab], dt, th, .badge, .notice, nav a";
  for (const element of document.querySelectorAll(whole)) {
    if (isSeen(element) && getComputedStyle(element).display !== "inline" && element.scrollWidth > element.clientWidth + 1) {
      found.push(`cut: ${name(element)} (${element.scrollWidth} in ${element.clientWidth})`);
    }
    const { right, left } = element.getBoundingClientRect();
    if (isSeen(element) && !isInScroller(element) && (right > root.clientWidth + 1 || left < -1) && !element.matches(".skip")) {
      found.push(`out of sight: ${name(element)}`);
    }
  }
  const heads = [...document.querySelectorAll("h1")].filter(isSeen).length;
  if (heads !== 1) {
    found.push(`${heads} headings of the first level`);
  }
  return found.slice(0, 12);
}
