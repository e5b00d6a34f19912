// Debian's Chromium, and what goes wrong in its pages without anybody seeing it.
import { chromium } from "../packages.mjs";
import { SLOWNESS } from "./report.mjs";

/** How long something may take that a person waits for, on a machine that has much to do, in milliseconds. */
export const PATIENCE = 30_000 * SLOWNESS;

/** The widths and the two schemes that every journey is made in. */
export const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };
export const PAIRS = Object.keys(SIZES).flatMap((size) => ["light", "dark"].map((scheme) => ({ size, scheme })));

/** @type {Promise<import("playwright-core").Browser> | undefined} */
let running;

/** The browser that all checks share, each with profiles of its own: starting one takes longer than most of what is done in it. */
export async function launch() {
  running ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // A container has no user namespaces to build the sandbox of.
    args: ["--no-sandbox"],
  });
  const browser = await running;
  const made = [];
  return {
    async newContext(options) {
      const context = await browser.newContext(options);
      made.push(context);
      return context;
    },
    close: () => Promise.all(made.map((context) => context.close())),
  };
}

/** Ends the browser, when all checks have ended. */
export const quit = async () => (await running)?.close();

/**
 * A browser of one person: its cookies are its own.
 *
 * @param {Awaited<ReturnType<typeof launch>>} browser
 * @param {import("../world.mjs").World} world
 * @param {{size?: "wide" | "narrow", scheme?: "light" | "dark", forcedColors?: "none" | "active", largeText?: boolean}} [look] large text: the browser's own
 *   setting, twice as large as usual
 */
export async function profile(browser, world, { size = "wide", scheme = "light", forcedColors = "none", largeText = false, ...more } = {}) {
  const context = await browser.newContext({
    viewport: SIZES[size], colorScheme: scheme, forcedColors, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC", ...more,
  });
  context.setDefaultTimeout(PATIENCE);
  if (largeText) {
    context.on("page", async (page) => {
      await (await context.newCDPSession(page)).send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
    });
  }
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: world.url });
  return context;
}

/** What a page must never do, gathered as it happens. */
export class Watch {
  /** What was seen and isn't allowed. */
  faults = [];
  #allowed = [];
  #world;

  /** @param {import("playwright-core").Page} page @param {import("../world.mjs").World} world */
  constructor(page, world) {
    this.#world = world;
    page.on("console", (message) => message.type() === "error" && this.#see(`the console says: ${message.text()} ${message.location().url}`));
    page.on("pageerror", (error) => this.#see(`a script failed: ${error.stack ?? error.message}`));
    page.on("dialog", (dialog) => {
      // A page that is left with something unsaved asks by the browser's own question.
      if (dialog.type() !== "beforeunload") {
        this.#see(`a dialog of a script: ${dialog.message()}`);
      }
      dialog.accept().catch(() => {});
    });
    page.on("request", (request) => this.#look(request));
  }

  #look(request) {
    const url = new URL(request.url());
    const isOurs = url.origin === this.#world.url || ["data:", "blob:", "about:"].includes(url.protocol);
    // Notion's page, where the person decides: a navigation of the whole tab.
    const isNotions = request.isNavigationRequest() && url.origin === this.#world.emulator && ["/v1/oauth/authorize", "/authorize"].includes(url.pathname);
    if (!isOurs && !isNotions) {
      this.#see(`a request to another host: ${request.url()}`);
    }
  }

  #see(fault) {
    const place = this.#allowed.findIndex((pattern) => pattern.test(fault));
    if (place < 0) {
      this.faults.push(fault);
    }
  }

  /** What is no fault from now on, such as a refusal that a check wants to see. */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /** Fails where something was seen. */
  holds() {
    if (this.faults.length > 0) {
      throw new Error(this.faults.splice(0).slice(0, 10).join("\n"));
    }
  }
}
