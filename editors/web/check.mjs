// Uses the page in a real browser as a person does. Arguments: the service's address, a folder for screenshots.
// The service has the policies of tests/browser/test_workbench.py. Ends with 1 and a message where something is amiss.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [address, shots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(60_000);
const faults = [];
// The browser logs each answer that tells of a mistake in a case, which is what one is for.
page.on("console", (m) => m.type() === "error" && !/status of 422/.test(m.text()) && faults.push(m.text()));
page.on("pageerror", (e) => faults.push(e.message));
page.on("request", (r) => /^(blob|data):|^http:\/\/127\.0\.0\.1/.test(r.url()) || faults.push(`fetches ${r.url()}`));

const field = (path) => page.locator(`[id="fact-${path}"]`);
const says = (id, words) =>
  page.waitForFunction(([i, w]) => document.getElementById(i).textContent.includes(w), [id, words]);
const open = (tab) => page.getByRole("tab", { name: tab }).click();

async function accessible(what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), [], what);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what}: too wide`);
  await page.screenshot({ path: join(shots, `${what}.png`) });
}

async function everywhere(what) {
  for (const [scheme, width] of [["light", 1400], ["dark", 400]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await accessible(`${what}-${scheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1400, height: 900 });
}

// The source, each sentence lit by its clause; what nothing encodes is marked.
await page.goto(address);
await says("state", "The policy can be read.");
assert.deepEqual(await page.locator("#source mark").allTextContents(), ["The form must be signed. [not encoded]"]);
assert.equal(await page.locator('#source .lit[data-by="grade"]').textContent(), "The grade must be at least 4.");
await everywhere("source");
await page.locator('#source a[href="#clause-visits"]').click();
assert.equal(await page.locator('#source [data-by="visits"].current').count(), 1, "the clause at the cursor is shown");

// Findings, and their marks in the editor.
await open("Findings");
await says("findings", "the readings `four` and `five` of `grade` decide this case differently");
await page.locator(".cm-lintRange-warning").first().waitFor();
await everywhere("findings");

// Typing: a mistake is told at its place, and goes with it.
await page.locator(".cm-content").click();
await page.keyboard.press("Control+End");
await page.keyboard.type("nonsense");
await says("state", "1 mistake: line ");
await page.locator(".cm-lintRange-error").first().waitFor();
await says("findings-state", "of an earlier text");
for (let i = 0; i < 8; i++) await page.keyboard.press("Backspace");
await says("state", "The policy can be read.");

// Completion knows the facts, and a word says what it is.
await page.keyboard.type("patient.gr");
await page.keyboard.press("Control+Space");
await page.locator(".cm-tooltip-autocomplete li", { hasText: "patient.grade" }).waitFor();
await page.keyboard.press("Escape");
for (let i = 0; i < 10; i++) await page.keyboard.press("Backspace");
await says("state", "The policy can be read.");
await page.locator(".cm-line", { hasText: "exclude when" }).locator("span").first().hover();
await page.locator(".cm-line", { hasText: "exclude when" }).hover({ position: { x: 180, y: 8 } });
await page.locator(".cm-tooltip-hover", { hasText: "patient.minor : boolean" }).waitFor();
await page.mouse.move(5, 5);

// By keyboard alone: out of the editor, and from tab to tab.
for (let i = 0; i < 20 && !(await page.evaluate(() => document.activeElement.id === "tab-findings")); i++) {
  await page.keyboard.press("Tab");
}
await page.keyboard.press("ArrowRight");
assert.equal(await page.evaluate(() => document.activeElement.id), "tab-case");
assert.ok(await page.locator("#panel-case").isVisible());

// A case: everything is unknown first, and the outcome follows what is entered.
assert.equal(await field("patient.minor").inputValue(), "");
await says("reasons", "Ask next");
await field("patient.minor").selectOption({ label: "yes" });
await says("outcome", "deny");
await says("reasons", "Minors are excluded.");
await says("reasons", "because patient.minor is yes");
await field("patient.minor").selectOption({ label: "no" });
await field("request.date").fill("2026-05-01");
await field("patient.grade").fill("4");
await says("outcome", "pend");
await says("reasons", "What would be needed for approval");
for (const day of ["2026-01-02", "2026-02-03"]) {
  await page.getByRole("button", { name: "Add Visit" }).click();
  await page.locator("[id$='-day']").last().fill(day);
  await page.locator("[id$='-side']").last().selectOption({ label: "left" });
}
await says("outcome", "approve");
await field("visits").selectOption({ label: "at least these" });
await says("outcome", "approve");
await page.getByRole("button", { name: "Remove Visit 2" }).click();
await says("outcome", "pend");
await field("visits").selectOption({ label: "exactly these" });
await says("outcome", "deny");
await says("reasons", "What would turn it");
await everywhere("case");

// Readings are switches; a case with a mistake says so.
await page.getByRole("button", { name: "Add Visit" }).click();
await says("outcome", "approve");
await page.getByLabel("five strictly").check();
await says("outcome", "deny");
await page.getByLabel("four as it stands").check();
await says("outcome", "approve");
await field("patient.grade").fill("11");
await says("problems", "patient.grade");
await field("patient.grade").fill("4");
await says("outcome", "approve");

// Two versions.
await open("Compare");
await page.getByLabel("Before").selectOption({ label: "A later policy" });
await page.getByRole("button", { name: "Compare" }).click();
await page.getByRole("heading", { name: "Who newly loses approval" }).waitFor();
await says("difference", "nobody newly gains approval: proved");
await everywhere("compare");

await browser.close();
assert.deepEqual(faults, []);
