// Somebody at a keyboard. There is no mouse here, and nothing gets the focus but by the keys that a person has.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { PATIENCE, Watch } from "./browser.mjs";
import { examine } from "./examine.mjs";
import { until } from "./report.mjs";

/** How often Tab is pressed before a control counts as out of reach. */
const MAX_TABS = 150;

/** Whoever has the clipboard now. @type {Promise<unknown>} */
let clipboard = Promise.resolve();

export class Person {
  /** @param {import("playwright-core").Page} page @param {import("../world.mjs").World} world */
  constructor(page, world) {
    this.page = page;
    this.world = world;
    this.watch = new Watch(page, world);
    this.isNarrow = page.viewportSize().width < 600;
  }

  /** @param {import("playwright-core").BrowserContext} context @param {import("../world.mjs").World} world */
  static async sitsDown(context, world) {
    return new Person(await context.newPage(), world);
  }

  /** Types an address into the browser's bar. */
  async opens(address) {
    await this.page.goto(new URL(address, this.world.url).href, { waitUntil: "domcontentloaded" });
  }

  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  /** Elements by what a person is told of them. A text must be the whole name; an expression needs to fit. */
  the(role, name, within = this.page) {
    // The browser's own fields for passwords, dates and files have no role: their label finds them.
    if (role === "field") {
      return within.getByLabel(name, { exact: typeof name === "string" });
    }
    if (role === "summary") {
      return within.locator("summary").filter({ hasText: name });
    }
    return within.getByRole(role, name === undefined ? {} : { name, exact: typeof name === "string" });
  }

  /** What has the focus, in words, for failures. */
  async whatHasFocus() {
    return (await this.page.evaluate(focusAmong, [])).words;
  }

  /** Presses Tab until a control has the focus. */
  async reach(role, name, { back = false, max = MAX_TABS, within } = {}) {
    const wanted = this.the(role, name, within);
    await wanted.first().waitFor();
    const passed = [];
    /** @type {import("playwright-core").ElementHandle[]} */
    let found = [];
    try {
      for (let tabs = 0; tabs <= max; tabs += 1) {
        // Finding them by their role takes long on a large page: it is done anew when one has gone, and now and then.
        let focus = tabs % 20 === 0 ? null : await this.page.evaluate(focusAmong, found).catch(() => null);
        if (!focus?.areThere) {
          found = await wanted.elementHandles();
          focus = await this.page.evaluate(focusAmong, found);
        }
        if (focus.isAmong) {
          await this.#isInSight(`${role} "${name}"`);
          return wanted;
        }
        passed.push(focus.words);
        await this.press(back ? "Shift+Tab" : "Tab");
      }
    } finally {
      // What is held on to here would stay in the tab's memory.
      await Promise.all(found.map((handle) => handle.dispose().catch(() => {})));
    }
    throw new Error(`${role} "${name}" is out of reach of ${max} tabs, which passed ${[...new Set(passed)].slice(0, 30).join("\n  ")}`);
  }

