// The page: a policy's texts on one side; its source, findings, a case and its versions on the other.
import { ask, giveUp, later, told } from "./asking.js";
import { createEditor } from "./editor.js";
import { createForm, element } from "./form.js";
import { createTabs } from "./tabs.js";

const at = (id) => document.getElementById(id);
const served = await (await fetch("/workbench/start")).json();
const tabs = createTabs(document.querySelector('[role="tablist"]'));

let texts = null; // { main, files }
let file = ""; // the one in the editor
let policy = null; // what the last check without mistakes said of it
let form = null;
let formOf = "";
let readings = {};
let marks = { check: [], lint: [] };

const editor = createEditor(at("editor"), {
  words: served.keywords,
  label: "Policy text",
  options: completions,
  describe,
  changed(text) {
    if (texts.files[file] === text) return;
    texts.files[file] = text;
    marks.lint = [];
    giveUp("lint");
    giveUp("explain");
    checkSoon();
  },
  moved: light,
});

function completions() {
  const facts = (policy?.form ?? []).map((f) => ({ label: f.path, type: "variable", detail: f.type, info: f.note || undefined }));
  const names = (policy?.names ?? []).map((label) => ({ label, type: "function" }));
  const clauses = (policy?.clauses ?? []).map((c) => ({ label: c.id, type: "class", detail: c.title }));
  return [...facts, ...names, ...clauses, ...served.keywords.map((label) => ({ label, type: "keyword" }))];
}

function describe(word) {
  const fact = policy?.form.find((f) => f.path === word);
  if (fact) return `${fact.path} : ${fact.type}${fact.note ? `, ${fact.note}` : ""}`;
  const clause = policy?.clauses.find((c) => c.id === word);
  return clause ? `${clause.id} ${clause.title}` : "";
}

// ---------------------------------------------------------------- texts

function open(given) {
  texts = { main: given.main, files: { ...given.files } };
  marks = { check: [], lint: [] };
  at("files").replaceChildren(...Object.keys(texts.files).map((name) => element("option", { value: name }, name)));
  show(texts.main);
  check();
}

function show(name) {
  file = name;
  at("files").value = name;
  editor.open(texts.files[name]);
  mark();
}

function mark() {
  editor.mark([...marks.check, ...marks.lint].filter((d) => d.file === file));
}

// ---------------------------------------------------------------- checking and findings

async function check() {
  const found = await ask("check", texts);
  if (!found) return;
  const diagnostics = found.data?.diagnostics ?? [];
  marks.check = diagnostics;
  mark();
  const errors = diagnostics.filter((d) => d.severity === "error");
  if (found.problems.length) at("state").textContent = found.problems.map(told).join("; ");
  else if (errors.length) at("state").textContent = `${counted(errors.length, "mistake")}: ${first(errors)}`;
  else at("state").textContent = found.data.policy ? "The policy can be read." : "There is no one policy in this file.";
  if (!found.data?.policy || errors.length) {
    at("findings-state").textContent = "The findings are of an earlier text: this one has mistakes.";
    at("findings").classList.add("busy");
    return;
  }
  adopt(found.data.policy);
  lintSoon();
}

const checkSoon = later(200, check);
const lintSoon = later(500, lint);
const first = (errors) => `line ${errors[0].line}, ${errors[0].message.split("\n")[0]}`;
const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

async function lint() {
  at("findings-state").textContent = "Looking for contradictions and other faults.";
  at("findings").classList.add("busy");
  const found = await ask("lint", { policy: texts });
  if (!found) return;
  at("findings").classList.remove("busy");
  at("findings-state").textContent = found.data ? "" : found.problems.map(told).join("; ");
  at("findings").innerHTML = found.data?.html ?? "";
  marks.lint = found.data?.marks.filter((m) => m.severity !== "info") ?? [];
  mark();
}

function adopt(read) {
  policy = read;
  at("title").textContent = read.title || read.id;
  document.title = `${read.title || read.id} - policy workbench`;
  at("source").innerHTML = read.source;
  light();
  showReadings();
  const shape = JSON.stringify(read.form);
  if (shape !== formOf) {
    formOf = shape;
    form = createForm(at("form"), read.form, decideSoon);
  }
  decide();
}

// ---------------------------------------------------------------- the source

