// What was checked: a line each, and whether all of it holds.
export class Report {
  passed = 0;
  failed = 0;

  /** Runs a check. What it answers is told beside its name; what it throws fails it. */
  async check(name, work) {
    const begun = performance.now();
    try {
      const told = await work();
      this.passed += 1;
      console.log(`ok    ${name}: ${told ?? "holds"} (${((performance.now() - begun) / 1_000).toFixed(1)} s)`);
      return true;
    } catch (error) {
      this.failed += 1;
      console.log(`FAIL  ${name}: ${shortened(error)}`);
      return false;
    }
  }

  end() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}

/** An error as its words and the lines of these files that it passed. */
function shortened(error) {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const ours = (error.stack ?? "").split("\n").filter((line) => line.includes("/conformance/console/")).slice(0, 4);
  return [error.message.slice(0, 6_000), ...ours].join("\n");
}

/** How many times as long as usual something is waited for: a machine that has much else to do isn't a console that is wrong. */
export const SLOWNESS = Number(process.env.CONSOLE_SLOWNESS ?? 1);

/** Fails a check. */
export function expect(condition, what) {
  if (!condition) {
    throw new Error(typeof what === "function" ? what() : what);
  }
}

/** Waits for something to become true, and answers what it was. */
export async function until(what, holds, { seconds = 20, every = 100 } = {}) {
  const end = performance.now() + seconds * SLOWNESS * 1_000;
  for (;;) {
    const found = await holds();
    if (found) {
      return found;
    }
    if (performance.now() > end) {
      throw new Error(`${typeof what === "function" ? await what() : what}: not within ${seconds * SLOWNESS} s`);
    }
    await new Promise((done) => setTimeout(done, every));
  }
}

/** Runs tasks, so many at a time, and answers when all have ended. */
export async function lanes(count, tasks) {
  const waiting = [...tasks];
  await Promise.all(Array.from({ length: count }, async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      await task();
    }
  }));
}