  /** What has the focus must be seen: not behind a bar, not outside the window. */
  async #isInSight(what) {
    const hidden = await this.page.evaluate(() => {
      const element = document.activeElement;
      const { left, right, top, bottom } = element.getBoundingClientRect();
      if (right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight) {
        return "is outside the window";
      }
      // WCAG 2.4.11: something of it must be seen.
      for (const [x, y] of [[(left + right) / 2, (top + bottom) / 2], [left + 2, top + 2], [right - 2, bottom - 2]]) {
        const shown = document.elementFromPoint(Math.min(Math.max(x, 0), innerWidth - 1), Math.min(Math.max(y, 0), innerHeight - 1));
        if (shown && (element.contains(shown) || shown.contains(element) || [...(element.labels ?? [])].some((label) => label.contains(shown)))) {
          return "";
        }
      }
      return "is behind something else";
    });
    if (hidden) {
      throw new Error(`${what} has the focus, and ${hidden}`);
    }
  }

  /** Goes to a control and presses it. */
  async uses(role, name, options) {
    await this.reach(role, name, options);
    await this.press(role === "checkbox" || role === "radio" || role === "switch" ? "Space" : "Enter");
  }

  /** The dialog that is open. */
  get dialog() {
    return this.page.getByRole("dialog");
  }

  /** Chooses one of a few by the arrows: Tab goes to the one that is chosen, or the first. */
  async chooses(group, option) {
    const radios = this.the("group", group).getByRole("radio");
    const wanted = this.the("group", group).getByRole("radio", { name: option, exact: typeof option === "string" });
    for (let tabs = 0; !(await radios.evaluateAll((elements) => elements.includes(document.activeElement))); tabs += 1) {
      if (tabs > MAX_TABS) {
        throw new Error(`the choice "${group}" is out of reach`);
      }
      await this.press("Tab");
    }
    for (let steps = 0; !(await wanted.isChecked()); steps += 1) {
      if (steps > 30) {
        throw new Error(`"${option}" of "${group}" is out of reach of the arrows`);
      }
      await this.press("ArrowDown");
    }
  }

  /** Presses a button that copies something, and answers what is on the clipboard then. Those who share the browser share its clipboard. */
  copies(name) {
    const turn = clipboard.then(async () => {
      await this.uses("button", name);
      await this.reads("Copied");
      return this.page.evaluate(() => navigator.clipboard.readText());
    });
    clipboard = turn.catch(() => {});
    return turn;
  }

  /** Goes to a field, and types over what is in it. */
  async types(name, text, { role = "textbox", ...options } = {}) {
    await this.reach(role, name, options);
    await this.press("ControlOrMeta+a");
    if (text === "") {
      await this.press("Delete");
    }
    // A long text comes from the clipboard, as a person's would.
    await (text.length > 200 ? this.page.keyboard.insertText(text) : this.page.keyboard.type(text));
  }

  /** Chooses in a list that is searched by typing. */
  async picks(name, text, option = new RegExp(`^${text}`), options = {}) {
    await this.types(name, text, { role: "combobox", ...options });
    await this.the("option", option).first().waitFor();
    for (let steps = 0; steps < 60; steps += 1) {
      await this.press("ArrowDown");
      const active = this.page.locator("[role=listbox] .active");
      if (option.test((await active.textContent()) ?? "")) {
        await this.press("Enter");
        return;
      }
    }
    throw new Error(`no option "${option}" of "${name}" is reached by the arrows`);
  }

  /** Chooses in a list of the browser's own, by the first letters. */
  async selects(name, option, options) {
    const list = await this.reach("combobox", name, options);
    await this.page.keyboard.type(option);
    const chosen = await list.first().evaluate((element) => element.selectedOptions?.[0]?.textContent ?? "");
    if (!chosen.startsWith(option)) {
      throw new Error(`"${name}" is "${chosen}" after typing "${option}"`);
    }
  }

  /** Goes to a page by the menu, which a narrow screen opens first. */
  async goesTo(label, heading = label) {
    if (this.isNarrow) {
      await this.uses("button", "Menu");
    }
    await this.uses("link", label, { within: this.the("navigation", "Console") });
    await this.arrives(heading);
  }

  /** A page is there, and its heading has the focus, so that whoever hears the page hears what it is. */
  async arrives(heading) {
    const head = this.page.getByRole("heading", { level: 1, name: heading, exact: typeof heading === "string" });
    await head.waitFor().catch(async (error) => {
      throw new Error(`no heading "${heading}" but "${(await this.page.locator("h1").allInnerTexts()).join(", ")}" at ${this.page.url()}; the page says: ${(await this.page.locator("main").innerText().catch(() => error.message)).slice(0, 600)}`);
    });
    await this.focusIs(head, `the heading "${heading}"`);
  }

  /** The page was opened by its address: it has its heading, wherever the browser has the focus. */
  async sees(role, name, within) {
    const wanted = this.the(role, name, within).first();
    await wanted.waitFor().catch(async () => {
      throw new Error(`no ${role} "${name}" at ${this.page.url()}; the page says: ${(await this.page.locator("body").innerText()).slice(0, 1_500)}`);
    });
    return wanted;
  }

  /** Reads something on the page, wherever it is. */
  async reads(text, within = this.page.locator("body")) {
    const fits = (words) => (typeof text === "string" ? words.includes(text) : text.test(words));
    await until(async () => `the page doesn't say "${text}" but: ${(await within.first().innerText().catch(() => "nothing")).slice(0, 1_500)}`,
      async () => fits((await within.allInnerTexts().catch(() => [])).join("\n")), { seconds: 30, every: 50 });
  }

  async focusIs(locator, what) {
    await until(async () => `${what} has no focus, but ${await this.whatHasFocus()}`,
      () => locator.evaluateAll((elements) => elements.some((element) => element === document.activeElement || (element.contains(document.activeElement) && element.localName !== "body"))),
      { seconds: 10, every: 50 });
  }

  /** The page as it is now: layout, axe, and nothing that went wrong unseen. */
  async examines(what) {
    await this.settles();
    await examine(this.page, what);
    this.watch.holds();
  }

  /** Waits until nothing is loading any more. */
  async settles() {
    await this.page.waitForFunction(isSettled, undefined, { timeout: PATIENCE }).catch(async () => {
      const words = (await this.page.locator("body").innerText()).slice(0, 500);
      const waits = await this.page.evaluate(() => [...document.querySelectorAll(".waiting, [aria-busy=true]")].map((one) => one.outerHTML.slice(0, 200)).join("; "));
      throw new Error(`the page at ${this.page.url()} goes on loading (${waits}): ${words}`);
    });
  }

  /** A picture of what went wrong, where somebody wants one. */
  async leavesPicture(name) {
    if (process.env.CONSOLE_KEEP) {
      mkdirSync(process.env.CONSOLE_KEEP, { recursive: true });
      await this.page.screenshot({ path: path.join(process.env.CONSOLE_KEEP, `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.png`), fullPage: true }).catch(() => {});
    }
  }

  /** Signs in as the operator, by the link that the host prints. */
  async signsInAsOperator(link) {
    await this.opens(link ?? await this.world.link());
    await this.uses("button", "Sign in as operator");
    await this.sees("heading", "Overview");
  }

  async signsInByToken(token) {
    await this.opens("/sign-in");
    await this.types("With an API token", token, { role: "field" });
    await this.press("Enter");
    await this.sees("heading", "Overview");
  }

  /** As a person of the workspace, by name; the first one, where none is named. */
  async signsInByNotion(workspace, person) {
    await this.world.control("oauth", { workspace, ...(person ? { person } : {}) });
    await this.opens("/sign-in");
    await this.uses("button", "Continue with Notion");
    await this.sees("heading", "Overview");
  }
}

/** Runs in the page. A button that has opened a dialog is busy for as long as that is open. */
function isSettled() {
  const top = document.querySelector("dialog[open]") ?? document;
  return document.querySelector("h1") && !document.querySelector(".waiting, [aria-busy=true]:not(button)") && !top.querySelector("button[aria-busy=true]");
}

/** Runs in the page: whether one of these elements has the focus, whether all of them are still there, and what has it, in words. */
function focusAmong(elements) {
  const element = document.activeElement;
  return {
    isAmong: elements.includes(element),
    areThere: elements.length > 0 && elements.every((one) => one.isConnected),
    words: element ? `<${element.localName} role="${element.getAttribute("role") ?? ""}" id="${element.id}"> ${(element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 80)}` : "nothing",
  };
}
