// A picture of each page, wide and light, narrow and dark, of a host whose data is the same each time. docs/console.md shows them.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch, profile } from "./kit/browser.mjs";
import { furnish } from "./kit/furnish.mjs";
import { places } from "./kit/pages.mjs";
import { Person } from "./kit/person.mjs";
import { expect } from "./kit/report.mjs";
import { small } from "./kit/small-png.mjs";
import { steady } from "./kit/steady.mjs";
import { World } from "./world.mjs";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const DOCUMENT = path.join(REPOSITORY, "docs/console.md");

/** What documentation may weigh, a picture. */
const MAX_BYTES = 120 * 1_024;
/** A long page is shown by its beginning. */
const MAX_HEIGHT = { wide: 1_000, narrow: 1_100 };

const LOOKS = [{ size: "wide", scheme: "light" }, { size: "narrow", scheme: "dark" }];

/** Where pictures go: to target unless those of the documentation are made. */
const FOLDER = process.env.CONSOLE_PICTURES ?? path.join(REPOSITORY, "target/console");

async function take(person, place, size) {
  await person.opens(place.path);
  await person.settles();
  await person.page.evaluate(steady, { path: person.world.url });
  const height = Math.min(MAX_HEIGHT[size], Math.max(700, await person.page.evaluate(() => document.documentElement.scrollHeight)));
  await person.page.setViewportSize({ width: person.page.viewportSize().width, height });
  await person.page.evaluate(() => {
    document.activeElement?.blur();
    scrollTo(0, 0);
  });
  const file = path.join(FOLDER, `${place.name}-${size}.png`);
  writeFileSync(file, small(await person.page.screenshot({ animations: "disabled", caret: "hide", scale: "css" })));
  person.watch.holds();
  return statSync(file).size;
}

async function pictures() {
  mkdirSync(FOLDER, { recursive: true });
  const world = await World.begin("screenshots", { everything: true });
  const browser = await launch();
  const large = [];
  let taken = 0;
  try {
    const all = places(await furnish(world));
    for (const look of LOOKS) {
      const person = await Person.sitsDown(await profile(browser, world, look), world);
      await person.signsInAsOperator();
      // The job is somebody else's, and asked for as one's own first.
      person.watch.allow(/status of 404 .*\/v1\/jobs\//);
      for (const place of all) {
        const bytes = await take(person, place, look.size);
        taken += 1;
        if (bytes > MAX_BYTES) {
          large.push(`${place.name}-${look.size}.png has ${Math.round(bytes / 1_024)} KiB`);
        }
      }
    }
  } finally {
    await browser.close();
    await world.stop();
  }
  expect(large.length === 0, large.join(", "));
  return `${taken} in ${path.relative(REPOSITORY, FOLDER)}`;
}

/** The documentation has each page with its pictures, and no picture of a page that isn't there. */
async function documented() {
  const text = readFileSync(DOCUMENT, "utf8");
  const names = places(new Proxy({}, { get: () => "one" })).map(({ name }) => name);
  const files = names.flatMap((name) => LOOKS.map(({ size }) => `${name}-${size}.png`));
  const shown = [...text.matchAll(/\]\(console\/([\w-]+\.png)\)/g)].map(([, file]) => file);
  const faults = [
    ...files.filter((file) => !shown.includes(file)).map((file) => `it doesn't show ${file}`),
    ...shown.filter((file) => !files.includes(file)).map((file) => `it shows ${file}, which is a picture of no page`),
    ...shown.filter((file) => !existsSync(path.join(REPOSITORY, "docs/console", file))).map((file) => `${file} isn't there: script/console-screenshots makes it`),
  ];
  expect(faults.length === 0, `docs/console.md: ${faults.join("; ")}`);
  return `${names.length} pages with ${files.length} pictures`;
}

export const tasks = (report) => [async () => {
  await report.check("screenshots: each page is taken", pictures);
  if (!process.env.CONSOLE_PICTURES) {
    await report.check("screenshots: the documentation shows each page", documented);
  }
}];
