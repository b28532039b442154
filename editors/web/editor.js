// The editor of the page: CodeMirror with what a policy needs. Built into verifier/web/static/editor.js by
// `npm ci && npm run build`, and committed, so that nobody who installs the verifier needs npm.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
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
      if (stream.match(/\d[\w.-]*%?/)) return "number";
      const word = stream.match(/[A-Za-z_][\w.]*/);
      if (word) return known.has(word[0]) ? "keyword" : null;
      stream.next();
      return null;
    },
    tokenTable: { quote: tags.quote },
  });
}

function completion(options) {
  return (context) => {
    const word = context.matchBefore(/[A-Za-z_][\w.]*/);
    return word || context.explicit ? { from: word ? word.from : context.pos, options: options(), validFor: /^[\w.]*$/ } : null;
  };
}

function hover(describe) {
  return hoverTooltip((view, pos) => {
    const line = view.state.doc.lineAt(pos);
    for (const word of line.text.matchAll(/[A-Za-z_][\w.]*/g)) {
      const from = line.from + word.index;
      const said = from <= pos && pos <= from + word[0].length ? describe(word[0]) : "";
      if (said) {
        const dom = document.createElement("div");
        dom.textContent = said;
        return { pos: from, end: from + word[0].length, create: () => ({ dom }) };
      }
    }
    return null;
  });
}

// An editor inside `host`. `words`: keywords; `options`: what can be completed now; `describe`: what
// a word is; `changed` and `moved` are told.
export function createEditor(host, { words, options, describe, changed, moved, label }) {
  const root = host.attachShadow({ mode: "open" }); // its styles are sheets of their own, which the page's policy allows
  const inner = document.createElement("div");
  inner.style.height = "100%";
  root.append(inner);
  const extensions = [
    lineNumbers(), history(), drawSelection(), highlightActiveLine(), lintGutter(), language(words),
    syntaxHighlighting(COLOURS), autocompletion({ override: [completion(options)] }), EditorView.lineWrapping, THEME, hover(describe),
    keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
      if (update.docChanged || update.selectionSet) moved(update.state.doc.lineAt(update.state.selection.main.head).number);
    }),
  ];
  const view = new EditorView({ parent: inner, root, state: EditorState.create({ extensions }) });

  const offset = (line, column) => {
    const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    // columns count characters, the editor counts units of UTF-16
    return Math.min(at.from + [...at.text].slice(0, column - 1).join("").length, at.to);
  };

  return {
    open(text) {
      view.setState(EditorState.create({ doc: text, extensions }));
    },
    text: () => view.state.doc.toString(),
    focus: () => view.focus(),
    go(line) {
      const at = view.state.doc.line(Math.min(line, view.state.doc.lines));
      view.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: "center" }) });
      view.focus();
    },
    mark(diagnostics) {
      const found = diagnostics.map((d) => {
        const from = offset(d.line, d.column);
        const to = Math.max(from, offset(d.end_line, d.end_column));
        return { from, to, severity: d.severity, message: d.message, source: d.rule };
      });
      view.dispatch(setDiagnostics(view.state, found.sort((a, b) => a.from - b.from)));
    },
  };
}
