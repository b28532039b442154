// Measures the page in a real browser: milliseconds from a key to the mark that it makes, drawn, and until all
// rules have run. Arguments: the
// service's address, how many runs; the first does not count. Prints JSON.
import { chromium } from "playwright-core";

const [address, runs] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(240_000);
await page.goto(address);
const complete = () =>
  page.waitForFunction(
    () => document.getElementById("findings-state").textContent === "" && !document.querySelector("#findings.stale"),
  );

// From a key to a mark of an error in the gutter. What was marked before is gone at the key, or was before it.
async function typed(key) {
  await page.evaluate(() => {
    const root = document.querySelector("#editor").shadowRoot;
    const marked = () => root.querySelector(".cm-lint-marker-error") !== null;
    window.taken = new Promise((resolve) => {
      let start = 0;
      const look = () => (marked() ? resolve(performance.now() - start) : requestAnimationFrame(look));
      const begin = () => {
        start = performance.now();
        requestAnimationFrame(look);
      };
      root.addEventListener("keydown", begin, { capture: true, once: true });
    });
  });
  await page.keyboard.press(key);
  return page.evaluate(() => window.taken);
}

const figures = { mistake: [], contradiction: [], rules: [] };
await complete();
await page.locator(".cm-content").click();
// The example contradicts itself: its contradictions are gone at each key, and come back. The editor draws only what
// is to be seen, so the cursor is where one is told.
const marked = () => page.locator(".cm-activeLine .cm-lintRange-error").count();
await page.keyboard.press("Control+Home");
while (!(await marked())) await page.keyboard.press("ArrowDown");
await page.keyboard.press("End");
for (let run = 0; run <= Number(runs); run++) {
  const mistake = await typed("x");
  await page.keyboard.press("Backspace");
  await complete();
  const start = performance.now();
  const contradiction = await typed("Space");
  await complete();
  const rules = performance.now() - start;
  if (run) {
    figures.mistake.push(mistake);
    figures.contradiction.push(contradiction);
    figures.rules.push(rules);
  }
}
await browser.close();
console.log(JSON.stringify(figures));
