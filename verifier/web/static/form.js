// A form made from the facts of a vocabulary. Every field can be unknown; what is unknown is left out of the case.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

let made = 0;

// The form of the entries inside `host`; `changed` is told of every change. `read` gives the case.
export function createForm(host, entries, changed) {
  host.replaceChildren();
  const fields = [];
  let group = null;
  let name = "";
  for (const entry of entries) {
    const head = entry.path.includes(".") ? entry.path.split(".")[0] : "";
    if (!group || head !== name || entry.kind === "list") {
      name = entry.kind === "list" ? "" : head;
      group = element("fieldset", {}, element("legend", {}, entry.kind === "list" ? entry.path : head || "facts"));
      host.append(group);
    }
    const field = entry.kind === "list" ? listField(entry, changed) : scalarField(entry, `fact-${entry.path}`, changed);
    group.append(field.node);
    fields.push([entry.path, field]);
  }
  return {
    read() {
      const known = fields.map(([path, field]) => [path, field.read()]);
      return Object.fromEntries(known.filter(([, value]) => value !== undefined));
    },
    asked(path) {
      for (const [own, field] of fields) field.node.classList.toggle("asked", own === path);
    },
  };
}

function scalarField(entry, id, changed) {
  const [control, read] = control_of(entry, id);
  control.addEventListener("input", changed);
  const node = element("div", { class: "field" }, element("label", { for: id }, entry.path), control);
  if (entry.note) {
    node.append(element("span", { class: "faint", id: `${id}-note` }, entry.note));
    control.setAttribute("aria-describedby", `${id}-note`);
  }
  return { node, read };
}

function control_of(entry, id) {
  if (entry.kind === "boolean" || entry.kind === "choice") {
    const options = entry.kind === "boolean" ? ["yes", "no"] : entry.options;
    const select = element("select", { id }, element("option", { value: "" }, "unknown"));
    options.forEach((word, place) => select.append(element("option", { value: String(place + 1) }, word)));
    const value = () => options[Number(select.value) - 1];
    return [select, () => (select.value === "" ? undefined : entry.kind === "boolean" ? value() === "yes" : value())];
  }
  if (entry.kind === "number") {
    const input = element("input", { id, type: "number", min: entry.low, max: entry.high, step: entry.step, placeholder: "unknown" });
    return [input, () => (input.value === "" ? (input.validity.badInput ? "not a number" : undefined) : Number(input.value))];
  }
  if (entry.kind === "date") {
    const input = element("input", { id, type: "date", min: "1900-01-01", max: "2100-12-31" });
    return [input, () => input.value || (input.validity.badInput ? "not a date" : undefined)];
  }
  const input = element("input", { id, type: "text", placeholder: "unknown" });
  if (entry.kind !== "code") return [input, () => input.value || undefined];
  const codes = element("datalist", { id: `${id}-codes` });
  for (const { code, label } of entry.options) codes.append(element("option", { value: code }, label));
  input.setAttribute("list", codes.id);
  const both = element("span", {}, input, codes);
  return [both, () => input.value || undefined];
}

// A list: unknown, exactly these records, or at least these.
function listField(entry, changed) {
  const id = `fact-${entry.path}`;
  const extent = element(
    "select", { id },
    element("option", { value: "" }, "unknown"),
    element("option", { value: "all" }, "exactly these"),
    element("option", { value: "more" }, "at least these"),
  );
  const place = element("div", {});
  const add = element("button", { type: "button" }, `Add ${entry.of}`);
  const node = element("div", {},
    element("div", { class: "field" }, element("label", { for: id }, `${entry.path}: what is known`), extent), place, add);
  if (entry.note) node.append(element("p", { class: "faint" }, entry.note));
  let records = [];

  function number() {
    records.forEach((record, i) => {
      record.node.querySelector("legend").textContent = `${entry.of} ${i + 1}`;
      record.drop.setAttribute("aria-label", `Remove ${entry.of} ${i + 1}`);
    });
  }
  add.addEventListener("click", () => {
    if (extent.value === "") extent.value = "all";
    const record = recordField(entry, changed);
    record.drop.addEventListener("click", () => {
      records = records.filter((other) => other !== record);
      record.node.remove();
      number();
      add.focus();
      changed();
    });
    records.push(record);
    place.append(record.node);
    number();
    record.node.querySelector("input, select").focus();
    changed();
  });
  extent.addEventListener("input", changed);
  return {
    node,
    read() {
      if (extent.value === "") return undefined;
      const items = records.map((record) => record.read());
      return extent.value === "all" ? items : { items, more: true };
    },
  };
}

function recordField(entry, changed) {
  made += 1;
  const fields = entry.fields.map((f) => [f.path, scalarField(f, `record-${made}-${f.path}`, changed)]);
  const drop = element("button", { type: "button" }, "Remove");
  const node = element("fieldset", {}, element("legend", {}), ...fields.map(([, field]) => field.node), drop);
  return {
    node,
    drop,
    read() {
      if (entry.bare) return fields[0][1].read() ?? {};
      const known = fields.map(([path, field]) => [path, field.read()]);
      return Object.fromEntries(known.filter(([, value]) => value !== undefined));
    },
  };
}
