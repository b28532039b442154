// Looks at documents in a real browser: accessible, in light and dark, on wide and narrow screens, and as they print.
// Arguments: the files. A PDF is left beside each. Ends with 1 and a message where something is amiss.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage();
page.on("request", (r) => assert.match(r.url(), /^(file|data):/));
for (const file of process.argv.slice(2)) {
  await page.goto(pathToFileURL(file).href);
  for (const [colorScheme, width] of [["light", 1200], ["dark", 360]]) {
    const what = `${file}, ${colorScheme}, ${width} wide`;
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run());
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), [], what);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what}: too wide`);
  }
  for (const format of ["A4", "Letter"]) {
    const paper = { A4: 210, Letter: 216 }[format] - 2 * 18; // millimetres between the margins
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: Math.floor((paper / 25.4) * 96), height: 900 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${file}: cut off on ${format}`);
    await page.pdf({ path: `${file}.${format}.pdf`, format });
  }
  await page.emulateMedia({ media: "screen" });
}
await browser.close();
