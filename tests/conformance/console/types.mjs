// The console's modules without a browser: their types, and nothing in them that would make markup or a script out of text.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { expect } from "./kit/report.mjs";
import { typescript } from "./packages.mjs";

const run = promisify(execFile);
export const CONSOLE = fileURLToPath(new URL("../../../host/gateway/console/", import.meta.url));

/** What no module may have, and why. */
const FORBIDDEN = [
  [/\b(inner|outer)HTML\b/, "makes markup out of text"],
  [/\binsertAdjacentHTML\b/, "makes markup out of text"],
  [/\bsetHTML(Unsafe)?\b/, "makes markup out of text"],
  [/\bdocument\s*\.\s*write(ln)?\b/, "makes markup out of text"],
  [/\b(createContextualFragment|DOMParser|srcdoc|createPolicy)\b/, "makes markup out of text"],
  [/\beval\s*\(|\bnew\s+Function\b|\bsetTimeout\s*\(\s*["'`]/, "runs text"],
  [/["'`]style["'`]\s*[:,\])]|\bstyle\s*:(?!\s*["'](percent|currency|unit)["'])|\.style\b(?!sheet)|\bcssText\b/, "is an inline style, which the policy refuses"],
  [/\b(importScripts|SharedArrayBuffer)\b/, "has no place here"],
];
/** Addresses of elsewhere that are names and not asked. */
const NAMES = /https?:\/\/(www\.w3\.org\/(2000\/svg|1999\/xhtml)|([a-z]+\.)?example\.(com|org)|www\.notion\.so\/…)|https?:\/\/(?=[\s"'`)\\[\]^|$({?.*]|$)/g;

function files(folder, kind) {
  return readdirSync(folder, { recursive: true }).map(String).filter((name) => kind.test(name)).map((name) => path.join(folder, name));
}

/** A module without what only its readers see. */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " ")).replace(/^\s*\/\/.*$/gm, "").replace(/\s\/\/ .*$/gm, "");
}

async function types() {
  try {
    await run(process.execPath, [typescript, "-p", path.join(CONSOLE, "jsconfig.json")], { maxBuffer: 8_000_000 });
  } catch (error) {
    throw new Error(`${error.stdout || error.message}`);
  }
  return `${files(CONSOLE, /\.js$/).length} modules`;
}

async function forbidden() {
  const found = [];
  const modules = files(CONSOLE, /\.js$/);
  expect(modules.length > 20, `only ${modules.length} modules in ${CONSOLE}`);
  for (const file of modules) {
    withoutComments(readFileSync(file, "utf8")).split("\n").forEach((line, place) => {
      const at = `${path.relative(CONSOLE, file)}:${place + 1}`;
      for (const [pattern, why] of FORBIDDEN) {
        if (pattern.test(line)) {
          found.push(`${at} ${why}: ${line.trim().slice(0, 120)}`);
        }
      }
      if (/https?:\/\/[^\s"'`]/.test(line.replace(NAMES, ""))) {
        found.push(`${at} names an address of elsewhere: ${line.trim().slice(0, 120)}`);
      }
    });
  }
  for (const file of files(CONSOLE, /\.(css|html|svg)$/)) {
    const text = readFileSync(file, "utf8").replace(NAMES, "");
    for (const pattern of [/https?:\/\//, /@import/, /\sstyle=/, /\son\w+=/, /<script(?![^>]*\ssrc=)/, /javascript:/]) {
      if (pattern.test(text)) {
        found.push(`${path.relative(CONSOLE, file)} has ${pattern}`);
      }
    }
  }
  expect(found.length === 0, found.join("\n"));
  return `nothing in ${modules.length} modules makes markup, a script, an inline style or an address of elsewhere`;
}

export const tasks = (report) => [async () => {
  await report.check("types", types);
  await report.check("nothing but text", forbidden);
}];