function light(line) {
  const here = policy && file === texts.main && line ? policy.clauses.find((c) => c.line <= line && line <= c.end_line) : null;
  for (const stretch of at("source").querySelectorAll("[data-by]")) {
    stretch.classList.toggle("current", Boolean(here) && stretch.dataset.by.split(" ").includes(here.id));
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
  if (!clause || !(clause.file in texts.files)) return;
  if (clause.file !== file) show(clause.file);
  editor.go(clause.line);
});

// ---------------------------------------------------------------- a case

function showReadings() {
  const known = Object.fromEntries(policy.readings.map((r) => [r.owner, r.options.map((o) => o.name)]));
  readings = Object.fromEntries(Object.entries(readings).filter(([owner, name]) => known[owner]?.includes(name)));
  at("readings").hidden = !policy.readings.length;
  at("readings").replaceChildren(
    element("legend", {}, "Readings"),
    ...policy.readings.map((reading) => {
      const group = element("div", { role: "radiogroup", "aria-label": `How ${reading.owner} is read` });
      group.append(element("strong", {}, reading.owner));
      reading.options.forEach((option, place) => {
        const chosen = readings[reading.owner] ? readings[reading.owner] === option.name : place === 0;
        const input = element("input", { type: "radio", name: `reading ${reading.owner}`, value: option.name, checked: chosen });
        input.addEventListener("change", () => {
          readings[reading.owner] = option.name;
          decide();
        });
        group.append(element("div", {}, element("label", {}, input, ` ${option.name} ${option.title}`)));
      });
      return group;
    }),
  );
}

async function decide() {
  const question = { policy: texts, case: form.read(), readings };
  at("reasons").classList.add("busy");
  giveUp("explain");
  const quick = await ask("glance", question);
  if (!quick) return;
  at("problems").replaceChildren(...quick.problems.map((p) => element("li", {}, told(p))));
  if (quick.problems.length) {
    outcome("", "the case has mistakes");
    at("reasons").replaceChildren();
    at("clauses").replaceChildren();
    return;
  }
  outcome(quick.data.outcome, quick.data.outcome ? words(quick.data.outcome) : "not certain yet");
  const said = new Map([[true, "fails"], [false, "does not fail"], [null, "open"]]);
  at("clauses").replaceChildren(...quick.data.clauses.map((c) => element("li", {}, `${c.id} ${c.title}: ${said.get(c.fails)}`)));
  const full = await ask("explain", question);
  if (!full) return;
  at("reasons").classList.remove("busy");
  at("problems").replaceChildren(...full.problems.map((p) => element("li", {}, told(p))));
  at("reasons").innerHTML = full.data?.html ?? "";
  form.asked(full.data?.ask ?? "");
  if (full.data) outcome(full.data.outcome, words(full.data.outcome));
}

const decideSoon = later(150, decide);
const words = (name) => name.replace("_", " ");

function outcome(name, text) {
  at("outcome").dataset.outcome = name ?? "";
  if (at("outcome").textContent !== text) at("outcome").textContent = text;
}

// ---------------------------------------------------------------- versions

async function compare() {
  at("compare-state").textContent = "Comparing.";
  const old = served.policies[Number(at("before").value)];
  const found = await ask("diff", { old: { main: old.main, files: old.files }, new: texts, readings });
  if (!found) return;
  at("compare-state").textContent = found.problems.map(told).join("; ");
  at("difference").innerHTML = found.data?.html ?? "";
}

// ---------------------------------------------------------------- the bar

const choices = () => served.policies.map((p, i) => element("option", { value: String(i) }, p.title || p.id));
at("policies").replaceChildren(...choices());
at("before").replaceChildren(...choices());
at("policies").addEventListener("change", () => open(served.policies[Number(at("policies").value)]));
at("files").addEventListener("change", () => show(at("files").value));
at("clear").addEventListener("click", () => {
  formOf = "";
  adopt(policy);
});
at("compare").addEventListener("click", compare);
at("open").addEventListener("change", async () => {
  const chosen = [...at("open").files];
  const read = Object.fromEntries(await Promise.all(chosen.map(async (f) => [f.name, await f.text()])));
  const main = chosen.map((f) => f.name).find((name) => name.endsWith(".policy"));
  if (main) open({ main, files: read });
  else at("state").textContent = "Choose a policy and all that it names: vocabulary, base and source texts.";
});
at("save").addEventListener("click", () => {
  const link = element("a", { href: URL.createObjectURL(new Blob([texts.files[file]])), download: file.split("/").pop() });
  link.click();
  URL.revokeObjectURL(link.href);
});
open(served.policies[0]);
