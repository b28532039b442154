// Colours a text as VS Code does, with its own tokenizer. Argument: the file. Prints JSON: for each line its stretches,
// each with its words and the most specific of its scopes.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";

const require = createRequire(import.meta.url);
const grammar = new URL("syntaxes/policy.tmLanguage.json", import.meta.url);
await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(readFileSync(grammar, "utf8"), grammar.pathname),
});
const policy = await registry.loadGrammar("source.policy");
let state = textmate.INITIAL;
const lines = [];
for (const line of readFileSync(process.argv[2], "utf8").split("\n")) {
  const found = policy.tokenizeLine(line, state);
  state = found.ruleStack;
  lines.push(found.tokens.map((t) => [line.slice(t.startIndex, t.endIndex), t.scopes.at(-1)]));
}
console.log(JSON.stringify(lines));
