// The editor of the page: CodeMirror with what a policy needs. Built into verifier/web/static/editor.js by
// `npm ci && npm run build`, and committed, so that nobody who installs the verifier needs npm.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { searchKeymap } from "@codemirror/search";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers, showTooltip,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const THEME = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--ground)", height: "100%" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace', fontSize: "0.875rem" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--faint)", backgroundColor: "var(--raised)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--raised)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--lit) !important" },
  ".cm-tooltip, .cm-panels": { color: "var(--ink)", backgroundColor: "var(--raised)", borderColor: "var(--line)" },
  ".cm-tooltip": { maxWidth: "min(36rem, 90vw)" },
  ".cm-tooltip-autocomplete": { maxWidth: "min(44rem, 95vw)" },
  ".cm-diagnosticText": { whiteSpace: "pre-wrap" },
  ".cm-completionDetail": { color: "var(--faint)" },
  ".cm-described": { padding: "0.3rem 0.6rem", maxHeight: "40vh", overflow: "auto" },
  ".cm-described > *": { margin: "0.25rem 0" },
  ".cm-described ul": { paddingLeft: "1.2rem" },
  ".cm-described blockquote": { borderLeft: "3px solid var(--line)", paddingLeft: "0.6rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--ink)", backgroundColor: "var(--lit)" },
});

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--info)", fontWeight: "600" },
  { tag: tags.string, color: "var(--good)" },
  { tag: tags.quote, color: "var(--faint)", fontStyle: "italic" },
  { tag: tags.comment, color: "var(--faint)" },
  { tag: tags.number, color: "var(--warning)" },
]);

