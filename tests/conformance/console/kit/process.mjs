// Programs that a check starts, and ends by their own id.
import { execFile, spawn } from "node:child_process";
import { openSync, closeSync, readFileSync } from "node:fs";
import net from "node:net";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What was started and hasn't ended. */
const running = new Set();

// Whoever stops the checks stops what they have started.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    running.forEach((child) => child.kill("SIGTERM"));
    process.exit(1);
  });
}

/** A port that nobody uses at this moment. */
export function freePort() {
  return new Promise((done, failed) => {
    const probe = net.createServer().once("error", failed).listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** Starts a program whose output goes to a file. */
export function start(program, given, { env, log, cwd }) {
  const file = openSync(log, "a");
  const child = spawn(program, given, { env, cwd, stdio: ["ignore", file, file] });
  closeSync(file);
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.on("error", () => {});
  return {
    pid: child.pid,
    log: () => readFileSync(log, "utf8"),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || !child.pid) {
        return;
      }
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      const patience = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(patience);
    },
  };
}

/** Runs a program to its end, and answers what it printed. */
export async function output(program, given, { env, input, cwd }) {
  const running = run(program, given, { env, cwd, maxBuffer: 64 * 1_024 * 1_024 });
  if (input !== undefined) {
    running.child.stdin.end(input);
  }
  return (await running).stdout;
}
