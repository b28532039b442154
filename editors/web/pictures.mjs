// Takes the pictures of the page that the docs show. Arguments: the service's address, a folder for the pictures.
// The service has the two policies of docs/tutorial, the earlier first. Ends with 1 where the page does not show them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [address, folder, tutorial] = process.argv.slice(2);
const lee = JSON.parse(readFileSync(join(tutorial, "lee.json"), "utf8"));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 820 }, deviceScaleFactor: 1.5 });
page.setDefaultTimeout(60_000);

const field = (path) => page.locator(`[id="fact-${path}"]`);
const newest = (name) => page.locator(`[id^="record-"][id$="-${name}"]`).last();
const open = (tab) => page.getByRole("tab", { name: tab }).click();
const says = (id, words) =>
  page.waitForFunction(
    ([i, w]) => document.getElementById(i).textContent.includes(w) && !document.getElementById(i).matches(".stale"),
    [id, words],
  );

async function picture(name) {
  await page.evaluate(() => {
    document.activeElement?.blur();
    for (const panel of document.querySelectorAll("[role=tabpanel]")) panel.scrollTop = 0;
    scrollTo(0, 0);
  });
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
  }
}

async function fill(control, value) {
  const choice = await control.evaluate((e) => e.tagName === "SELECT");
  if (!choice) await control.fill(String(value));
  else await control.selectOption({ label: typeof value === "boolean" ? (value ? "yes" : "no") : value });
}

await page.goto(address);
await says("state", "The policy can be read.");
await open("Findings");
await says("findings", "no case meets");
await page.waitForFunction(() => document.getElementById("findings-state").textContent === "");
await page.locator(".cm-lintRange-error").first().waitFor();
await picture("findings");

await page.locator("#policies").selectOption({ index: 1 });
await says("state", "The policy can be read.");
await open("Case");
for (const [group, values] of Object.entries(lee)) {
  if (!Array.isArray(values)) {
    for (const [name, value] of Object.entries(values)) await fill(field(`${group}.${name}`), value);
    continue;
  }
  await field(group).selectOption({ label: "exactly these" });
  for (const item of values) {
    await page.getByRole("button", { name: group === "tests" ? "Add Test" : "Add Episode" }).click();
    for (const [name, value] of Object.entries(item)) await fill(newest(name), value);
  }
}
await says("outcome", "deny");
await says("reasons", "What would turn it");
await picture("case");

await open("Compare");
await page.locator("#before").selectOption({ index: 0 });
await page.getByRole("button", { name: "Compare" }).click();
await page.getByRole("heading", { name: "Who newly gains approval" }).waitFor();
await picture("compare");

await browser.close();
