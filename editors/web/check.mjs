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
page.setDefaultTimeout(Number(process.env.PATIENCE ?? 60_000));
const faults = [];
// The browser logs each answer that tells of a mistake in a case, which is what one is for.
page.on("console", (m) => m.type() === "error" && !/status of 422/.test(m.text()) && faults.push(m.text()));
page.on("pageerror", (e) => faults.push(e.message));
page.on("request", (r) => /^(blob|data):|^http:\/\/127\.0\.0\.1/.test(r.url()) || faults.push(`fetches ${r.url()}`));

const field = (path) => page.locator(`[id="fact-${path}"]`);
const says = (id, words) =>
  page.waitForFunction(
    ([i, w]) => document.getElementById(i).textContent.includes(w) && !document.getElementById(i).matches(".stale"),
    [id, words],
  );
const open = (tab) => page.getByRole("tab", { name: tab }).click();

const complete = () => page.waitForFunction(() => document.getElementById("findings-state").textContent === "");

// Take back what was typed until some words of it are gone.
async function undo(words) {
  await page.locator(".cm-content").click();
  while ((await page.locator(".cm-content").textContent()).includes(words)) await page.keyboard.press("Control+z");
  await says("state", "The policy can be read.");
}

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
assert.equal(await page.locator("#findings-state").textContent(), "");
await page.locator(".cm-lintRange-warning").first().waitFor();
await everywhere("findings");

// Typing: a mistake is told at its place, and goes with it. What was found out about the text before is gone at once,
// also while the service has not answered.
let asked = 0;
let letThrough;
const waiting = new Promise((resume) => (letThrough = resume));
await page.route("**/workbench/check", async (route) => {
  asked += 1;
  await waiting;
  await route.continue();
});
await page.locator(".cm-content").click();
await page.keyboard.press("Control+End");
await page.keyboard.type("nonsense");
assert.ok(await page.locator("#findings").evaluate((e) => getComputedStyle(e).visibility === "hidden"), "stale findings");
assert.equal(await page.locator(".cm-lintRange-warning").count(), 0, "stale marks");
assert.equal(asked, 1, "one question at a time");
letThrough();
await says("state", "1 mistake: line ");
await page.locator(".cm-lintRange-error").first().waitFor();
await page.unroute("**/workbench/check");
for (let i = 0; i < 8; i++) await page.keyboard.press("Backspace");
await says("state", "The policy can be read.");

// A contradiction that is typed is underlined with the other places that it rests on, and then all rules have run.
await page.keyboard.type('criterion low "Low"\n| The grade must be at least 4.\nrequire patient.grade <= 3\n');
await page.locator(".cm-lintRange-error").first().waitFor();
await says("findings", "no case meets `grade` and `low` together");
await page.locator(".cm-lintRange-error").first().hover();
await page.locator(".cm-tooltip-lint .cm-diagnosticAction", { hasText: "clause low: Low, line" }).click();
await complete();
await says("findings", "nothing encodes this sentence");
await everywhere("contradiction");
await undo("criterion low");

// Completion knows facts, and the members of the type that is due; a text with mistakes is no hindrance.
// The editor takes a key that comes within 75 ms of the list for one that was meant for the text; a slow machine may
// bring the list anew after it was seen.
const listOpen = () => page.waitForTimeout(500);
const offers = (words) => page.locator(".cm-tooltip-autocomplete li", { hasText: words }).waitFor();
await page.keyboard.press("Control+End");
await page.keyboard.type("criterion more\nrequire patient.gr");
await offers("patient.grade");
await listOpen();
await page.keyboard.press("Enter");
await page.keyboard.type(" >= 1 and every visit in visits has visit.side is ");
await offers("left");
await listOpen();
assert.deepEqual(await page.locator(".cm-tooltip-autocomplete li .cm-completionLabel").allTextContents(), ["left", "right", "visit.side"]);
await page.keyboard.press("ArrowDown");
assert.ok(
  await page.locator(".cm-content").evaluate((e) => e.getRootNode().getElementById(e.getAttribute("aria-activedescendant"))),
  "a screen reader is told of the option chosen",
);
await page.keyboard.press("Enter");
await says("state", "The policy can be read.");
await page.keyboard.type(" ");
await page.keyboard.press("Control+Space");
await offers("unless");
await accessible("completion-light");

// A word says what it is, under the mouse and by a key, with what is known of it.
await page.locator(".cm-line", { hasText: "exclude when" }).locator("span").first().hover();
await page.locator(".cm-line", { hasText: "exclude when" }).hover({ position: { x: 180, y: 8 } });
await page.locator(".cm-tooltip-hover", { hasText: "fact patient.minor : boolean" }).waitFor();
await page.mouse.move(5, 5);
await page.locator(".cm-content").click();
await page.keyboard.press("Control+Home");
while (!(await page.locator(".cm-activeLine").textContent()).includes("patient.grade >= 4")) await page.keyboard.press("ArrowDown");
await page.keyboard.press("End");
await complete();
for (const wanted of ["Grade, 0 to 10", "can be approved with"]) {
  for (;;) {
    for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Control+i");
    const said = page.locator(".cm-described", { hasText: wanted });
    if (await said.waitFor({ timeout: 2_000 }).then(() => true, () => false)) break;
    await page.keyboard.press("End");
  }
  await page.locator(".cm-announced", { hasText: wanted }).waitFor({ state: "attached" });
  await page.keyboard.press("Escape");
  await page.locator(".cm-described").waitFor({ state: "detached" });
  await page.keyboard.press("End");
}
await undo("criterion more");

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
await page.getByLabel("five: strictly").check();
await says("outcome", "deny");
await page.getByLabel("four: as it stands").check();
await says("outcome", "approve");
await field("patient.grade").fill("11");
await says("problems", "patient.grade");
await field("patient.grade").fill("4");
await says("outcome", "approve");

// Two versions.
await open("Compare");
await page.getByLabel("Before").selectOption({ index: 1 });
await page.getByRole("button", { name: "Compare" }).click();
await page.getByRole("heading", { name: "Who newly loses approval" }).waitFor();
await says("difference", "nobody newly gains approval: proved");
await everywhere("compare");

// A text that is kept is a version to compare with; a comparison of an earlier text is not shown.
await page.getByRole("button", { name: "Keep the text as a version" }).click();
assert.match(await page.getByLabel("Before").locator("option:checked").textContent(), /A small policy, kept at/);
assert.equal(await page.locator("#difference").textContent(), "");
await page.locator(".cm-line", { hasText: "patient.grade >= 4" }).click();
await page.keyboard.press("End");
await page.keyboard.type("0");
await says("state", "The policy can be read.");
await page.getByRole("button", { name: "Compare" }).click();
await page.getByRole("heading", { name: "Who newly loses approval" }).waitFor();
await page.keyboard.press("Shift+Tab");
await undo("grade >= 40");
await says("compare-state", "have changed since the comparison");
assert.equal(await page.locator("#difference").textContent(), "");

await browser.close();
assert.deepEqual(faults, []);