function language(words) {
  const known = new Set(words);
  return StreamLanguage.define({
    token(stream) {
      if (stream.sol() && stream.match(/\s*\|.*/)) return "quote";
      if (stream.match(/#.*/)) return "comment";
      if (stream.match(/"[^"]*"?/)) return "string";
      if (stream.match(/\$\d[\d,]*(\.\d+)?|\d[\w.-]*%?/)) return "number";
      const word = stream.match(/[A-Za-z_][\w.]*/);
      if (word) return known.has(word[0]) ? "keyword" : null;
      stream.next();
      return null;
    },
    tokenTable: { quote: tags.quote },
  });
}

const SORTS = {
  fact: "property", field: "property", variable: "variable", member: "enum", code: "constant", definition: "function",
  clause: "class", type: "type", keyword: "keyword", unit: "keyword", file: "namespace",
};

// Where lines begin as the service counts them: a form feed, which texts out of a PDF have, ends a line too.
const LINE_ENDS = /[\n\v\f\x1c-\x1e\x85\u2028\u2029]/g;

function starts(text) {
  return [0, ...[...text.matchAll(LINE_ENDS)].map((found) => found.index + 1)];
}

// The place of an offset: line and column from 1. Columns count characters, the editor counts units of UTF-16.
function placeOf(state, offset) {
  const text = state.doc.toString();
  const before = starts(text).filter((start) => start <= offset);
  return [before.length, [...text.slice(before.at(-1), offset)].length + 1];
}

function offsetOf(text, lines, line, column) {
  const place = Math.min(Math.max(line, 1), lines.length) - 1;
  const end = place + 1 < lines.length ? lines[place + 1] - 1 : text.length;
  const units = [...text.slice(lines[place], end)].slice(0, column - 1).join("").length;
  return Math.min(lines[place] + units, end);
}

// `complete(line, column)` gives options for a place. What is due is offered after a space too, the rest after a letter.
function completion(complete) {
  return async (context) => {
    const { state, pos } = context;
    const before = state.sliceDoc(Math.max(0, pos - 1), pos);
    if (!context.explicit && !/[\w.{ ]/.test(before)) return null;
    const [line, column] = placeOf(state, pos);
    const found = await complete(line, column);
    const due = context.explicit || /[\w.]/.test(before) ? found : found.filter((o) => o.rank === 0);
    if (context.aborted || !due.length) return null;
    const text = state.doc.toString();
    const options = due.map((o) => ({ label: o.text, type: SORTS[o.sort], detail: o.detail, boost: 50 - 15 * o.rank }));
    return { from: offsetOf(text, starts(text), line, due[0].column), options, validFor: /^[\w.-]*$/ };
  };
}

// What is said of the word at an offset, as a tooltip; null if nothing is.
async function described(view, describe, offset) {
  const [line, column] = placeOf(view.state, offset);
  const found = await describe(line, column);
  if (!found?.html) return null;
  const text = view.state.doc.toString();
  const lines = starts(text);
  const dom = document.createElement("div");
  dom.className = "cm-described";
  dom.innerHTML = found.html; // made by the service, which leaves no markup of the author's in it
  return {
    pos: offsetOf(text, lines, found.line, found.column),
    end: offsetOf(text, lines, found.end_line, found.end_column),
    create: () => ({ dom }),
    words: dom.textContent,
  };
}

// What is said of the word at the cursor, asked for by a key: shown until the next one, and read out.
const showDescription = StateEffect.define();
const description = StateField.define({
  create: () => null,
  update(shown, change) {
    for (const effect of change.effects) if (effect.is(showDescription)) return effect.value;
    return change.docChanged || change.selection ? null : shown;
  },
  provide: (field) => showTooltip.from(field),
});

function describing(describe) {
  const show = (view) => {
    const { state } = view;
    described(view, describe, state.selection.main.head).then((found) => {
      if (view.state !== state) return; // something else was done meanwhile
      const words = found?.words ?? "There is nothing to say of this place.";
      view.dispatch({ effects: [showDescription.of(found), EditorView.announce.of(words)] });
    });
    return true;
  };
  const hide = (view) => {
    if (!view.state.field(description)) return false;
    view.dispatch({ effects: showDescription.of(null) });
    return true;
  };
  return [description, Prec.high(keymap.of([{ key: "Mod-i", run: show }, { key: "Escape", run: hide }]))];
}

// An editor inside `host`. `words`: keywords; `complete` and `describe` answer for a line and column; `changed` and
// `moved` are told, and `visit` of a place to go to.
export function createEditor(host, { words, complete, describe, changed, moved, visit, label }) {
  const root = host.attachShadow({ mode: "open" }); // its styles are sheets of their own, which the page's policy allows
  const inner = document.createElement("div");
  inner.style.height = "100%";
  root.append(inner);
  const extensions = [
    lineNumbers(), history(), drawSelection(), highlightActiveLine(), lintGutter(), language(words),
    syntaxHighlighting(COLOURS), autocompletion({ override: [completion(complete)], icons: false }),
    EditorView.lineWrapping, THEME, hoverTooltip((view, offset) => described(view, describe, offset)),
    describing(describe),
    keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.sliceDoc());
      if (update.docChanged || update.selectionSet) moved(placeOf(update.state, update.state.selection.main.head)[0]);
    }),
  ];
  const view = new EditorView({ parent: inner, root, state: EditorState.create({ extensions }) });

  // The other places that a finding rests on, as far as they can be shown.
  const related = (d) =>
    (d.related ?? []).slice(0, 6).map((place) => ({ name: `${place.text}, line ${place.line}`, apply: () => visit(place) }));

  return {
    open(text) {
      const ends = /\r\n/.test(text) && !/[^\r]\n/.test(text) ? [EditorState.lineSeparator.of("\r\n")] : [];
      view.setState(EditorState.create({ doc: text, extensions: [...ends, ...extensions] }));
    },
    focus: () => view.focus(),
    go(line) {
      const text = view.state.doc.toString();
      const start = offsetOf(text, starts(text), line, 1);
      view.dispatch({ selection: { anchor: start }, effects: EditorView.scrollIntoView(start, { y: "center" }) });
      view.focus();
    },
    mark(diagnostics) {
      const text = view.state.doc.toString();
      const lines = starts(text);
      const found = diagnostics.map((d) => {
        const from = offsetOf(text, lines, d.line, d.column);
        // Of what takes several lines the first is underlined; more would hide the text.
        const end = d.end_line > d.line ? [d.line, Infinity] : [d.end_line, d.end_column];
        const to = Math.max(from, offsetOf(text, lines, ...end));
        return { from, to, severity: d.severity, message: d.message, source: d.rule, actions: related(d) };
      });
      view.dispatch(setDiagnostics(view.state, found.sort((a, b) => a.from - b.from)));
    },
  };
}
