// Runs the parts that are named, or all.
import { quit } from "./kit/browser.mjs";
import { Report, lanes } from "./kit/report.mjs";

const report = new Report();

/** The parts in their order; those of one line run beside each other, two at a time. */
const PARTS = [
  ["types"],
  ["journeys", "hostile", "people"],
  ["scale"],
  ["screenshots"],
];

const wanted = process.argv.slice(2);
const known = PARTS.flat();
const unknown = wanted.filter((name) => !known.includes(name.split("/")[0]));
if (unknown.length > 0) {
  console.error(`no part named ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}

for (const line of PARTS) {
  const tasks = [];
  for (const part of line) {
    // "journeys/2" is the second journey alone, "journeys/narrow-dark" all journeys of one pair.
    const asked = wanted.filter((name) => name.split("/")[0] === part).map((name) => name.split("/").slice(1).join("/"));
    if (wanted.length === 0 || asked.length > 0) {
      const { tasks: made } = await import(`./${part}.mjs`);
      tasks.push(...made(report, asked.filter(Boolean)));
    }
  }
  await lanes(2, tasks);
}
await quit();
process.exitCode = report.end();
