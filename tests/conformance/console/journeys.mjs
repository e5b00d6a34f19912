// The journeys of those who use the console, at each width and in each scheme, by keyboard alone; and all pages with large text and forced colours.
import { PAIRS, launch, profile } from "./kit/browser.mjs";
import { furnish } from "./kit/furnish.mjs";
import { places } from "./kit/pages.mjs";
import { expect } from "./kit/report.mjs";
import { Person } from "./kit/person.mjs";
import { World } from "./world.mjs";

/** Those who walk, in this order: the first one begins with a host that has nothing yet. */
const JOURNEYS = ["1", "2", "3", "4", "5", "6", "7"];

/** What isn't there at the beginning: somebody drops it. */
export const DROPPED = "comments";

/** A host as it is new: nothing but what everybody may be granted without being asked is granted. */
const beginning = (name) => World.begin(name, { everything: true, without: [DROPPED], environment: { TOOLBAY_GRANT_ON_DROP: "notion.read,tools.call,state" } });

function pairTask(report, { size, scheme }, wanted) {
  return async () => {
    const name = `${size}, ${scheme}`;
    let world;
    const browser = await launch();
    try {
      if (!await report.check(`journeys, ${name}: a new host`, async () => {
        world = await beginning(`journeys-${size}-${scheme}`);
      })) {
        return;
      }
      for (const number of JOURNEYS.filter((number) => wanted.length === 0 || wanted.includes(number))) {
        const { title, walk } = await import(`./journeys/${number}.mjs`);
        const context = await profile(browser, world, { size, scheme });
        const person = await Person.sitsDown(context, world);
        await report.check(`journey ${number}, ${name}: ${title}`, async () => {
          try {
            const told = await walk({ person, world, context });
            person.watch.holds();
            return told;
          } catch (error) {
            await person.leavesPicture(`journey-${number}-${name}`);
            if (person.watch.faults.length > 0) {
              error.message += `\nbeside that: ${person.watch.faults.slice(0, 3).join("\n")}`;
            }
            throw error;
          }
        });
        await context.close();
      }
    } finally {
      await browser.close();
      await world?.stop();
    }
  };
}

/** All pages as somebody sees them who has made the text twice as large, or has colours of their own. */
function looksTask(report) {
  return async () => {
    let world;
    let known;
    const begun = await report.check("looks: a furnished host", async () => {
      world = await World.begin("looks", { everything: true, configuration: "", environment: {} });
      known = await furnish(world);
    });
    try {
      for (const { name, largeText, ...look } of [
        { name: "twice the text size", largeText: true, size: "wide" },
        { name: "twice the text size at 390 px", largeText: true, size: "narrow" },
        { name: "forced colours, light", forcedColors: "active", scheme: "light" },
        { name: "forced colours, dark", forcedColors: "active", scheme: "dark", size: "narrow" },
      ]) {
        if (begun) {
          await report.check(`looks: ${name}`, () => looksAtAll(world, known, { name, largeText, look }));
        }
      }
    } finally {
      await world?.stop();
    }
  };
}

/** A job of somebody else's is asked for as one's own first. */
const OF_ANOTHER = /status of 404 .*\/v1\/jobs\//;

async function looksAtAll(world, known, { name, largeText, look }) {
  const browser = await launch();
  try {
    const person = await Person.sitsDown(await profile(browser, world, { ...look, largeText }), world);
    await person.signsInAsOperator();
    person.watch.allow(OF_ANOTHER);
    expect(!largeText || await person.page.evaluate(() => getComputedStyle(document.documentElement).fontSize) === "32px", "the text isn't large");
    const wrong = [];
    const all = places(known);
    for (const place of all) {
      await person.opens(place.path);
      await person.examines(`${place.name} with ${name}`).catch(async (error) => {
        await person.leavesPicture(`looks-${name}-${place.name}`);
        wrong.push(error.message);
      });
    }
    if (wrong.length > 0) {
      throw new Error(wrong.join("\n"));
    }
    return `${all.length} pages`;
  } finally {
    await browser.close();
  }
}

/** Of the names behind "journeys/": journeys by their number, pairs such as "narrow-dark", and "looks". Without any, all of it. */
export function tasks(report, wanted) {
  const numbers = wanted.filter((name) => JOURNEYS.includes(name));
  const pairs = PAIRS.filter(({ size, scheme }) => wanted.includes(`${size}-${scheme}`));
  const walked = pairs.length > 0 ? pairs : numbers.length > 0 || wanted.length === 0 ? PAIRS : [];
  return [
    ...walked.map((pair) => pairTask(report, pair, numbers)),
    ...(wanted.length === 0 || wanted.includes("looks") ? [looksTask(report)] : []),
  ];
}
