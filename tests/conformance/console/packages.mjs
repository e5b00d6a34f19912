// The packages that the checks use. They are installed in the cache, and not beside this file.
import { createRequire } from "node:module";
import path from "node:path";

const folder = process.env.CONSOLE_PACKAGES;
if (!folder) {
  throw new Error("CONSOLE_PACKAGES must name the folder with the npm packages; check.sh sets it");
}
const require = createRequire(path.join(folder, "package.json"));

export const { chromium } = require("playwright-core");
/** The file of axe that a page runs. */
export const axe = createRequire(require.resolve("@axe-core/playwright")).resolve("axe-core/axe.min.js");
export const typescript = require.resolve("typescript/bin/tsc");

/** A file of an npm package that is installed elsewhere in the cache. */
export const inCache = (...parts) => path.join(process.env.TOOLBAY_CONFORMANCE_CACHE, ...parts);
