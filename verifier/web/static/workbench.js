// The page: a policy's texts on one side; its source, findings, a case and its versions on the other.
import { ask, giveUp, told } from "./asking.js";
import { createCase } from "./case.js";
import { element } from "./form.js";
import { createTabs } from "./tabs.js";
import { createTexts } from "./texts.js";

const at = (id) => document.getElementById(id);
const served = await (await fetch("/workbench/start")).json();
const tabs = createTabs(document.querySelector('[role="tablist"]'), (id) => id === "tab-case" && theCase.decide());

let policy = null; // what the last check without mistakes said of it
let line = 0; // where the cursor is

// Versions of policies: those served, those opened, and those kept. `now` are the texts as they are being written.
const versions = served.policies.map((p) => version(`${p.title || p.id} (${p.id})`, p));

const texts = createTexts({
  words: served.keywords,
  changed() {
    theCase.hide();
    hideDifference();
  },
  right(read) {
    at("source-state").textContent = read ? "" : "This is how the text was encoded before it had mistakes.";
    if (read) adopt(read);
    else theCase.adopt(null);
  },
  moved(now) {
    line = now;
    light();
  },
  visit: (place) => texts.go(place.file, place.line),
});
const theCase = createCase({ texts: texts.now, changed: hideDifference });

function adopt(read) {
  if (policy?.source !== read.source) at("source").innerHTML = read.source;
  policy = read;
  at("title").textContent = read.title || read.id;
  document.title = `${read.title || read.id} - policy workbench`;
  light();
  theCase.adopt(read);
}

// ---------------------------------------------------------------- the source

function light() {
  const inMain = policy && texts.file() === texts.now().main;
  const here = inMain ? policy.clauses.find((c) => c.line <= line && line <= c.end_line) : null;
  for (const stretch of at("source").querySelectorAll("[data-by]")) {
    const current = Boolean(here) && stretch.dataset.by.split(" ").includes(here.id);
    stretch.classList.toggle("current", current);
  }
}

document.addEventListener("click", (event) => {
  const target = event.target.closest('a[href^="#clause-"], a[href^="#fact-"]')?.getAttribute("href").slice(1);
  if (!target) return;
  event.preventDefault();
  if (target.startsWith("fact-")) {
    tabs.choose("tab-case");
    const known = at(target) ?? at(target.replace(/\[.*/, ""));
    (known?.matches("input, select") ? known : known?.querySelector("input"))?.focus();
    return;
  }
  const clause = policy.clauses.find((c) => `clause-${c.id}` === target);
  if (clause) texts.go(clause.file, clause.line);
});

// ---------------------------------------------------------------- versions

function version(title, { main, files }) {
  return { title, main, files: { ...files }, now: { main, files: { ...files } } };
}

function listVersions(chosen) {
  for (const id of ["policies", "before"]) {
    const before = at(id).value;
    at(id).replaceChildren(...versions.map((v, i) => element("option", { value: String(i) }, v.title)));
    at(id).value = before || "0";
  }
  at("policies").value = String(chosen);
}

function hideDifference() {
  giveUp("diff");
  if (!at("difference").childElementCount && !at("compare-state").textContent) return;
  at("difference").replaceChildren();
  at("compare-state").textContent = "The text or its readings have changed since the comparison.";
}

at("compare").addEventListener("click", async () => {
  at("difference").replaceChildren();
  at("compare-state").textContent = "Comparing.";
  const old = versions[Number(at("before").value)];
  const question = { old: { main: old.main, files: old.files }, new: texts.now(), readings: theCase.readings() };
  const found = await ask("diff", question);
  if (!found) return;
  at("compare-state").textContent = found.problems.map(told).join("; ");
  at("difference").innerHTML = found.data?.html ?? "";
});
at("before").addEventListener("change", hideDifference);
at("keep").addEventListener("click", () => {
  const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  versions.push(version(`${at("title").textContent}, kept at ${time}`, texts.now()));
  listVersions(at("policies").value);
  at("before").value = String(versions.length - 1);
  hideDifference();
});

// ---------------------------------------------------------------- the bar

at("policies").addEventListener("change", () => texts.open(versions[Number(at("policies").value)].now));
at("files").addEventListener("change", () => texts.show(at("files").value));
at("clear").addEventListener("click", () => theCase.forget());
at("open").addEventListener("change", async () => {
  const chosen = [...at("open").files];
  const files = Object.fromEntries(await Promise.all(chosen.map(async (f) => [f.name, await f.text()])));
  const main = chosen.map((f) => f.name).find((name) => name.endsWith(".policy"));
  at("open").value = "";
  if (!main) {
    at("state").textContent = "Choose a policy and all that it names: vocabulary, base and source texts.";
    return;
  }
  versions.push(version(`${main}, as opened`, { main, files }));
  listVersions(versions.length - 1);
  at("before").value = String(versions.length - 1);
  texts.open(versions.at(-1).now);
});
at("save").addEventListener("click", () => {
  const { files } = texts.now();
  const name = texts.file();
  const link = element("a", { href: URL.createObjectURL(new Blob([files[name]])), download: name.split("/").pop() });
  link.click();
  URL.revokeObjectURL(link.href);
  saved.set(files, { ...saved.get(files), [name]: files[name] });
});

// What has been written and neither saved nor kept is asked about before the page is left.
const saved = new Map();
window.addEventListener("beforeunload", (event) => {
  const lost = versions.some((v) =>
    Object.entries(v.now.files).some(([n, text]) => text !== v.files[n] && text !== saved.get(v.now.files)?.[n]),
  );
  if (lost) event.preventDefault();
});

listVersions(0);
texts.open(versions[0].now);
