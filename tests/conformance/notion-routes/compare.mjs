// Holds the host's route table against the operations in @notionhq/client: every published operation is in the table
// or in left-out.json with its reason, everything in the table is published, and query and body keys are the same,
// except those that left-out.json says are newer than the client.
// An entry of left-out.json that no longer applies fails too, so that the list can't rot.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [routesFile, endpointsFolder] = process.argv.slice(2);
const leftOut = JSON.parse(readFileSync(new URL("./left-out.json", import.meta.url)));
const require = createRequire(import.meta.url);

const shape = (path) => path.replace(/\{[^}]*\}/g, "{id}");
const key = (method, path) => `${method} ${shape(path)}`;

/** The client's operations by method and path. */
function publishedOperations() {
  const parameters = new Proxy({}, { get: () => "{id}" });
  const operations = new Map();
  for (const file of readdirSync(endpointsFolder).filter((name) => name.endsWith(".js"))) {
    for (const operation of Object.values(require(join(endpointsFolder, file)))) {
      if (typeof operation?.path !== "function") continue;
      const name = key(operation.method.toUpperCase(), `/v1/${operation.path(parameters)}`);
      operations.set(name, { query: operation.queryParams, body: operation.bodyParams });
    }
  }
  return operations;
}

/** The body keys of the types that the client's lists leave out, from its declarations. */
function declaredBody(name) {
  const type = leftOut.unlisted_bodies[name]?.match(/(\w+)$/)?.[1];
  if (!type) return undefined;
  const source = readFileSync(join(endpointsFolder, "common.d.ts"), "utf8");
  const declaration = source.match(new RegExp(`^export type ${type} = \\{\\n([\\s\\S]*?)^\\};`, "m"))?.[1] ?? "";
  return [...declaration.matchAll(/^ {4}(\w+)\??:/gm)].map((match) => match[1]);
}

let passed = 0;
let failed = 0;
const usedReasons = new Set();

function check(what, problem) {
  if (problem) {
    failed += 1;
    console.log(`FAILED ${what}: ${problem}`);
  } else {
    passed += 1;
  }
}

function reasonFor(name) {
  const area = `* ${name.split(" ")[1].split("/").slice(0, 3).join("/")}`;
  const reason = [name, area].find((candidate) => candidate in leftOut.operations);
  if (reason) usedReasons.add(reason);
  return reason;
}

function difference(ours, theirs) {
  const missing = theirs.filter((item) => !ours.includes(item));
  const extra = ours.filter((item) => {
    const isNewer = !theirs.includes(item) && item in leftOut.newer;
    if (isNewer) usedReasons.add(item);
    return !theirs.includes(item) && !isNewer;
  });
  const parts = [];
  if (missing.length) parts.push(`lacks ${missing.join(", ")}`);
  if (extra.length) parts.push(`has ${extra.join(", ")}, which the client doesn't`);
  return parts.join("; ");
}

const published = publishedOperations();
const table = new Map(JSON.parse(readFileSync(routesFile)).map((route) => [key(route.method, route.path), route]));

for (const name of published.keys()) {
  const isLeftOut = reasonFor(name);
  check(
    `${name} is in the table or left out`,
    table.has(name) === Boolean(isLeftOut) && (isLeftOut ? "it is in both" : "it is in neither"),
  );
}
for (const [name, route] of table) {
  const operation = published.get(name);
  check(`${name} is published`, !operation && "the client doesn't know it");
  if (!operation) continue;
  check(`${name} query`, difference(route.query, operation.query));
  const publishedBody = operation.body.filter((item) => {
    if (item in leftOut.body) usedReasons.add(item);
    return !(item in leftOut.body);
  });
  const declared = declaredBody(name);
  if (declared) usedReasons.add(name);
  check(`${name} body`, difference(route.body ?? [], declared ?? publishedBody));
}
for (const reason of [leftOut.operations, leftOut.body, leftOut.newer, leftOut.unlisted_bodies].flatMap(Object.keys)) {
  check(`left-out.json: ${reason}`, !usedReasons.has(reason) && "it applies to nothing any more");
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
