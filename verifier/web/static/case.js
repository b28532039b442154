// A case under the policy: what is known, how it is read, and what the policy says of it. What it said of an earlier
// case or text is hidden at once.
import { ask, giveUp, later, told } from "./asking.js";
import { createForm, element } from "./form.js";

const at = (id) => document.getElementById(id);
const words = (name) => name.replace("_", " ");
const FAILS = new Map([[true, "fails"], [false, "does not fail"], [null, "open"]]);

// `texts` gives the texts as they are; `changed` is told when the readings are others.
export function createCase({ texts, changed }) {
  let policy = null;
  let form = null;
  let shape = "";
  let readings = {};

  function outcome(name, text) {
    at("outcome").dataset.outcome = name ?? "";
    if (at("outcome").textContent !== text) at("outcome").textContent = text;
  }

  function hide() {
    giveUp("glance", "explain");
    at("reasons").classList.add("stale");
    at("clauses").classList.add("stale");
    at("outcome").classList.add("stale");
  }

  async function decide() {
    hide();
    if (!policy || at("panel-case").hidden) return; // nobody sees it
    const question = { policy: texts(), case: form.read(), readings };
    const quick = await ask("glance", question);
    if (!quick) return;
    at("problems").replaceChildren(...quick.problems.map((p) => element("li", {}, told(p))));
    at("outcome").classList.remove("stale");
    if (quick.problems.length) {
      outcome("", "the case has mistakes");
      return;
    }
    outcome(quick.data.outcome, quick.data.outcome ? words(quick.data.outcome) : "not certain yet");
    at("clauses").replaceChildren(
      ...quick.data.clauses.map((c) => element("li", {}, `${c.id} ${c.title}: ${FAILS.get(c.fails)}`)),
    );
    at("clauses").classList.remove("stale");
    const full = await ask("explain", question);
    if (!full) return;
    at("problems").replaceChildren(...full.problems.map((p) => element("li", {}, told(p))));
    at("reasons").innerHTML = full.data?.html ?? "";
    at("reasons").classList.remove("stale");
    form.asked(full.data?.ask ?? "");
    if (full.data) outcome(full.data.outcome, words(full.data.outcome));
    else outcome("", "not decided");
  }

  const decideSoon = later(100, decide);
  const entered = () => {
    hide();
    decideSoon();
  };

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
          const name = `reading ${reading.owner}`;
          const input = element("input", { type: "radio", name, value: option.name, checked: chosen });
          input.addEventListener("change", () => {
            readings[reading.owner] = option.name;
            changed();
            decide();
          });
          group.append(element("div", {}, element("label", {}, input, ` ${option.name}${option.title ? `: ${option.title}` : ""}`)));
        });
        return group;
      }),
    );
  }

  return {
    // What a check says of the policy; null where there is none now.
    adopt(read) {
      const before = JSON.stringify(policy?.readings);
      policy = read;
      if (!read) return;
      if (JSON.stringify(read.readings) !== before) showReadings();
      if (JSON.stringify(read.form) !== shape) {
        shape = JSON.stringify(read.form);
        const known = form?.read() ?? {};
        form = createForm(at("form"), read.form, entered);
        form.write(known);
      }
      decide();
    },
    hide,
    decide,
    forget() {
      shape = "";
      form = null;
      this.adopt(policy);
    },
    readings: () => readings,
  };
}
