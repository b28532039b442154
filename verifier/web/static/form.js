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

// The form of the entries inside `host`; `changed` is told of every change. `read` gives the case, `write` fills in
// what it can of one.
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
    write(known) {
      for (const [path, field] of fields) if (known[path] !== undefined) field.write(known[path]);
    },
    asked(path) {
      for (const [own, field] of fields) field.node.classList.toggle("asked", own === path);
    },
  };
}

function scalarField(entry, id, changed) {
  const [control, read, write] = control_of(entry, id);
  control.addEventListener("input", changed);
  const node = element("div", { class: "field" }, element("label", { for: id }, entry.path), control);
  if (entry.note) {
    node.append(element("span", { class: "faint", id: `${id}-note` }, entry.note));
    control.setAttribute("aria-describedby", `${id}-note`);
  }
  return { node, read, write };
}

function control_of(entry, id) {
  if (entry.kind === "boolean" || entry.kind === "choice") {
    const options = entry.kind === "boolean" ? ["yes", "no"] : entry.options;
    const select = element("select", { id }, element("option", { value: "" }, "unknown"));
    options.forEach((word, place) => select.append(element("option", { value: String(place + 1) }, word)));
    const value = () => options[Number(select.value) - 1];
    const write = (known) => {
      const place = options.indexOf(known === true ? "yes" : known === false ? "no" : known);
      select.value = place < 0 ? "" : String(place + 1);
    };
    const read = () => (select.value === "" ? undefined : entry.kind === "boolean" ? value() === "yes" : value());
    return [select, read, write];
  }
  if (entry.kind === "number") {
    const input = element("input", { id, type: "number", min: entry.low, max: entry.high, step: entry.step, placeholder: "unknown" });
    const read = () => (input.value === "" ? (input.validity.badInput ? "not a number" : undefined) : Number(input.value));
    return [input, read, (known) => (input.value = known)];
  }
  if (entry.kind === "date") {
    const input = element("input", { id, type: "date", min: "1900-01-01", max: "2100-12-31" });
    const read = () => input.value || (input.validity.badInput ? "not a date" : undefined);
    return [input, read, (known) => (input.value = known)];
  }
  const input = element("input", { id, type: "text", placeholder: "unknown" });
  const read = () => input.value || undefined;
  const write = (known) => (input.value = known);
  if (entry.kind !== "code") return [input, read, write];
  const codes = element("datalist", { id: `${id}-codes` });
  for (const { code, label } of entry.options) codes.append(element("option", { value: code }, label));
  input.setAttribute("list", codes.id);
  const both = element("span", {}, input, codes);
  return [both, read, write];
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
  function another() {
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
    return record;
  }
  add.addEventListener("click", () => {
    if (extent.value === "") extent.value = "all";
    another().node.querySelector("input, select").focus();
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
    write(known) {
      const items = Array.isArray(known) ? known : known?.items;
      if (!Array.isArray(items)) return;
      extent.value = Array.isArray(known) ? "all" : "more";
      for (const item of items) another().write(item);
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
    write(item) {
      if (!entry.bare) for (const [path, field] of fields) field.write(item[path] ?? "");
      else if (typeof item !== "object") fields[0][1].write(item);
    },
  };
}
