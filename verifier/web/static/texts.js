// The texts that are being written, what is wrong with them, and what the service has found out about them. Each change
// begins a new edition; what was found out about an earlier one is hidden at once.
import { ask, askInTurn, giveUp, later, told } from "./asking.js";
import { createEditor } from "./editor.js";

const QUIET = 100; // milliseconds without a change after which the analysis begins
const LATE = 150; // after so many, mistakes of the text before the last change are no longer shown

const at = (id) => document.getElementById(id);
const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
const first = (errors) => `line ${errors[0].line}, ${errors[0].message.split("\n")[0]}`;
const findings = { area: at("findings"), state: at("findings-state") };

// `changed` is told of a new edition, `right` of what a check without mistakes says, `moved` of the line of the cursor,
// `visit` of a place to go to.
export function createTexts({ words, changed, right, moved, visit }) {
  let texts = null; // { main, files }
  let file = ""; // the one in the editor
  let edition = 0;
  let checked = 0; // the edition whose mistakes are shown
  let last = null; // the texts when all was last right, and their edition
  let ranges = {};
  let mistakes = [];
  let found = [];

  const editor = createEditor(at("editor"), {
    words, moved, visit,
    label: "Policy text",
    describe: (line, column) => asked("hover", line, column),
    complete: async (line, column) => (await asked("complete", line, column))?.options ?? [],
    changed(text) {
      if (texts.files[file] === text) return;
      texts.files[file] = text;
      begin();
    },
  });

  function begin() {
    edition += 1;
    found = [];
    ranges = {};
    findings.area.classList.add("stale");
    giveUp("first", "lint", "ranges");
    mark();
    forgetLate();
    changed();
    check();
  }

  const forgetLate = later(LATE, () => {
    if (checked === edition) return;
    mistakes = [];
    mark();
  });

  function mark() {
    editor.mark([...mistakes, ...found.filter((m) => m.severity !== "info")].filter((m) => m.file === file));
  }

  async function asked(kind, line, column) {
    const of = edition;
    const before = last && last.edition !== edition ? last.files : null;
    const answer = await ask(kind, { texts, file, line, column, before, ranges });
    return answer?.data && of === edition ? answer.data : null;
  }

  async function check() {
    const answer = await askInTurn("check", () => texts);
    if (!answer) return;
    checked = edition;
    mistakes = answer.data?.diagnostics ?? [];
    mark();
    const errors = mistakes.filter((d) => d.severity === "error");
    const policy = answer.data?.policy;
    if (answer.problems.length) at("state").textContent = answer.problems.map(told).join("; ");
    else if (errors.length) at("state").textContent = `${counted(errors.length, "mistake")}: ${first(errors)}`;
    else at("state").textContent = policy ? "The policy can be read." : "There is no one policy in this file.";
    if (!policy) {
      findings.state.textContent = "The findings will be here when the text has no mistakes.";
      right(null);
      return;
    }
    last = { files: { ...texts.files }, edition };
    right(policy);
    findings.state.textContent = "Looking for contradictions.";
    analyseSoon();
  }

  async function analyse() {
    if (!last || last.edition !== edition) return;
    const clashes = await ask("first", { policy: texts });
    if (!clashes) return;
    show(clashes, "These are the contradictions. The other rules are being run.");
    const all = await ask("lint", { policy: texts });
    if (!all) return;
    mistakes = mistakes.filter((d) => d.severity === "error"); // the warnings are among the findings
    show(all, "");
    const known = await ask("ranges", texts);
    if (known) ranges = known.data?.ranges ?? {};
  }

  function show(answer, state) {
    findings.state.textContent = answer.data ? state : answer.problems.map(told).join("; ");
    findings.area.innerHTML = answer.data?.html ?? "";
    findings.area.classList.remove("stale");
    found = answer.data?.marks ?? [];
    mark();
  }

  const analyseSoon = later(QUIET, analyse);

  function showFile(name) {
    file = name;
    at("files").value = name;
    editor.open(texts.files[name]);
    mark();
  }

  return {
    open(given) {
      texts = given;
      last = null;
      mistakes = [];
      const options = Object.keys(texts.files).map((name) => {
        const option = document.createElement("option");
        option.textContent = name;
        return option;
      });
      at("files").replaceChildren(...options);
      showFile(texts.main);
      begin();
    },
    show: showFile,
    go(name, line) {
      if (!(name in texts.files)) return false;
      if (name !== file) showFile(name);
      editor.go(line);
      return true;
    },
    now: () => texts,
    file: () => file,
  };
}
