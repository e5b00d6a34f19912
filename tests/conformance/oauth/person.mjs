// The person's part of signing in: opens the address in a browser without a screen, allows the client, and goes where the
// host and Notion send them, until the client's own page is there.
//
//   node person.mjs ADDRESS
//
// Environment: TOOLBAY_URL; CHROMIUM: the browser (default /usr/bin/chromium).
import { chromium } from "playwright-core";

const [address] = process.argv.slice(2);
const host = new URL(process.env.TOOLBAY_URL).origin;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // A container has no user namespaces to build the sandbox of.
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage();
  const refused = [];
  page.on("console", (message) => message.type() === "error" && refused.push(message.text()));
  await page.goto(address);
  const allow = page.getByRole("button", { name: "Allow, and choose a workspace in Notion" });
  await allow.waitFor({ timeout: 10_000 });
  const asked = await page.locator("main").innerText();
  await allow.click();
  await page.waitForURL((url) => url.origin !== host && !url.pathname.startsWith("/v1/oauth/"), { timeout: 20_000 });
  const policy = refused.filter((text) => text.includes("Content Security Policy"));
  if (policy.length > 0) throw new Error(policy.join("\n"));
  console.error(asked.split("\n")[0]);
} finally {
  await browser.close();
}
